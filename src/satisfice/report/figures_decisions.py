"""Figures about single decisions: who predicts them, and the people behind them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from satisfice.io.game_run import BOUNDED
from satisfice.population.derived import NEARLY_UNBOUNDED, judged
from satisfice.report.decisions import (
    CEILING,
    GROUPS,
    NAIVE,
    PARTS,
    DecisionResults,
    percent,
    population_costs,
)
from satisfice.report.figures_inference import (
    draw_density,
    limit_density,
    mean_and_interval,
    parameter_axis,
    shade_prior,
)
from satisfice.report.results import Posterior, interval, number, statistic_label
from satisfice.report.style import FIXED, GREY, HUMAN, Picture, legend, new_figure, panels

LOOKS: dict[str, dict[str, Any]] = {
    "bounded": {"color": FIXED["bounded"], "marker": "o"},
    "ablation": {"color": "#56B4E9", "marker": "s"},
    "belief": {"color": "#E69F00", "marker": "v"},
    "rival": {"color": FIXED["rational"], "marker": "^"},
    "naive": {"color": GREY, "marker": "X"},
    "ceiling": {"color": HUMAN, "marker": "D"},
}
"""Colour and marker of each kind of contender."""

PERSON = 0.055
"""Inches of one person's line."""

LOWEST = 0.003
"""Processing costs are shown from here, in reference payoffs a nat: people below are all nearly
rational."""


def decision_scores(results: DecisionResults) -> Picture:
    """Log score of every contender with its interval, one panel for each part."""
    tables = {part: results.ranked(part) for part in results.parts}
    figure = new_figure(1.5 + sum(0.6 + 0.235 * len(rows) for rows in tables.values()))
    heights = [2.0 + len(rows) for rows in tables.values()]
    axes, _ = panels(figure, len(tables), 1, sharex=True, height_ratios=heights)
    words = []
    for axis, (part, rows) in zip(axes, tables.items(), strict=True):
        _score_panel(axis, rows, part, [results.label(str(name)) for name in rows.index])
        words += [
            f"{results.label(str(name))}, {PARTS[part]}: {number(row[f'log_score_{part}'])} "
            f"({number(row[f'low_{part}'])} to {number(row[f'high_{part}'])}){_share(row, part)}"
            for name, row in rows.iterrows()
        ]
    axes[-1].set_xlabel("log score (nats a decision)")
    legend(figure, axes, columns=3)
    return Picture(
        figure,
        f"Log scores in nats a decision with 90 % intervals over markets; higher is better. "
        f"{'; '.join(words)}.",
    )


def _score_panel(axis: Axes, rows: pd.DataFrame, part: str, labels: list[str]) -> None:
    for name, style in ((NAIVE, ":"), (CEILING, "--")):
        if name in rows.index:
            axis.axvline(float(rows[f"log_score_{part}"][name]), color=GREY, ls=style, lw=1.2)
    for place, (_, row) in enumerate(rows.iterrows()):
        look = LOOKS[str(row["group"])]
        ends = row[[f"low_{part}", f"high_{part}"]].to_numpy(dtype=np.float64)
        axis.plot(ends, [place, place], color=look["color"])
        axis.plot(
            row[f"log_score_{part}"], place, ls="", ms=6, label=GROUPS[str(row["group"])], **look
        )
    axis.set_yticks(range(len(rows)), labels)
    for tick, name in zip(axis.get_yticklabels(), rows.index, strict=True):
        tick.set_fontweight("bold" if name == BOUNDED else "normal")
    axis.set_ylim(len(rows) - 0.4, -0.6)
    axis.grid(axis="y", visible=False)
    axis.set_title(PARTS[part])
    if f"completeness_{part}" in rows:
        shares = axis.secondary_yaxis("right")
        texts = [_completeness(share) for share in rows[f"completeness_{part}"]]
        shares.set_yticks(range(len(rows)), texts)
        shares.tick_params(length=0)
        shares.spines["right"].set_visible(False)
        axis.set_title("completeness", loc="right", fontsize=9.5)


def _completeness(share: float) -> str:
    return percent(share) if np.isfinite(share) else ""


def _share(row: pd.Series, part: str) -> str:
    text = _completeness(float(row.get(f"completeness_{part}", np.nan)))
    return f", completeness {text}" if text else ""


