"""How well does a contender predict the human statistics?

All scores are in units of the human standard errors.

Intervals say how much scores would vary with other samples of people: human values are redrawn
with their standard errors, the same redraws for all contenders. Redrawn values have the sampling
error twice, which makes every score worse. So only the spread of the redrawn scores is used,
centred on the actual score. Errors have the correlations of a bootstrap over markets where the
decisions are available; where only tables were published, they are taken to be independent.
A standard error from n markets is itself uncertain: redraws follow Student's t with n - 1 degrees
of freedom, jointly for a treatment's statistics, whose errors come from the same markets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scoringrules
from scipy.special import logsumexp

from satisfice.io.game_run import PPO, RATIONAL

RATIONAL_MODELS = (RATIONAL, PPO, "equilibrium")
"""The contenders that the bounded model is compared with: play without a KL cost, learnt by this
package and by PPO, and exact rational play."""

INTERVAL = 0.9
"""Probability of the intervals around scores."""

LEVELS = (0.5, 0.9)
"""Probabilities of the predictive intervals whose coverage is counted."""

FEW_HELD_OUT = 10
"""With fewer held-out statistics, nobody predicts better beyond doubt."""

NOISE_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(16)
NOISE_WEIGHTS = _WEIGHTS / _WEIGHTS.sum()
"""Gauss-Hermite quadrature over a standard normal."""

SCORES = ("crps", "energy", "log_score", "rmse", "coverage_50", "coverage_90")
"""The scores. The first, second and fourth are better if smaller, the third if larger."""


RANGES = dict.fromkeys(("crps", "energy", "rmse"), (0.0, np.inf)) | dict.fromkeys(
    ("coverage_50", "coverage_90"), (0.0, 1.0)
)
"""Least and largest value of each score that has bounds. Intervals do not leave them."""


def standardised(values: np.ndarray, observed: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Differences from the human values in units of their standard errors."""
    return np.asarray((values - observed) / error)


@dataclass(frozen=True)
class Human:
    """Human statistics and redraws of them.

    Attributes:
        value: Shape (statistics,).
        error: Shape (statistics,), standard errors.
        redrawn: Shape (1 + replicates, statistics), standardised: the first row is zero, the
            actual values, the others are those that other samples of people might have shown.
    """

    value: np.ndarray
    error: np.ndarray
    redrawn: np.ndarray

    @classmethod
    def of(
        cls,
        value: np.ndarray,
        error: np.ndarray,
        replicates: int,
        seed: int,
        correlation: np.ndarray | None = None,
    ) -> Human:
        """Redraw normal values with known standard errors; see :meth:`of_table`."""
        noise = np.random.default_rng(seed).standard_normal((replicates, len(value)))
        if correlation is not None:
            noise = noise @ square_root(correlation)
        return cls(value, error, np.vstack([np.zeros(len(value)), noise]))

    @classmethod
    def of_table(
        cls, table: pd.DataFrame, replicates: int, seed: int, correlation: np.ndarray | None = None
    ) -> Human:
        """Redraw the human values of observed.csv; without ``correlation`` independently."""
        error = table.standard_error.to_numpy()
        known = cls.of(table.value.to_numpy(), error, replicates, seed, correlation)
        generator, redrawn = np.random.default_rng([seed, 1]), known.redrawn.copy()
        for _, rows in table.reset_index(drop=True).groupby("treatment", sort=False):
            degrees = max(1, int(rows.markets.iloc[0]) - 1)
            estimated = np.sqrt(generator.chisquare(degrees, replicates) / degrees)
            redrawn[1:, rows.index] /= estimated[:, None]
        return cls(known.value, known.error, redrawn)

    def restricted(self, columns: np.ndarray) -> Human:
        """The same redraws of some of the statistics."""
        return Human(self.value[columns], self.error[columns], self.redrawn[:, columns])


def score_all(predicted: np.ndarray, human: Human) -> dict[str, np.ndarray]:
    """Score predictions, (draws, statistics), for the actual and the redrawn human values.

    For each of ``SCORES`` an array of shape (1 + replicates,). CRPS, energy score and root mean
    squared error are in units of the human standard errors; the energy score is divided by the
    root of the number of statistics. The log score is the mean of :func:`noisy_log_scores`.
    """
    error = standardised(predicted, human.value, human.error)
    low = np.quantile(error, [(1 - level) / 2 for level in LEVELS], axis=0)
    high = np.quantile(error, [(1 + level) / 2 for level in LEVELS], axis=0)
    inside = (human.redrawn[:, None] >= low) & (human.redrawn[:, None] <= high)
    covered = inside.mean(axis=-1)
    log_density = log_scores(error, human.redrawn).mean(axis=1)
    log_density[0] = NOISE_WEIGHTS @ noisy_log_scores(error).mean(axis=1)
    return {
        "crps": _crps(error, human.redrawn).mean(axis=1),
        "energy": _energy(error, human.redrawn),
        "log_score": log_density,
        "rmse": np.sqrt(((error.mean(axis=0) - human.redrawn) ** 2).mean(axis=1)),
        "coverage_50": covered[:, 0],
        "coverage_90": covered[:, 1],
    }


