"""Figure of several estimators' posteriors given the same human statistics."""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfice.population.parameters import ParameterSpace
from satisfice.report.labels import quantity
from satisfice.report.results import number
from satisfice.report.style import OTHER_MARKERS, OTHERS, Picture, new_figure, panels

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