def individuals(results: DecisionResults) -> Picture:
    """Each person's processing cost with its 90 % interval, one panel for each treatment."""
    names = results.treatments
    groups = [results.people(name).sort_values("lambda_mean") for name in names]
    columns = 1 if len(names) < 3 else 2
    longest = [
        max(map(len, groups[first : first + columns])) for first in range(0, len(names), columns)
    ]
    figure = new_figure(1.4 + sum(0.45 + PERSON * each for each in longest))
    heights = [6.0 + each for each in longest]
    axes, _ = panels(figure, len(names), columns, sharex=True, height_ratios=heights)
    population, words = population_costs(results.posterior), []
    for place, (axis, name, people) in enumerate(zip(axes, names, groups, strict=True)):
        _people_panel(axis, people, population)
        axis.set_title(f"treatment {statistic_label(name)}")
        axis.set_ylim(-1.0, longest[place // columns])
        low, high = interval(people["lambda_mean"].to_numpy())
        words.append(
            f"treatment {statistic_label(name)}: {len(people)} people, median "
            f"{number(people['lambda_mean'].median())} ({number(low)} to {number(high)})"
        )
    for axis in axes[-columns:]:
        axis.set_xlabel("λ (ref. payoffs / nat)")
        axis.tick_params(labelbottom=True)
    legend(figure, axes, columns=1)
    low, high = interval(population)
    return Picture(
        figure,
        f"Posterior mean of each person's processing cost λ in reference payoffs a nat, with a "
        f"90 % interval, sorted; over people {'; '.join(words)}. The fitted population: median "
        f"{number(float(np.median(population)))}, 90 % of people from {number(low)} to "
        f"{number(high)}.",
    )


def _people_panel(axis: Axes, people: pd.DataFrame, population: np.ndarray) -> None:
    costs = people[["lambda_low", "lambda_mean", "lambda_high"]].to_numpy(dtype=np.float64)
    low, mean, high = np.maximum(costs, LOWEST).T
    rank = np.arange(len(people))
    levels = np.maximum(np.quantile(population, [0.05, 0.25, 0.75, 0.95]), LOWEST)
    for ends, shade, share in (((0, 3), "0.93", "90 %"), ((1, 2), "0.84", "50 %")):
        axis.axvspan(
            levels[ends[0]], levels[ends[1]], color=shade, lw=0, zorder=0,
            label=f"{share} of the fitted population",
        )  # fmt: skip
    axis.axvline(
        NEARLY_UNBOUNDED,
        color=HUMAN,
        ls=":",
        lw=1.0,
        label=f"nearly rational: λ < {NEARLY_UNBOUNDED:g}",
    )
    axis.hlines(rank, low, high, color=FIXED["bounded"], lw=0.8, alpha=0.7)
    axis.plot(
        mean, rank, "o", ms=2.4, mew=0, color=FIXED["bounded"],
        label="a person's mean and 90 % interval",
    )  # fmt: skip
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:g}")
    axis.set_yticks([])
    axis.grid(axis="y", visible=False)


def decision_posterior(results: DecisionResults) -> Picture:
    """Densities of what both posteriors identify: from decisions, from statistics, and prior."""
    both = {*results.posterior.varying} & {*results.of_statistics.varying}
    names = [name for name in judged(results.posterior.space) if name in both]
    figure = new_figure(1.0 + 1.85 * -(-len(names) // 2))
    axes, cell = panels(figure, len(names), 2, spare=True)
    doubt = ", misspecified" if results.of_statistics.warning else ""
    curves: dict[str, tuple[Posterior, dict[str, Any]]] = {
        "from decisions": (results.posterior, {"color": FIXED["bounded"]}),
        f"from statistics{doubt}": (results.of_statistics, {"color": HUMAN, "ls": "--"}),
    }
    words = []
    for axis, name in zip(axes, names, strict=True):
        quantity, peaks = results.posterior.quantity(name), []
        shade_prior(axis, results.posterior.draws("prior", name), quantity)
        for label, (posterior, look) in curves.items():
            draws = posterior.draws("posterior", name)
            peaks.append(draw_density(axis, draws, quantity, label=label, **look))
            words.append(f"{name.replace('_', ' ')}, {label}: {mean_and_interval(draws)}")
        parameter_axis(axis, quantity)
        limit_density(axis, peaks)
    legend(figure, axes, cell, columns=1)
    return Picture(
        figure,
        f"Posterior densities under the prior belief {results.default_belief}, with means and "
        f"90 % intervals: {'; '.join(words)}.",
    )
