"""Quantities of a game to show over time, and the human values that belong to them.

A game declares its paths, so that the code that draws them is the same for all games.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Path = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""Maps recorded play to paths of shape (..., rounds)."""


@dataclass(frozen=True)
class MeanOverRounds:
    """A human mean over several rounds.

    Attributes:
        statistic: Name of the mean.
        first: First round, from 1.
        last: Last round.
        variance: Name of the statistic that is the variance over these rounds, or empty.
    """

    statistic: str
    first: int
    last: int
    variance: str = ""

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names of the statistics that are drawn."""
        return (self.statistic, self.variance) if self.variance else (self.statistic,)


@dataclass(frozen=True)
class Extreme:
    """The largest or smallest value of a path, a mean over human markets.

    Attributes:
        statistic: Name of the value.
        time: Name of the statistic that is its round, or empty.
    """

    statistic: str
    time: str = ""

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names of the statistics that are drawn."""
        return (self.statistic, self.time) if self.time else (self.statistic,)


@dataclass(frozen=True)
class ShownPath:
    """A quantity to show round by round.

    Attributes:
        name: Its name, in words.
        unit: Its unit and that of the marks; empty where it has none.
        time: Word for a round.
        of: Maps recorded play to paths. Markets are among a path's leading indices unless it is a
            mean over markets.
        marks: Human statistics to show with it.
        who: The role, where agents differ.
    """

    name: str
    unit: str
    time: str
    of: Path
    marks: tuple[MeanOverRounds | Extreme, ...]
    who: str = ""
