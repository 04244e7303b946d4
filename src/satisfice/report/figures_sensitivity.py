"""Figure of what the posterior owes to each statistic."""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfice.population.derived import judged
from satisfice.population.parameters import ParameterSpace
from satisfice.report.labels import quantity
from satisfice.report.style import GREY, OTHER_MARKERS, OTHERS, Picture, legend, new_figure

MOST_ROWS = 24
"""Statistics shown: those whose absence moves the posterior most."""


def sensitivity(space: ParameterSpace, found: pd.DataFrame, sentence: str) -> Picture:
    """Shift of what data can identify without each statistic, from each treatment, at half budget.

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
    for number, name in enumerate(names):
        axis.plot(
            shifts.loc[keys, name].to_numpy(),
            places,
            OTHER_MARKERS[number % len(OTHER_MARKERS)],
            color=OTHERS[number % len(OTHERS)],
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
