"""Figures of the cross-checks of inference."""

from __future__ import annotations

from collections.abc import Mapping

import arviz as az
import numpy as np
import pandas as pd

from satisfice.population.derived import judged
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import MU, SIGMA
from satisfice.report.labels import quantity
from satisfice.report.results import number
from satisfice.report.style import (
    GREY,
    HUMAN,
    OTHER_LINES,
    OTHER_MARKERS,
    OTHERS,
    Picture,
    legend,
    new_figure,
    panels,
)

NAMES = {
    "npe": "neural posterior", "nle": "neural likelihood", "smc_abc": "SMC-ABC",
    "truncated": "truncated rounds",
}  # fmt: skip


def estimators(space: ParameterSpace, table: pd.DataFrame, sentence: str) -> Picture:
    """Means and 90 % intervals of every quantity by every estimator.

    Args:
        space: The parameters.
        table: estimators.csv.
        sentence: Whether they agree, in words.
    """
    names = list(dict.fromkeys(table.quantity))
    methods = list(dict.fromkeys(table.estimator))
    figure = new_figure(0.4 + 1.5 * -(-len(names) // 2))
    axes, _ = panels(figure, len(names), 2)
    words = []
    for index, (axis, name) in enumerate(zip(axes, names, strict=True)):
        rows = table[table.quantity == name].set_index("estimator").loc[methods]
        for place, (method, row) in enumerate(rows[::-1].iterrows()):
            look = methods.index(str(method))
            colour, marker = OTHERS[look % len(OTHERS)], OTHER_MARKERS[look % len(OTHER_MARKERS)]
            axis.hlines(place, row.q05, row.q95, color=colour)
            axis.plot(row["mean"], place, marker, color=colour, ms=6)
            words.append(f"{name}, {method}: {number(row['mean'])} (SD {number(row['sd'])})")
        labels = [NAMES.get(method, method) for method in methods[::-1]]
        axis.set_yticks(np.arange(len(methods)), labels if index % 2 == 0 else [])
        axis.set_ylim(-0.6, len(methods) - 0.4)
        axis.set_title(quantity(name, space).short)
    return Picture(figure, f"Posterior means with 90 %: {'; '.join(words)}. {sentence}")


SUMMARIES = {
    "statistics": "the game's statistics",
    "paths": "learnt from paths",
}


def learnt_summaries(space: ParameterSpace, table: pd.DataFrame, answer: str) -> Picture:
    """Contraction of every quantity, by the summaries that the estimator gets.

    Args:
        space: The parameters.
        table: The table of the rule ``learnt_summaries``.
        answer: The result in words.
    """
    found = table[table.measure == "contraction"]
    names, given = (list(dict.fromkeys(found[key])) for key in ("quantity", "summaries"))
    labels = {name: quantity(str(name), space).short for name in names}
    figure = new_figure(0.9 + 0.4 * len(names))
    axis, words = figure.subplots(), []
    for index, summaries in enumerate(given):
        rows = found[found.summaries == summaries].set_index("quantity").loc[names]
        places = np.arange(len(names))[::-1] + 0.12 * (len(given) - 1 - 2 * index)
        axis.errorbar(
            rows.value,
            places,
            xerr=np.maximum([rows.value - rows.low, rows.high - rows.value], 0),
            fmt=OTHER_MARKERS[index],
            color=OTHERS[index],
            ms=5,
            label=SUMMARIES[str(summaries)],
        )
        values = ", ".join(f"{labels[name]} {value:.2f}" for name, value in rows.value.items())
        words.append(f"{SUMMARIES[str(summaries)]}: {values}")
    axis.set_yticks(np.arange(len(names))[::-1], list(labels.values()))
    axis.set_xlim(right=1)
    axis.set_xlabel("contraction (1 − posterior variance / prior variance)")
    legend(figure, [axis])
    return Picture(figure, f"{answer} Contraction, {'; '.join(words)}.")


MOST_ROWS = 24
"""Statistics shown: those whose absence moves the posterior most."""


def sensitivity(space: ParameterSpace, found: pd.DataFrame, sentence: str) -> Picture:
    """Shifts without each statistic, with each treatment alone, and with half of the simulations.

    Args:
        space: The parameters.
        found: The table of the rule ``sensitivity``.
        sentence: The largest shifts in words.
    """
    shown = found[found.quantity.isin(judged(space))]
    names = list(dict.fromkeys(shown.quantity))
    shifts = shown.pivot_table(
        index=["kind", "part"], columns="quantity", values="shift", sort=False
    )
    without = shifts.loc[["without"]]
    strongest = without.abs().max(axis=1).sort_values(ascending=False).index[:MOST_ROWS]
    others = [key for key in shifts.index if key[0] == "only"] + [("budget", "half")]
    keys = [*strongest, *others]
    figure = new_figure(1.0 + 0.24 * len(keys))
    axis = figure.subplots()
    places = np.arange(len(keys))[::-1]
    for index, name in enumerate(names):
        axis.plot(
            shifts.loc[keys, name].to_numpy(),
            places,
            OTHER_MARKERS[index % len(OTHER_MARKERS)],
            color=OTHERS[index % len(OTHERS)],
            ms=5,
            label=quantity(name, space).short,
        )
    axis.axvline(0, color=GREY, lw=1)
    axis.axhline(len(others) - 0.5, color=GREY, lw=1, ls=":")
    axis.set_yticks(places, [_label(*key) for key in keys])
    axis.set_xlabel("shift of the mean (posterior SDs)")
    legend(figure, [axis])
    words = [
        f"{_label(*key)}: "
        + ", ".join(f"{quantity(n, space).short} {shifts.loc[key, n]:+.2f}" for n in names)
        for key in keys
    ]
    return Picture(figure, f"{sentence} {'; '.join(words)}.")


def _label(kind: str, part: str) -> str:
    text = part.replace("_", " ")
    return {"without": f"without {text}", "only": f"only {text}"}.get(kind, "half of simulations")


def pooling(separate: Mapping[str, np.ndarray], pooled: np.ndarray, sentence: str) -> Picture:
    """Densities of the skills' location and scale, game by game and pooled.

    Args:
        separate: Posterior draws of each game, shape (draws, 3).
        pooled: Draws of the pooled posterior, shape (draws, 3).
        sentence: The Bayes factor in words.
    """
    figure = new_figure(3.0)
    axes, _ = panels(figure, 2, 2)
    words = []
    for column, (axis, parameter) in enumerate(zip(axes, (MU, SIGMA), strict=True)):
        label = parameter.label
        for index, (game, theta) in enumerate(separate.items()):
            grid, density = az.kde(theta[:, column])  # type: ignore[no-untyped-call]
            colour, line = OTHERS[index % len(OTHERS)], OTHER_LINES[index % len(OTHER_LINES)]
            axis.plot(grid, density, color=colour, ls=line, label=game.replace("_", " "))
            words.append(f"{label}, {game}: {number(theta[:, column].mean())}")
        grid, density = az.kde(pooled[:, column])  # type: ignore[no-untyped-call]
        axis.plot(grid, density, color=HUMAN, lw=2.2, label="one population")
        words.append(f"{label}, pooled: {number(pooled[:, column].mean())}")
        axis.set_xlabel(label)
        axis.set_ylim(bottom=0)
        axis.set_yticks([])
    axes[0].set_ylabel("posterior density")
    legend(figure, axes)
    return Picture(
        figure, f"Skills of each game and of one population: {'; '.join(words)}. {sentence}"
    )
