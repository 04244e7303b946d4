"""Figure of one population for all games beside separate ones."""

from __future__ import annotations

from collections.abc import Mapping

import arviz as az
import numpy as np

from satisfice.population.supertypes import MU, SIGMA
from satisfice.report.results import number
from satisfice.report.style import HUMAN, OTHER_LINES, OTHERS, Picture, legend, new_figure, panels

SHOWN = (MU, SIGMA)


def pooling(separate: Mapping[str, np.ndarray], pooled: np.ndarray, sentence: str) -> Picture:
    """Densities of the skills' location and scale, game by game and pooled.

    Args:
        separate: Posterior draws of each game, shape (draws, 3).
        pooled: Draws of the pooled posterior, shape (draws, 3).
        sentence: What the Bayes factor says.
    """
    figure = new_figure(3.0)
    axes, _ = panels(figure, len(SHOWN), 2)
    words = []
    for column, (axis, parameter) in enumerate(zip(axes, SHOWN, strict=True)):
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
