"""Fits by rejection: the simulated experiments nearest to the human one are kept.

No contender can produce the human data, so neural estimators would extrapolate, in directions that
depend on the seed. The nearest experiments are the best fit of any contender.
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
        number: Number to keep.

    Returns:
        Shape (number,), indices of simulations, nearest first.
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
    """Parameters of the simulations that are nearest in the fitted statistics.

    Args:
        simulated: ``theta``, ``x`` and ``failures`` of simulations from the prior.
        observed: Shape (statistics,), human values.
        error: Shape (statistics,), their standard errors.
        fitted: For each split which statistics are fitted, (statistics,).
        accepted: Number of simulations to keep, at most all of them.
        draws: Number of draws; each kept simulation is equally frequent.

    Returns:
        Shape (splits, draws, parameters); None if fewer simulations are usable.
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