def _crps(error: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """CRPS of each statistic for every redraw, shape (redraws, statistics)."""
    # Sorted once, not for every redraw.
    shape = (len(redrawn), len(error))
    columns = [
        scoringrules.crps_ensemble(each, np.broadcast_to(draws, shape), sorted_ensemble=True)
        for each, draws in zip(redrawn.T, np.sort(error, axis=0).T, strict=True)
    ]
    return np.stack(columns, axis=1)


def _energy(error: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """Energy score (Gneiting and Raftery 2007) for every redraw, per root of the dimension."""
    pairs = _distances(error, error).mean()
    found = _distances(redrawn, error).mean(axis=1) - 0.5 * pairs
    return np.asarray(found / np.sqrt(error.shape[1]))


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Euclidean distances between rows, shape (rows of one, rows of other)."""
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2.0 * one @ other.T
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def log_scores(error: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """Log predictive density of standardised human values, shape (redraws, statistics).

    The prediction is the mixture of unit normals around the draws. No bandwidth has to be chosen,
    and point forecasts can be scored.
    """
    columns = [
        logsumexp(-0.5 * (redrawn[:, i, None] - draws) ** 2, axis=1) - np.log(len(draws))
        for i, draws in enumerate(error.T)
    ]
    return np.asarray(np.stack(columns, axis=1) - 0.5 * np.log(2 * np.pi))


def noisy_log_scores(error: np.ndarray) -> np.ndarray:
    """Log predictive density of the human values with one more standard error of noise.

    The mixture of :func:`log_scores` adds one standard error of noise to the draws, so the human
    values need the same noise: without it, forecasts that are too narrow would win. The
    expectation over the noise is a proper score. The nodes of the quadrature over it have the
    weights ``NOISE_WEIGHTS``; shapes are (draws, statistics) and (nodes, statistics).
    """
    return log_scores(error, np.repeat(NOISE_NODES[:, None], error.shape[1], axis=1))


def with_interval(values: np.ndarray) -> tuple[float, float, float]:
    """The actual score, and the spread of the redrawn ones around it."""
    centred = values[1:] - np.median(values[1:]) + values[0]
    low, high = np.quantile(centred, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return float(values[0]), float(low), float(high)


def square_root(correlation: np.ndarray) -> np.ndarray:
    """Symmetric square root of a correlation matrix, which may be singular.

    A bootstrap over six markets estimates at most five dimensions of it.
    """
    values, vectors = np.linalg.eigh(correlation)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)


def intervals(scores: Mapping[str, np.ndarray]) -> pd.DataFrame:
    """One row a score with the columns score, value, low and high."""
    rows = []
    for name, values in scores.items():
        value, *ends = with_interval(values)
        # Centred on the actual score, redrawn ones may pass a bound.
        rows.append([name, value, *np.clip(ends, *RANGES.get(name, (-np.inf, np.inf)))])
    return pd.DataFrame(rows, columns=["score", "value", "low", "high"])


def crps_by_statistic(
    predictive: np.ndarray, observed: np.ndarray, standard_error: np.ndarray
) -> np.ndarray:
    """CRPS of each statistic in units of its human standard error, shape (statistics,)."""
    error = standardised(predictive, observed, standard_error)
    return np.asarray(scoringrules.crps_ensemble(np.zeros(error.shape[1]), error, m_axis=0))


def held_out_crps(scores: pd.DataFrame) -> dict[str, float]:
    """Held-out CRPS by contender, from a table with the columns of scores.csv."""
    rows = scores[(scores.score == "crps") & (scores.part == "held_out")]
    return dict(zip(rows.contender.astype(str), rows.value.astype(float), strict=True))


def best_rational(scores: pd.DataFrame) -> str:
    """Name of the best of rational play, PPO and equilibrium on held-out statistics."""
    crps = held_out_crps(scores)
    return min((name for name in crps if name in RATIONAL_MODELS), key=crps.__getitem__)
