"""Ways to get standard errors from one panel of decisions, and how often their intervals hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from satisfice.games.base import Game, Play
from satisfice.io.summaries import bootstrap, standard_error, statistics_of

NOMINAL = 0.9
"""Share of the intervals that should hold the true value."""

METHODS = ("bootstrap_normal", "jackknife_t", "bootstrap_t", "package")
"""A plain bootstrap with normal quantiles; a jackknife that leaves out one market at a time, and a
bootstrap enlarged by the root of n / (n - 1), both with quantiles of Student's t; and what
``satisfice`` does, which differs from the latter where a statistic is a spread."""

PAIRS = ("sum of two", "difference of two")
"""Combinations of two statistics of a treatment, whose intervals depend on correlations."""


@dataclass(frozen=True)
class Errors:
    """Errors of one panel's statistics.

    Attributes:
        value: Shape (statistics,), the panel's own values.
        reach: For each of ``METHODS`` half the width of the interval, shape (statistics,).
        correlation: Shape (statistics, statistics), correlations of the errors.
    """

    value: np.ndarray
    reach: dict[str, np.ndarray]
    correlation: np.ndarray


def errors_of(
    panel: Play, game: Game, treatment: str, replicates: int, generator: np.random.Generator
) -> Errors:
    """Compute errors by every method from play of shape (markets, agents, rounds)."""
    markets = len(panel["action"])
    everyone = np.arange(markets)
    again = bootstrap(panel, game, treatment, replicates, generator)
    left_out = np.array([np.delete(everyone, one) for one in everyone])
    jackknife = _joined(statistics_of(panel, left_out, game, treatment))
    value = _joined(statistics_of(panel, everyone[None], game, treatment))[0]
    drawn, student = _joined(again), float(stdtrit(markets - 1, (1 + NOMINAL) / 2))
    plain = drawn.std(axis=0, ddof=1)
    used = [
        standard_error(float(own), found, markets, is_spread=name in game.spreads)
        for own, (name, found) in zip(value, again.items(), strict=True)
    ]
    reach = {
        "bootstrap_normal": float(ndtri((1 + NOMINAL) / 2)) * plain,
        "jackknife_t": student * np.sqrt(markets - 1) * jackknife.std(axis=0),
        "bootstrap_t": student * np.sqrt(markets / (markets - 1)) * plain,
        "package": student * np.array(used),
    }
    scaled = (drawn - drawn.mean(axis=0)) / np.where(plain > 0, plain, 1.0)
    return Errors(value, reach, scaled.T @ scaled / (replicates - 1))


def hits(found: Sequence[Errors], method: str) -> np.ndarray:
    """Whether each panel's intervals hold the mean over panels, shape (panels, statistics + 2).

    The last two columns are shares over all pairs of statistics, for their sum and difference; a
    statistic's unit there is its standard deviation over panels. NaN: a statistic is constant.
    """
    value, reach = (
        np.array(each) for each in ([e.value for e in found], [e.reach[method] for e in found])
    )
    apart = value - value.mean(axis=0)
    spread = value.std(axis=0)
    varies = spread > 1e-9 * np.maximum(np.abs(value).max(axis=0), 1e-9)
    single = np.where(varies, np.abs(apart) <= reach, np.nan)
    spread = np.where(varies, spread, 1.0)
    apart, reach = apart / spread, reach / spread
    correlation = np.array([each.correlation for each in found])
    one, two = (index for index in np.triu_indices(len(spread), 1))
    both = varies[one] & varies[two]
    one, two = one[both], two[both]
    columns = []
    for sign in (1.0, -1.0):
        product = sign * correlation[:, one, two] * reach[:, one] * reach[:, two]
        square = np.maximum(reach[:, one] ** 2 + reach[:, two] ** 2 + 2 * product, 0.0)
        columns.append(np.abs(apart[:, one] + sign * apart[:, two]) <= np.sqrt(square))
    pairs = np.stack([each.mean(axis=1) if len(one) else _nothing(each) for each in columns], 1)
    return np.hstack([single, pairs])


def _joined(statistics: dict[str, np.ndarray]) -> np.ndarray:
    return np.stack(list(statistics.values()), axis=-1)


def _nothing(like: np.ndarray) -> np.ndarray:
    return np.full(len(like), np.nan)
