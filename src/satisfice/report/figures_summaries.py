"""Figure of what summaries learnt from whole paths add to a game's own statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfice.population.parameters import ParameterSpace
from satisfice.report.labels import quantity
from satisfice.report.style import OTHER_MARKERS, OTHERS, Picture, legend, new_figure

NAMES = {
    "statistics": "the game's statistics",
    "paths": "learnt from paths",
    "paths_and_statistics": "both",
}


def learnt_summaries(space: ParameterSpace, table: pd.DataFrame, answer: str) -> Picture:
    """Contraction of every quantity by what the estimator was given.

    Args:
        space: The parameters.
        table: The table of the rule ``learnt_summaries``.
        answer: What was found, in words.
    """
    found = table[table.measure == "contraction"]
    names, given = (list(dict.fromkeys(found[key])) for key in ("quantity", "summaries"))
    labels = {name: quantity(str(name), space).short for name in names}
    figure = new_figure(0.9 + 0.4 * len(names))
    axis, words = figure.subplots(), []
    for number, summaries in enumerate(given):
        rows = found[found.summaries == summaries].set_index("quantity").loc[names]
        places = np.arange(len(names))[::-1] + 0.12 * (len(given) - 1 - 2 * number)
        axis.errorbar(
            rows.value,
            places,
            xerr=np.maximum([rows.value - rows.low, rows.high - rows.value], 0),
            fmt=OTHER_MARKERS[number],
            color=OTHERS[number],
            ms=5,
            label=NAMES[str(summaries)],
        )
        values = ", ".join(f"{labels[name]} {value:.2f}" for name, value in rows.value.items())
        words.append(f"{NAMES[str(summaries)]}: {values}")
    axis.set_yticks(np.arange(len(names))[::-1], list(labels.values()))
    axis.set_xlim(right=1)
    axis.set_xlabel("contraction (1 − posterior variance / prior variance)")
    legend(figure, [axis])
    return Picture(figure, f"{answer} Contraction, {'; '.join(words)}.")
