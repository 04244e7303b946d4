"""Fits by rejection: of many simulated experiments those nearest to the human one are kept.

No contender can produce the human data; a neural estimator then extrapolates, and which way is a
matter of luck. The nearest experiments are the best that a contender can do, whoever it is.
"""

from __future__ import annotations

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
