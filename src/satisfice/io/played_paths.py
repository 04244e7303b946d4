"""The file paths.npz: a small summary of play over time for the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from satisfice.io.files import read_arrays, write_arrays

if TYPE_CHECKING:
    from satisfice.games.base import Game
    from satisfice.games.shown_paths import ShownPath

LEVELS = (0.05, 0.25, 0.5, 0.75, 0.95)
"""Quantiles in the file: the median, and the ends of the 50 % and the 90 % interval."""


@dataclass(frozen=True)
class PlayedPath:
    """Predicted play over time of one quantity in one treatment.

    Attributes:
        shown: The quantity.
        treatment: Name of the treatment.
        quantiles: Shape (levels, rounds), over all paths of the bounded model.
        singles: Shape (paths, rounds), a few of its paths.
        means: For each rational model the mean path, shape (rounds,).
    """

    shown: ShownPath
    treatment: str
    quantiles: np.ndarray
    singles: np.ndarray
    means: Mapping[str, np.ndarray]


def write_paths(path: str | Path, played: Sequence[PlayedPath]) -> None:
    """Write paths.npz; all paths have the same number of rounds and the same models."""
    write_arrays(
        path,
        labels=np.array([[each.treatment, each.shown.name, each.shown.who] for each in played]),
        models=np.array(list(played[0].means) if played else [], dtype=str),
        quantiles=np.array([each.quantiles for each in played]),
        singles=np.array([each.singles for each in played]),
        means=np.array([list(each.means.values()) for each in played]),
    )


def read_paths(path: str | Path, game: Game) -> list[PlayedPath]:
    """Read paths.npz of a game."""
    found = read_arrays(path)
    known = {(shown.name, shown.who): shown for shown in game.paths}
    played = []
    for row, (treatment, name, who) in enumerate(found["labels"].tolist()):
        means = dict(zip(found["models"].tolist(), found["means"][row], strict=True))
        quantiles, singles = found["quantiles"][row], found["singles"][row]
        played.append(PlayedPath(known[name, who], treatment, quantiles, singles, means))
    return played
