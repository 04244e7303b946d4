"""Summaries of predicted play over time."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from satisfice.games.base import Game
from satisfice.io.played_paths import LEVELS, PlayedPath
from satisfice.simulation.simulator import Played

SINGLES = 2
"""Number of single paths that are kept."""

Panels = dict[tuple[str, int], np.ndarray]
"""Paths of shape (paths, rounds), by treatment and index in ``game.paths``."""


def panels_of(game: Game, play: Played) -> Panels:
    """The paths of recorded play that a game shows."""
    paths = {}
    for treatment, recorded in play.items():
        record = game.record(recorded, treatment)
        for number, shown in enumerate(game.paths):
            values = shown.of(record)
            paths[treatment, number] = values.reshape(-1, values.shape[-1])
    return paths


def summarise(game: Game, played: Mapping[str, Panels]) -> list[PlayedPath]:
    """Quantiles and a few paths of the first contender's play, and mean paths of the others'."""
    first, *others = played
    return [
        PlayedPath(
            shown=game.paths[panel[1]],
            treatment=panel[0],
            quantiles=np.quantile(values, LEVELS, axis=0),
            singles=evenly_spaced(values, SINGLES),
            means={name: played[name][panel].mean(axis=0) for name in others},
        )
        for panel, values in played[first].items()
    ]


def evenly_spaced(paths: np.ndarray, number: int) -> np.ndarray:
    """A number of rows of (paths, rounds), evenly spaced, without the first and the last."""
    rows = np.linspace(0, len(paths) - 1, number + 2)[1:-1].round().astype(np.int64)
    return paths[rows]
