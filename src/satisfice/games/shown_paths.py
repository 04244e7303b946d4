"""What of a game's recorded play is worth seeing over time, and which human values belong there.

A game names its paths; whoever draws them needs to know no game.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

Path = Callable[[Mapping[str, np.ndarray]], np.ndarray]
"""Maps recorded play, as the statistics read it, to paths of shape (..., rounds)."""


@dataclass(frozen=True)
class MeanOverRounds:
    """A human mean over a stretch of rounds.

    Attributes:
        statistic: Name of the mean.
        first: First round of the stretch, from 1.
        last: Its last round.
        variance: Name of the statistic that is the variance over these rounds; empty where there
            is none.
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
        time: Name of the statistic that says in which round it was reached; empty where nothing is
            known of it.
    """

    statistic: str
    time: str = ""

    @property
    def statistics(self) -> tuple[str, ...]:
        """Names of the statistics that are drawn."""
        return (self.statistic, self.time) if self.time else (self.statistic,)


@dataclass(frozen=True)
class ShownPath:
    """A quantity to be seen round by round.

    Attributes:
        name: What it is, in words.
        unit: Its unit, that of the marks, too; empty where it has none.
        time: What a round is called.
        of: Maps recorded play to paths. Where a path is that of a market, markets are among its
            leading indices; where it is a mean over markets, they are not.
        marks: Human statistics that belong into the picture.
        who: Whose path it is, where agents differ.
    """

    name: str
    unit: str
    time: str
    of: Path
    marks: tuple[MeanOverRounds | Extreme, ...]
    who: str = ""
