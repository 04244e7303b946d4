"""Fits by rejection: of many simulated experiments those nearest to the human one are kept.

No contender can produce the human data; a neural estimator then extrapolates, and which way is a
matter of luck. The nearest experiments are the best that a contender can do, whoever it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np


def nearest(
    statistics: np.ndarray, observed: np.ndarray, error: np.ndarray, number: int
) -> np.ndarray:
    """Simulated experiments nearest to the human one.

    Args:
        statistics: Shape (simulations, statistics); rows that are not finite are never chosen.
        observed: Shape (statistics,), human values.
        error: Shape (statistics,), their standard errors: the units of distance.
        number: How many to keep.

    Returns:
        Shape (number,), indices of simulations, the nearest first.
    """
    distance = (((statistics - observed) / error) ** 2).sum(axis=1)
    distance = np.where(np.isfinite(distance), distance, np.inf)
    order = np.argsort(distance, kind="stable")[:number]
    return order[np.isfinite(distance[order])]


def nearest_parameters(
    simulated: Mapping[str, np.ndarray],
    observed: np.ndarray,
    error: np.ndarray,
    fitted: Sequence[np.ndarray],
    accepted: int,
    draws: int,
) -> np.ndarray | None:
    """Parameters of the simulations that are nearest in what may be seen.

    Args:
        simulated: ``theta``, ``x`` and ``failures`` of simulations from the prior.
        observed: Shape (statistics,), human values.
        error: Shape (statistics,), their standard errors.
        fitted: For each way to divide the statistics which of them are fitted, (statistics,).
        accepted: How many simulations are kept; at most all of them.
        draws: Number of draws, in which each simulation that is kept is as frequent as the others.

    Returns:
        Shape (ways, draws, parameters); None where fewer simulations are usable.
    """
    usable = simulated["failures"] == ""
    statistics = np.where(usable[:, None], simulated["x"], np.nan)
    wanted = min(accepted, len(statistics))
    chosen = []
    for columns in fitted:
        kept = nearest(statistics[:, columns], observed[columns], error[columns], wanted)
        if len(kept) < wanted:
            return None
        theta = simulated["theta"][kept]
        chosen.append(np.resize(theta, (draws, theta.shape[1])))
    return np.stack(chosen)
