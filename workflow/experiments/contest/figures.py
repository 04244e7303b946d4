"""Figures of a contest."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator

from experiments.contest.scores import held_out_rows
from satisfice.evaluation.rows import DEFAULT
from satisfice.report.style import GREY, HUMAN, OTHERS, Palette, Picture, legend, new_figure, panels

GROUPS = {
    "belief": ("bounded, by belief", "#0072B2", "o"),
    "rival": ("rival", "#D55E00", "^"),
    "ablation": ("bounded, ablated", "#009E73", "D"),
}
"""Label, colour and marker of each group."""

SPLIT_MARKERS = ("s", "v", "P", "X", "<", ">", "*", "p")
"""One marker for each further split."""


def contest_figure(
    scores: pd.DataFrame, differences: pd.DataFrame, sentence: str, provenance: str
) -> Picture:
    """Held-out energy scores with the best on top; other splits as small marks.

    Args:
        scores: The contest's scores.
        differences: The paired differences.
        sentence: The outcome in words.
        provenance: Provenance of the human figures, in words.
    """
    held = held_out_rows(scores, "energy", split=None)
    default = held_out_rows(scores, "energy").sort_values("value", ascending=False)
    others = [name for name in held.split.unique() if name != DEFAULT]
    figure = new_figure(1.2 + 0.3 * len(default))
    axis = figure.subplots()
    places = {name: place for place, name in enumerate(default.contender)}
    for number, split in enumerate(others):
        rows = held[held.split == split]
        axis.plot(
            rows.value,
            [places[name] for name in rows.contender],
            linestyle="",
            marker=SPLIT_MARKERS[number % len(SPLIT_MARKERS)],
            color=OTHERS[number % len(OTHERS)],
            alpha=0.75,
            ms=4,
            label=split.replace("_", " "),
        )
    for group, (label, colour, marker) in GROUPS.items():
        rows = default[default.group == group]
        if rows.empty:
            continue
        low = np.maximum(rows.low, 0.02)
        axis.errorbar(
            rows.value,
            [places[name] for name in rows.contender],
            xerr=np.maximum([rows.value - low, rows.high - rows.value], 0),
            fmt=marker,
            color=colour,
            ms=6,
            label=label,
        )
    bounded = default[default.contender == "bounded"].value.iloc[0]
    axis.axvline(bounded, color=GREY, lw=1, ls=":")
    axis.set_yticks(list(places.values()), [name.replace("_", " ") for name in places])
    axis.set_xscale("log")
    axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.xaxis.set_major_formatter("{x:g}")
    axis.xaxis.set_minor_formatter("")
    mark = "" if provenance == "primary" else f"\n(human figures {provenance})"
    axis.set_xlabel(f"held-out energy score (human SEs){mark}")
    legend(figure, [axis])
    verdicts = held_out_rows(differences, "energy")
    verdict = dict(zip(verdicts.contender.astype(str), verdicts.verdict.astype(str), strict=True))
    words = []
    for row in default[::-1].itertuples():
        judged = f", {verdict[str(row.contender)]}" if str(row.contender) in verdict else ""
        words.append(f"{row.contender} {row.value:.2f} [{row.low:.2f}, {row.high:.2f}]{judged}")
    return Picture(figure, f"{sentence} Held-out energy scores: {'; '.join(words)}.")


def decisions_figure(
    grid: np.ndarray,
    unit: str,
    people: Mapping[str, np.ndarray],
    predicted: Mapping[str, Mapping[str, np.ndarray]],
    crps: pd.DataFrame,
    rivals: Collection[str],
) -> Picture:
    """Distribution functions of all decisions in each treatment, of people and of contenders.

    Args:
        grid: Shape (actions,).
        unit: Unit of actions.
        people: For each treatment decisions of shape (markets, agents, rounds).
        predicted: For each contender and treatment shares, shape (groups, rounds, actions).
        crps: Mean CRPS of a decision in these treatments, by contender.
        rivals: Rivals, of which only the best is drawn.
    """
    crps = crps.sort_values("value").set_index("contender")
    known = [name for name in ("bounded", "rational", "equilibrium") if name in crps.index]
    shown = [*known, *[name for name in crps.index if name in rivals][:1]]
    palette = Palette.of(shown)
    figure = new_figure(1.0 + 2.1 * -(-len(people) // 2))
    axes, cell = panels(figure, len(people), 2, spare=True, sharey=True)
    for axis, (treatment, decided) in zip(axes, people.items(), strict=True):
        values = np.sort(decided.ravel())
        axis.step(values, np.arange(1, len(values) + 1) / len(values), color=HUMAN, lw=2,
                  where="post", label="people")  # fmt: skip
        for name in shown:
            axis.step(grid, predicted[name][treatment].mean(axis=(0, 1)).cumsum(), where="post",
                      color=palette.colours[name], ls=palette.lines[name],
                      label=name.replace("_", " "))  # fmt: skip
        most = np.quantile(values, 0.99)
        axis.set_xlim(grid[0], max(most * 1.1, grid[1]))
        axis.set_title(f"treatment {treatment}")
        axis.set_xlabel(unit)
    axes[0].set_ylabel("share of decisions up to")
    legend(figure, axes, cell)
    words = "; ".join(f"{name} {row.value:.2f} [{row.low:.2f}, {row.high:.2f}]" for name, row in
                      crps.iterrows())  # fmt: skip
    return Picture(
        figure,
        f"Distributions of people's decisions beside those of contenders. "
        f"Mean CRPS of a decision, in {unit}: {words}.",
    )
