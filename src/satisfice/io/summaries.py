"""Human decisions summarised like simulated play, with errors from a bootstrap over markets.

A bootstrap draws whole markets with replacement. Its spread of a mean is too small by the root of
(n - 1) / n, where n is the number of markets; all errors are enlarged by the inverse. Standard
deviations and other spreads err in proportion to their size, and replicates of few markets are
too small: their error is that of their logarithm, times their value. An interval of 90 % reaches
from the value by the standard error times the quantile of Student's t with n - 1 degrees of
freedom. The experiment ``error_coverage`` measures how often it holds the true value.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from satisfice.io.decisions import panels_of

if TYPE_CHECKING:
    from satisfice.games.base import Game, Play

REPLICATES, SEED = 10_000, 0
"""Replicates of the bootstrap, and the seed that draws them."""

SMALLEST = 1e-6
"""A spread of at most this share of the actual one is zero apart from rounding."""

BLOCK = 1_000_000
"""Decisions that are resampled at once, 8 MB of each quantity."""

CORRELATION_COLUMNS = ("treatment", "statistic", "other", "correlation")
"""Columns of correlations.csv, one row for each pair of statistics of a treatment."""


@dataclass(frozen=True)
class Summary:
    """What decisions say of the game's statistics, rounded as in files.

    Attributes:
        statistics: Columns treatment, statistic, value and standard_error; see
            :func:`standard_error`.
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
    generator = np.random.default_rng(seed)
    for treatment, panels in panels_of(decisions, game).items():
        again = bootstrap(panels, game, treatment, replicates, generator)
        for statistic, found in again.items():
            value, markets = values[treatment, statistic], len(panels["action"])
            error = standard_error(value, found, markets, is_spread=statistic in game.spreads)
            rows.append([treatment, statistic, value, error])
        # A statistic that is the same in all replicates has no correlation.
        correlation = pd.DataFrame(again).corr().fillna(0.0)
        for one, other in itertools.combinations(again, 2):
            pairs.append([treatment, one, other, float(correlation[one][other])])
    statistics = pd.DataFrame(rows, columns=["treatment", "statistic", "value", "standard_error"])
    correlations = pd.DataFrame(pairs, columns=list(CORRELATION_COLUMNS))
    return Summary(
        statistics.round({"value": 6, "standard_error": 6}), correlations.round({"correlation": 4})
    )


def standard_error(value: float, replicates: np.ndarray, markets: int, *, is_spread: bool) -> float:
    """Standard error of a statistic from bootstrap replicates, shape (replicates,)."""
    spread = float(np.nanstd(replicates, ddof=1))
    positive = replicates[replicates > SMALLEST * abs(value)]
    if is_spread and len(positive) > 1:
        # Of two markets all positive replicates are alike; then only the plain spread tells.
        spread = max(spread, value * float(np.log(positive).std(ddof=1)))
    return spread * float(np.sqrt(markets / (markets - 1)))


def values_of(decisions: pd.DataFrame, game: Game) -> dict[tuple[str, str], float]:
    """Value of each statistic, by treatment and name, without its error."""
    values = {}
    for treatment, panels in panels_of(decisions, game).items():
        play = game.record(panels, treatment)
        for statistic, function in game.statistics.items():
            values[treatment, statistic] = float(function(play))
    return values


def bootstrap(
    panels: Play, game: Game, treatment: str, replicates: int, generator: np.random.Generator
) -> dict[str, np.ndarray]:
    """Statistics of play whose markets are drawn with replacement, shape (replicates,) each.

    Recorded play has the shape (markets, agents, rounds).
    """
    markets, decided = len(panels["action"]), panels["action"].size
    at_once, found = max(1, BLOCK // decided), []
    for start in range(0, replicates, at_once):
        size = (min(at_once, replicates - start), markets)
        chosen = generator.integers(markets, size=size)
        found.append(statistics_of(panels, chosen, game, treatment))
    return {name: np.concatenate([block[name] for block in found]) for name in found[0]}


def statistics_of(
    panels: Play, markets: np.ndarray, game: Game, treatment: str
) -> dict[str, np.ndarray]:
    """Statistics of play in some markets, shape (replicates, markets): (replicates,) each."""
    play = game.record({quantity: panel[markets] for quantity, panel in panels.items()}, treatment)
    return {name: np.asarray(function(play)) for name, function in game.statistics.items()}
