"""Scores of many contenders on the same human statistics, with intervals and paired differences.

Intervals say what other groups of people might have changed: human values are redrawn with their
standard errors, the same redraw for all contenders. Redrawn values scatter around ones that
scatter already, which makes every score worse by about as much, so only the spread of the redrawn
scores is used and centred on the actual one. Errors of different statistics are taken to be
independent: their correlations are not known where only tables were published.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scoringrules
from scipy.special import logsumexp

from satisfice.evaluation.scores import INTERVAL, standardised
from satisfice.evaluation.splits import DEFAULT

LEVELS = (0.5, 0.9)
"""Probabilities of the predictive intervals whose coverage is counted."""

SCORES = ("crps", "energy", "log_score", "rmse", "coverage_50", "coverage_90")
"""What is computed; the first, second and fourth are better if smaller, the third if larger."""

ROUNDS_OF_STACKING = 2000
"""Steps of the expectation-maximisation of stacking weights, which converges long before."""


@dataclass(frozen=True)
class Human:
    """Human statistics and redraws of them.

    Attributes:
        value: Shape (statistics,).
        error: Shape (statistics,), standard errors.
        redrawn: Shape (1 + replicates, statistics), standardised: the first row is zero, the
            actual values, the others are what other groups of people might have shown.
    """

    value: np.ndarray
    error: np.ndarray
    redrawn: np.ndarray

    @classmethod
    def of(cls, value: np.ndarray, error: np.ndarray, replicates: int, seed: int) -> Human:
        """Redraw human values with their standard errors."""
        noise = np.random.default_rng(seed).standard_normal((replicates, len(value)))
        return cls(value, error, np.vstack([np.zeros(len(value)), noise]))

    def restricted(self, columns: np.ndarray) -> Human:
        """The same redraws of some of the statistics."""
        return Human(self.value[columns], self.error[columns], self.redrawn[:, columns])


def score_all(predicted: np.ndarray, human: Human) -> dict[str, np.ndarray]:
    """Score one predictive distribution, for the actual and for the redrawn human values.

    Args:
        predicted: Shape (draws, statistics).
        human: The human statistics.

    Returns:
        For each of ``SCORES`` an array of shape (1 + replicates,). CRPS, energy score and root
        mean squared error are in units of the human standard errors; the energy score is divided
        by the root of the number of statistics. The log score is the mean log density of a human
        value under the prediction, which has the human standard error added to it.
    """
    error = standardised(predicted, human.value, human.error)
    low, high = (
        np.quantile(error, [(1 - level) / 2 for level in LEVELS], axis=0),
        np.quantile(error, [(1 + level) / 2 for level in LEVELS], axis=0),
    )
    inside = (human.redrawn[:, None] >= low) & (human.redrawn[:, None] <= high)
    covered = inside.mean(axis=-1)
    return {
        "crps": _crps(error, human.redrawn).mean(axis=1),
        "energy": _energy(error, human.redrawn),
        "log_score": log_scores(error, human.redrawn).mean(axis=1),
        "rmse": np.sqrt(((error.mean(axis=0) - human.redrawn) ** 2).mean(axis=1)),
        "coverage_50": covered[:, 0],
        "coverage_90": covered[:, 1],
    }


def _crps(error: np.ndarray, redrawn: np.ndarray) -> np.ndarray:
    """CRPS of each statistic for every redraw, shape (redraws, statistics)."""
    columns = [
        scoringrules.crps_ensemble(
            redrawn[:, i], np.broadcast_to(draws, (len(redrawn), len(draws)))
        )
        for i, draws in enumerate(error.T)
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

    What people show has a standard error of its own, here one, so a prediction of it is the
    mixture of unit normals around the draws: no bandwidth has to be chosen.
    """
    columns = [
        logsumexp(-0.5 * (redrawn[:, i, None] - draws) ** 2, axis=1) - np.log(len(draws))
        for i, draws in enumerate(error.T)
    ]
    return np.asarray(np.stack(columns, axis=1) - 0.5 * np.log(2 * np.pi))


def with_interval(values: np.ndarray) -> tuple[float, float, float]:
    """The actual score, and the spread of the redrawn ones around it."""
    centred = values[1:] - np.median(values[1:]) + values[0]
    low, high = np.quantile(centred, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    return float(values[0]), float(low), float(high)


def table_of_scores(scored: Mapping[str, Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """One row for each contender and score: value, low and high.

    Args:
        scored: What :func:`score_all` returns, by contender.
    """
    rows = [
        [contender, name, *with_interval(values)]
        for contender, scores in scored.items()
        for name, values in scores.items()
    ]
    return pd.DataFrame(rows, columns=["contender", "score", "value", "low", "high"])


def paired_differences(
    scored: Mapping[str, Mapping[str, np.ndarray]], champion: str
) -> pd.DataFrame:
    """Each contender's score minus the champion's, on the same redraws.

    Args:
        scored: What :func:`score_all` returns, by contender.
        champion: Whom the others are compared with.

    Returns:
        One row for each other contender and score: difference, low, high and ``verdict``: whether
        the contender is ``better`` or ``worse`` than the champion, or ``undecided`` where the
        interval holds zero.
    """
    rows = []
    for contender, scores in scored.items():
        for name in ("crps", "energy", "log_score") if contender != champion else ():
            value, low, high = with_interval(scores[name] - scored[champion][name])
            sign = -1.0 if name == "log_score" else 1.0
            verdict = "undecided"
            if low > 0 or high < 0:
                verdict = "worse" if sign * value > 0 else "better"
            rows.append([contender, name, value, low, high, verdict])
    columns = ["contender", "score", "difference", "low", "high", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def held_out_rows(table: pd.DataFrame, score: str, split: str | None = DEFAULT) -> pd.DataFrame:
    """Rows about held-out statistics in a table of scores or of differences.

    Args:
        table: With the columns part, split and score.
        score: Which score.
        split: Of one split, or of all.
    """
    rows = table[(table.part == "held_out") & (table.score == score)]
    return rows if split is None else rows[rows.split == split]


def stacking_weights(log_density: np.ndarray) -> np.ndarray:
    """Weights of the mixture that foretells best (Yao, Vehtari, Simpson and Gelman 2018).

    Args:
        log_density: Shape (held-out values, contenders).

    Returns:
        Shape (contenders,), the weights that maximise the mean log density of the mixture.
    """
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights = np.full(log_density.shape[1], 1.0 / log_density.shape[1])
    for _ in range(ROUNDS_OF_STACKING):
        shares = density * weights
        weights = (shares / shares.sum(axis=1, keepdims=True)).mean(axis=0)
    return np.asarray(weights)
