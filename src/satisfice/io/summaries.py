"""Human decisions summarised like simulated play, with errors from a bootstrap over markets."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from satisfice.io.decisions import panels_of

if TYPE_CHECKING:
    from satisfice.games.base import Game

REPLICATES, SEED = 10_000, 0
"""Replicates of the bootstrap, and the seed that draws them."""

BLOCK = 1_000_000
"""Decisions that are resampled at once, 8 MB of each quantity."""

CORRELATION_COLUMNS = ("treatment", "statistic", "other", "correlation")
"""Columns of correlations.csv, one row for each pair of statistics of a treatment."""


@dataclass(frozen=True)
class Summary:
    """What decisions say of the game's statistics, rounded as in files.

    Attributes:
        statistics: Columns treatment, statistic, value and standard_error. The standard error is
            the standard deviation over a cluster bootstrap, which resamples whole markets.
        correlations: Columns ``CORRELATION_COLUMNS``, each pair of statistics of a treatment once:
            correlations of their errors. Treatments are independent.
    """

    statistics: pd.DataFrame
    correlations: pd.DataFrame


def summarise_decisions(
    decisions: pd.DataFrame, game: Game, *, replicates: int = REPLICATES, seed: int = SEED
) -> Summary:
    """Compute the game's statistics from human decisions, with their errors."""
    values, rows, pairs = values_of(decisions, game), [], []
    for treatment, again in _resampled(decisions, game, replicates, seed):
        for statistic, found in again.items():
            spread = float(np.nanstd(found, ddof=1))
            rows.append([treatment, statistic, values[treatment, statistic], spread])
        # A statistic that is the same in all replicates has no correlation.
        correlation = pd.DataFrame(again).corr().fillna(0.0)
        for one, other in itertools.combinations(again, 2):
            pairs.append([treatment, one, other, float(correlation[one][other])])
    statistics = pd.DataFrame(rows, columns=["treatment", "statistic", "value", "standard_error"])
    correlations = pd.DataFrame(pairs, columns=list(CORRELATION_COLUMNS))
    return Summary(
        statistics.round({"value": 6, "standard_error": 6}), correlations.round({"correlation": 4})
    )


def values_of(decisions: pd.DataFrame, game: Game) -> dict[tuple[str, str], float]:
    """Value of each statistic, by treatment and name, without its error."""
    values = {}
    for treatment, panels in panels_of(decisions, game).items():
        play = game.record(panels, treatment)
        for statistic, function in game.statistics.items():
            values[treatment, statistic] = float(function(play))
    return values


def _resampled(
    decisions: pd.DataFrame, game: Game, replicates: int, seed: int
) -> Iterator[tuple[str, dict[str, np.ndarray]]]:
    """Each treatment, and its statistics with whole markets drawn with replacement."""
    generator = np.random.default_rng(seed)
    for treatment, panels in panels_of(decisions, game).items():
        markets, decided = len(panels["action"]), panels["action"].size
        at_once, found = max(1, BLOCK // decided), []
        for start in range(0, replicates, at_once):
            size = (min(at_once, replicates - start), markets)
            chosen = generator.integers(markets, size=size)
            found.append(_statistics_of(panels, chosen, game, treatment))
        yield treatment, {name: np.concatenate([b[name] for b in found]) for name in found[0]}


def _statistics_of(
    panels: dict[str, np.ndarray], markets: np.ndarray, game: Game, treatment: str
) -> dict[str, np.ndarray]:
    """Statistics of play in some markets, shape (replicates, markets): (replicates,) each."""
    play = game.record({quantity: panel[markets] for quantity, panel in panels.items()}, treatment)
    return {name: np.asarray(function(play)) for name, function in game.statistics.items()}
