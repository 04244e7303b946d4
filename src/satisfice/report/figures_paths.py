"""Figure of play over time: models round by round, beside human values."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from satisfice.games.shown_paths import Extreme, MeanOverRounds
from satisfice.io.played_paths import PlayedPath
from satisfice.report.results import GameResults, number, statistic_label
from satisfice.report.style import (
    GREY,
    HUMAN,
    Palette,
    Picture,
    held_out_words,
    human_marks,
    legend,
    new_figure,
    panels,
)  # fmt: skip

COLUMNS = 2
BESIDE = (1.06, 1.14)
"""Places of a human value of unknown time and of its prediction, as shares of the last round."""


def paths(results: GameResults) -> Picture:
    """One panel for each path of the game in each treatment."""
    shown = results.paths
    if not shown:
        figure = new_figure(1.0)
        figure.subplots().text(0.5, 0.5, "the game shows nothing over time", ha="center")
        return Picture(figure, "The game shows nothing over time.")
    figure = new_figure(1.3 + 1.75 * -(-len(shown) // COLUMNS))
    axes, cell = panels(figure, len(shown), COLUMNS, spare=True)
    first: dict[str, Axes] = {}
    words = []
    for place, (axis, played) in enumerate(zip(axes, shown, strict=True)):
        # Panels of the same quantity have the same axis.
        name = f"{played.shown.name}\n({played.shown.unit})".removesuffix("\n()")
        axis.sharey(first.setdefault(name, axis))
        words.append(_panel(axis, played, results))
        if place % COLUMNS == 0 or shown[place - 1].shown.name != played.shown.name:
            axis.set_ylabel(name)
        if place + COLUMNS >= len(shown):
            axis.set_xlabel(played.shown.time)
    legend(figure, axes, cell)
    return Picture(
        figure,
        f"Play over time: {results.label('bounded')} with the median and 90 % of its paths, human "
        "values with two standard errors. "
        f"{' '.join(words)}",
    )


def _panel(axis: Axes, played: PlayedPath, results: GameResults) -> str:
    """Draw one panel and describe it."""
    title = _title(played, results)
    axis.set_title(title)
    rounds = np.arange(1, played.quantiles.shape[1] + 1)
    _models(axis, rounds, played, results)
    marks = [
        _mean(axis, mark, played, results)
        if isinstance(mark, MeanOverRounds)
        else _extreme(axis, mark, played, results, len(rounds))
        for mark in played.shown.marks
    ]
    if all(
        _human(results, played, name).split == "held_out"
        for mark in played.shown.marks
        for name in mark.statistics
    ):
        axis.set_facecolor("0.93")
        held_out_words(axis, 0.02, 0.98, axis.transAxes)
    return f"{title}, {played.shown.name}: {_model_words(played, results)}; {'; '.join(marks)}."


def _title(played: PlayedPath, results: GameResults) -> str:
    treatment = f"treatment {statistic_label(played.treatment)}"
    several = len({each.treatment for each in results.paths}) > 1
    parts = [played.shown.who, treatment if several or not played.shown.who else ""]
    return ", ".join(part for part in parts if part)


def _models(axis: Axes, rounds: np.ndarray, played: PlayedPath, results: GameResults) -> None:
    palette, label = Palette.of(results.predictive), results.label("bounded")
    low, q25, median, q75, high = played.quantiles
    colour = palette.colours["bounded"]
    axis.plot(rounds, median, color=colour, lw=2.0, label=f"{label}, median", zorder=2.5)
    axis.fill_between(rounds, q25, q75, color=colour, alpha=0.3, lw=0, label="50 % of its paths")
    axis.fill_between(rounds, low, high, color=colour, alpha=0.16, lw=0, label="90 % of its paths")
    for single in played.singles:
        axis.plot(rounds, single, color=colour, lw=0.7, alpha=0.9, label="single paths")
    for model, mean in played.means.items():
        line = palette.line(model)
        axis.plot(rounds, mean, lw=1.4, zorder=3.5, label=f"{results.label(model)}, mean", **line)


def _human(results: GameResults, played: PlayedPath, statistic: str) -> pd.Series:
    """Row of observed.csv."""
    return results.observed.iloc[_row(results, played, statistic)]


def _row(results: GameResults, played: PlayedPath, statistic: str) -> int:
    table = results.observed
    here = (table.treatment.astype(str) == played.treatment) & (table.statistic == statistic)
    return int(np.flatnonzero(here)[0])


def _mean(axis: Axes, mark: MeanOverRounds, played: PlayedPath, results: GameResults) -> str:
    """Draw a human mean over its rounds, with its standard deviation where known."""
    row = _human(results, played, mark.statistic)
    value, middle = float(row.value), (mark.first + mark.last) / 2
    stretch = [mark.first, mark.last]
    axis.plot(stretch, [value, value], color=HUMAN, lw=1.4, zorder=3)
    _mark(axis, row, middle)
    words = f"human {statistic_label(mark.statistic)} {number(value)}{_error(row)}"
    if not mark.variance:
        return words
    variance = _human(results, played, mark.variance)
    spread = float(np.sqrt(variance.value))
    # Standard error of a square root by the delta method.
    error = float(variance.standard_error) / (2 * spread)
    for end in (value - spread, value + spread):
        axis.plot(stretch, [end, end], color=HUMAN, lw=1.3, ls="--", zorder=3,
                  label=f"human mean ± SD{_note(variance)}")  # fmt: skip
        axis.errorbar(middle, end, 2 * error, fmt="none", color=HUMAN, lw=1.2, capsize=2.5)
    return f"{words}, SD over {played.shown.time}s {number(spread)}{_note(variance)}"


def _extreme(
    axis: Axes, mark: Extreme, played: PlayedPath, results: GameResults, rounds: int
) -> str:
    """Draw a human extreme when it was reached, and that of the bounded model."""
    row = _human(results, played, mark.statistic)
    drawn = results.predictive["bounded"]
    predicted = np.quantile(drawn[:, _row(results, played, mark.statistic)], [0.05, 0.5, 0.95])
    if mark.time:
        time = _human(results, played, mark.time)
        _mark(axis, row, float(time.value), float(time.standard_error))
        at = np.quantile(drawn[:, _row(results, played, mark.time)], [0.05, 0.5, 0.95])
        error = number(2 * float(time.standard_error))
        when = f" in {played.shown.time} {number(float(time.value))} ± {error}"
    else:
        beside, at = rounds * np.array(BESIDE)
        _mark(axis, row, float(beside))
        at, when = np.full(3, at), ""
        axis.axvline(rounds + 1, color=GREY, lw=0.8)
        axis.set_xticks([tick for tick in axis.get_xticks() if 0 <= tick <= rounds])
    colour = Palette.of(results.predictive).colours["bounded"]
    axis.errorbar(
        at[1], predicted[1], _distances(predicted), _distances(at), fmt="o", color=colour,
        ms=4.5, mec="white", mew=0.8, lw=1.4, zorder=3.8, label="its extreme, 90 %",
    )  # fmt: skip
    low, median, high = map(number, predicted)
    return (
        f"human {statistic_label(mark.statistic)} {number(float(row.value))}{_error(row)}{when}, "
        f"predicted {median} ({low} to {high})"
    )


def _distances(quantiles: np.ndarray) -> np.ndarray:
    """Lengths of error bars below and above the median, shape (2, 1)."""
    return np.diff(quantiles)[:, None]


def _mark(axis: Axes, row: pd.Series, place: float, error: float | None = None) -> None:
    human_marks(
        axis, np.array([place]), np.array([row.value]), np.array([row.standard_error]),
        str(row.provenance), None if error is None else np.array([error]),
    )  # fmt: skip


def _error(row: pd.Series) -> str:
    return f" ± {number(2 * float(row.standard_error))}{_note(row)}"


def _note(row: pd.Series) -> str:
    return "" if row.provenance == "primary" else f", {row.provenance}"


def _model_words(played: PlayedPath, results: GameResults) -> str:
    low, _, median, _, high = played.quantiles
    bounded = [
        f"{number(median[at])} ({number(low[at])} to {number(high[at])}) in {played.shown.time} "
        f"{at + 1}"
        for at in (0, len(median) // 2, len(median) - 1)
    ]
    rational = [
        f"mean of {results.label(model)} {number(mean.mean())}"
        for model, mean in played.means.items()
    ]
    return f"{', '.join(bounded)}; {', '.join(rational)}"
