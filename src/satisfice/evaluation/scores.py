"""How well does a model's predictive distribution foretell the human statistics?

All scores are in units of the human standard errors; smaller is better, except for coverage,
which should equal its nominal level.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import scoringrules

from satisfice.errors import SatisficeError

RATIONAL_MODELS = ("ppo", "equilibrium")
"""The rivals that the claim is about: learnt and exact rational play."""

ENERGY_DRAWS = 300
"""Draws that the energy score looks at: its cost grows with their square."""

ENERGY_REPLICATES = 200
"""Bootstrap replicates for the interval of the energy score."""

INTERVAL = 0.9
"""Probability of the intervals around scores."""


def standardised(values: np.ndarray, observed: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Differences from the human values in units of their standard errors."""
    return np.asarray((values - observed) / error)


def score_model(
    predictive: np.ndarray,
    observed: np.ndarray,
    standard_error: np.ndarray,
    *,
    replicates: int,
    seed: int,
) -> pd.DataFrame:
    """Score one predictive distribution on one set of statistics.

    Intervals come from a bootstrap over the statistics: they say how far a score depends on
    which statistics were chosen.

    Args:
        predictive: Shape (draws, statistics), finite.
        observed: Shape (statistics,), human values.
        standard_error: Shape (statistics,), of the human values.
        replicates: Bootstrap replicates.
        seed: Seed of the bootstrap.

    Returns:
        One row a score with the columns score, value, low and high.
    """
    error = standardised(predictive, observed, standard_error)
    zeros = np.zeros(error.shape[1])
    generator = np.random.default_rng(seed)
    chosen = generator.integers(error.shape[1], size=(replicates, error.shape[1]))

    def interval_score(level: float) -> np.ndarray:
        low, high = np.quantile(error, [(1 - level) / 2, (1 + level) / 2], axis=0)
        return np.asarray((low <= 0) & (high >= 0), dtype=np.float64)

    # One number for each statistic; a score is their mean (or its root).
    by_statistic = {
        "crps": scoringrules.crps_ensemble(zeros, error, m_axis=0),
        "rmse": error.mean(axis=0) ** 2,
        "coverage_50": interval_score(0.5),
        "coverage_90": interval_score(0.9),
    }
    rows = []
    for name, values in by_statistic.items():
        values = np.asarray(values)
        finish = np.sqrt if name == "rmse" else np.asarray
        resampled = finish(values[chosen].mean(axis=1))
        low, high = np.quantile(resampled, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
        rows.append([name, float(finish(values.mean())), float(low), float(high)])
    few = error[:: max(1, len(error) // ENERGY_DRAWS)]
    value = _energy(few)
    energy = _resampled_energy(few, chosen[:ENERGY_REPLICATES])
    # Statistics drawn twice lower the energy score a little: keep the spread, drop the shift.
    energy = energy - np.median(energy) + value
    low, high = np.quantile(energy, [(1 - INTERVAL) / 2, (1 + INTERVAL) / 2])
    rows.append(["energy", value, float(low), float(high)])
    return pd.DataFrame(rows, columns=["score", "value", "low", "high"])


def _energy(error: np.ndarray) -> float:
    """Energy score of the vector of statistics, per root of its length."""
    score = scoringrules.energy_score(np.zeros(error.shape[1]), error)
    return float(score) / float(np.sqrt(error.shape[1]))


def _resampled_energy(error: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Energy score of many resampled vectors of statistics.

    Squared distances add up over statistics, so those of every resample are one product with
    how often it holds each statistic.

    Args:
        error: Shape (draws, statistics).
        chosen: Shape (replicates, statistics), indices of statistics.

    Returns:
        Shape (replicates,).
    """
    statistics = error.shape[1]
    counts = np.stack([np.bincount(row, minlength=statistics) for row in chosen])
    pairs = (error[:, None, :] - error[None, :, :]) ** 2
    energy = [
        np.sqrt(error**2 @ count).mean() - 0.5 * np.sqrt(pairs @ count).mean()
        for count in counts.astype(np.float64)
    ]
    return np.asarray(energy) / float(np.sqrt(statistics))


def crps_by_statistic(
    predictive: np.ndarray, observed: np.ndarray, standard_error: np.ndarray
) -> np.ndarray:
    """CRPS of each statistic in units of its human standard error, shape (statistics,)."""
    error = standardised(predictive, observed, standard_error)
    return np.asarray(scoringrules.crps_ensemble(np.zeros(error.shape[1]), error, m_axis=0))


def held_out_crps(scores: pd.DataFrame) -> dict[str, float]:
    """Held-out CRPS by model, from a table with the columns of scores.csv."""
    rows = scores[(scores.score == "crps") & (scores.split == "held_out")]
    return dict(zip(rows.model.astype(str), rows.value.astype(float), strict=True))


def best_bounded_and_rival(
    scores: pd.DataFrame, source: str | Path = "scores.csv"
) -> tuple[str, str]:
    """Names of the best bounded model and of the best rational one on held-out statistics.

    Raises:
        SatisficeError: The table has no such models.
    """
    crps = held_out_crps(scores)
    bounded = {name: value for name, value in crps.items() if name.startswith("bounded")}
    rivals = {name: value for name, value in crps.items() if name in RATIONAL_MODELS}
    if not bounded or not rivals:
        raise SatisficeError(
            source, "lacks held-out CRPS of bounded or rational models.", "Rerun the rule score."
        )
    return min(bounded, key=bounded.__getitem__), min(rivals, key=rivals.__getitem__)
