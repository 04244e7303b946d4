"""Figures about prediction: human statistics beside every model, and scores."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from satisfice.evaluation.scores import best_rational, crps_by_statistic, held_out_crps
from satisfice.report.results import GameResults, find_gate, number, panel_of, statistic_label
from satisfice.report.style import (
    GREY,
    HUMAN,
    PROVENANCE_MARKERS,
    Palette,
    Picture,
    held_out_words,
    human_marks,
    legend,
    new_figure,
    panels,
)  # fmt: skip

MANY_TIMES = 20.0
"""An axis is logarithmic if the largest value is more than this many times the smallest."""
LONG_LABELS = 40
"""A panel takes the whole width if its labels, side by side, have more letters than this."""
MANY_DECADES = 500.0
"""An axis has fewer ticks if its upper end is more than this many times its lower end."""
PARTS = {"held_out": "held out", "fit": "fitted"}


def posterior_predictive(results: GameResults) -> Picture:
    """One panel for each statistic: human values with two standard errors beside every model."""
    observed = results.observed
    placed = [
        panel_of(str(row.statistic), str(row.treatment), results.roles)
        for row in observed.itertuples()
    ]
    names = list(dict.fromkeys(panel for panel, _ in placed))
    places = {name: [at for panel, at in placed if panel == name] for name in names}
    columns = 1 if any(_letters(each, results) > LONG_LABELS for each in places.values()) else 2
    figure = new_figure(1.0 + 1.75 * -(-len(names) // columns))
    axes, cell = panels(figure, len(names), columns, spare=True)
    for axis, name in zip(axes, names, strict=True):
        chosen = np.array([panel == name for panel, _ in placed])
        _statistic_panel(axis, results, chosen, places[name])
        axis.set_title(statistic_label(name))
    legend(figure, axes, cell, place="outside upper left")
    return Picture(figure, _describe_predictive(results))


def _statistic_panel(
    axis: Axes, results: GameResults, chosen: np.ndarray, places: list[str]
) -> None:
    rows = results.observed[chosen].reset_index(drop=True)
    place = np.arange(len(rows), dtype=np.float64)
    offsets = np.linspace(-0.32, 0.32, len(results.predictive) + 1)
    middle = len(offsets) // 2
    _shade_held_out(axis, rows)
    for model, offset in zip(results.predictive, np.delete(offsets, middle), strict=True):
        _model_marks(axis, place + offset, results, model, chosen)
    _human_marks(axis, place + offsets[middle], rows)
    axis.set_xticks(place, _labels(places, results))
    axis.set_xlim(-0.55, len(rows) - 0.45)
    _scale(axis, results, chosen)
    axis.grid(axis="x", visible=False)
    axis.set_ylabel(results.statistic_units.get(str(rows.statistic[0]), ""))
    axis.set_xlabel("role" if _by_role(places, results) else "treatment")


def _by_role(places: list[str], results: GameResults) -> bool:
    return set(places) <= set(results.roles)


def _labels(places: list[str], results: GameResults) -> list[str]:
    """Roles in short, treatments with a word in each line."""
    by_role = _by_role(places, results)
    return [text[:5] + "." if by_role else text.replace("_", "\n") for text in places]


def _letters(places: list[str], results: GameResults) -> int:
    """Letters of the labels side by side: the longest line of each."""
    return sum(max(map(len, label.split("\n"))) for label in _labels(places, results))


def _scale(axis: Axes, results: GameResults, chosen: np.ndarray) -> None:
    """Make the axis logarithmic where models differ a lot, with room for the words "held out"."""
    medians = [np.median(values[:, chosen], axis=0) for values in results.predictive.values()]
    shown = np.concatenate([*medians, results.observed.value.to_numpy()[chosen]])
    if shown.min() > 0 and shown.max() > MANY_TIMES * shown.min():
        axis.set_yscale("log")
        axis.yaxis.set_major_formatter("{x:g}")
        bottom, top = axis.get_ylim()
        axis.set_ylim(bottom, top * (top / bottom) ** 0.14)
    else:
        bottom, top = axis.get_ylim()
        axis.set_ylim(bottom, top + 0.14 * (top - bottom))


def _shade_held_out(axis: Axes, rows: pd.DataFrame) -> None:
    held = np.flatnonzero((rows.split == "held_out").to_numpy())
    for i, position in enumerate(held):
        axis.axvspan(position - 0.5, position + 0.5, color="0.93", lw=0, zorder=0)
        if i == 0:
            held_out_words(axis, position - 0.46, 0.99, axis.get_xaxis_transform())


def _model_marks(
    axis: Axes, place: np.ndarray, results: GameResults, model: str, chosen: np.ndarray
) -> None:
    palette, label = Palette.of(results.predictive), results.label(model)
    values, colour = results.predictive[model][:, chosen], palette.colours[model]
    if model.startswith("bounded"):
        low, q25, q75, high = np.quantile(values, [0.05, 0.25, 0.75, 0.95], axis=0)
        axis.vlines(place, low, high, color=colour, lw=1.4)
        axis.vlines(place, q25, q75, color=colour, lw=4.5, label=label)
        looks: dict[str, Any] = {"ms": 4.5, "mec": "white", "mew": 0.8}
    else:
        looks = {"ms": 5, "mfc": "white", "label": label}
    axis.plot(place, np.median(values, axis=0), palette.markers[model], color=colour, **looks)


def _human_marks(axis: Axes, place: np.ndarray, rows: pd.DataFrame) -> None:
    for provenance in PROVENANCE_MARKERS:
        kind = (rows.provenance == provenance).to_numpy()
        if kind.any():
            values, errors = (rows[name].to_numpy()[kind] for name in ("value", "standard_error"))
            human_marks(axis, place[kind], values, errors, provenance)


def _describe_predictive(results: GameResults) -> str:
    table, parts = results.observed, []
    for model, values in results.predictive.items():
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        inside = ((table.value >= low) & (table.value <= high)).to_numpy()
        counts = [
            f"{inside[(table.split == split).to_numpy()].sum()} of {(table.split == split).sum()} "
            f"{words}"
            for split, words in (("held_out", "held-out"), ("fit", "fitted"))
        ]
        parts.append(f"{results.label(model)}: {' and '.join(counts)}")
    return (
        f"Human values of {len(table)} statistics in {len(results.treatments)} treatments with "
        "two standard errors, beside what each model predicts. Human values inside a model's "
        f"90 % predictive interval: {'; '.join(parts)}."
    )


def scores(results: GameResults) -> Picture:
    """CRPS of every contender with its interval, held out and fitted."""
    crps = results.scores[results.scores.score == "crps"]
    parts = [part for part in PARTS if (crps.part == part).any()]
    models = list(dict.fromkeys(crps.contender))
    figure = new_figure(0.9 + len(parts) * (0.65 + 0.3 * len(models)))
    axes, _ = panels(figure, len(parts), 1, sharex=True)
    palette, words = Palette.of(results.predictive), []
    positive = crps[["value", "low", "high"]].to_numpy() > 0
    wide = bool(positive.all() and crps.value.max() > 10 * crps.value.min())
    for axis, part in zip(axes, parts, strict=True):
        rows = crps[crps.part == part].set_index("contender").loc[models]
        cells = rows[["value", "low", "high"]].to_numpy(dtype=np.float64)
        for i, (model, (value, low, high)) in enumerate(zip(models, cells, strict=True)):
            axis.plot([low, high], [i, i], color=palette.colours[model])
            axis.plot(value, i, palette.markers[model], color=palette.colours[model], ms=7)
            words.append(
                f"{results.label(model)}, {part.replace('_', ' ')}: {number(value)} "
                f"({number(low)} to {number(high)})"
            )
        axis.set_yticks(range(len(models)), [results.label(model) for model in models])
        axis.set_ylim(len(models) - 0.4, -0.6)
        axis.grid(axis="y", visible=False)
        axis.set_title(PARTS[part])
        axis.set_xscale("log" if wide else "linear")
    if not wide:  # Set earlier, it would cut off the other panel.
        axes[-1].set_xlim(left=0)
    axes[-1].set_xlabel("CRPS (human standard errors)")
    if "held_out" in parts:
        words.append(_gate_line(axes[parts.index("held_out")], results))
    if wide:
        plain_log_ticks(axes[-1])
    return Picture(
        figure, f"CRPS in human standard errors with 90 % intervals. {'; '.join(words)}."
    )


def _gate_line(axis: Axes, results: GameResults) -> str:
    gate = find_gate(results.gates, "held_out_prediction")
    rival = best_rational(results.scores)
    limit = float(gate["threshold"]) * held_out_crps(results.scores)[rival]
    axis.axvline(limit, color=HUMAN, ls="--", lw=1.2)
    text = f"{number(float(gate['threshold']))} \N{MULTIPLICATION SIGN} {results.label(rival)}"
    axis.set_title(f"{PARTS['held_out']}; dashed: {text}")
    return f"the gate's limit for the bounded model is {text} = {number(limit)}"


def plain_log_ticks(axis: Axes) -> None:
    """Label a logarithmic horizontal axis by a few plain numbers."""
    low, high = axis.get_xlim()
    # Over many decades the labels of all ticks would overlap.
    steps = (1, 2) if high > MANY_DECADES * low else (1, 2, 5)
    ticks = [step * 10.0**power for power in range(-2, 4) for step in steps]
    if sum(low <= tick <= high for tick in ticks) < 2:
        ticks = list(MaxNLocator(3).tick_values(low, high))
    ticks = [tick for tick in ticks if low <= tick <= high]
    axis.set_xticks(ticks, [number(tick) for tick in ticks])
    axis.minorticks_off()


def statistics_crps(results: GameResults) -> Picture:
    """CRPS of each held-out statistic for every model, one panel for each treatment."""
    observed = results.observed
    held_out = (observed.split == "held_out").to_numpy()
    shown = held_out if held_out.any() else (observed.split == "fit").to_numpy()
    treatments = [
        t for t in results.treatments if (observed.treatment[shown].astype(str) == t).any()
    ]
    parts = [shown & (observed.treatment.astype(str) == t).to_numpy() for t in treatments]
    figure = new_figure(1.2 + sum(0.55 + 0.235 * part.sum() for part in parts))
    heights = [2.0 + part.sum() for part in parts]
    axes, _ = panels(figure, len(parts), 1, sharex=True, height_ratios=heights)
    palette, words = Palette.of(results.predictive), []
    for axis, treatment, chosen in zip(axes, treatments, parts, strict=True):
        rows = observed[chosen]
        for model, values in results.predictive.items():
            crps = crps_by_statistic(
                values[:, chosen], rows.value.to_numpy(), rows.standard_error.to_numpy()
            )
            axis.plot(
                np.maximum(crps, 0.02), np.arange(len(rows)), palette.markers[model],
                color=palette.colours[model], ms=6, alpha=0.9, label=results.label(model),
            )  # fmt: skip
            worst = int(np.argmax(crps))
            words.append(
                f"treatment {treatment}, {results.label(model)}: median {number(np.median(crps))}, "
                f"largest {number(crps[worst])} ({statistic_label(rows.statistic.iloc[worst])})"
            )
        axis.set_yticks(range(len(rows)), [statistic_label(name) for name in rows.statistic])
        axis.set_ylim(len(rows) - 0.4, -0.6)
        axis.set_title(f"treatment {statistic_label(treatment)}")
        axis.set_xscale("log")
        axis.axvline(1.0, color=GREY, lw=1.0, ls=":")
    plain_log_ticks(axes[-1])
    axes[-1].set_xlabel("CRPS (human standard errors)")
    legend(figure, axes)
    return Picture(figure, f"CRPS by statistic in human standard errors: {'; '.join(words)}.")
