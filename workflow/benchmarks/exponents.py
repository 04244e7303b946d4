"""Growth of costs: the exponent b of cost ~ size^b."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Exponent:
    """A fitted exponent.

    Attributes:
        exponent: Slope of log cost on log size; NaN with fewer than two points.
        standard_error: Standard error of the slope; NaN with fewer than three points.
        from_size: Smallest size that was fitted.
        points: Number of points.
        factor: Cost at size 1 by the fitted line, in the cost's unit.
    """

    exponent: float
    standard_error: float
    from_size: float
    points: int
    factor: float

    def at(self, size: float) -> float:
        """Cost that the fitted line gives at a size."""
        return float(self.factor * size**self.exponent)


def fit_large_end(sizes: np.ndarray, costs: np.ndarray) -> Exponent:
    """Fit the upper half of the sizes, where fixed costs matter less.

    Args:
        sizes: Shape (points,), positive.
        costs: Shape (points,), positive.
    """
    sizes, costs = np.asarray(sizes, dtype=float), np.asarray(costs, dtype=float)
    large = sizes >= np.median(sizes)
    return fit_exponent(sizes[large], costs[large])


def fit_exponent(sizes: np.ndarray, costs: np.ndarray) -> Exponent:
    """Fit all sizes by least squares in logarithms.

    Args:
        sizes: Shape (points,), positive.
        costs: Shape (points,), positive.
    """
    x, y = np.log(sizes), np.log(costs)
    points = len(x)
    if points < 2:
        return Exponent(np.nan, np.nan, float(np.min(sizes)), points, np.nan)
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    residual = y - y.mean() - slope * centred
    error = np.nan
    if points > 2:
        error = float(np.sqrt(residual @ residual / (points - 2) / (centred @ centred)))
    factor = float(np.exp(y.mean() - slope * x.mean()))
    return Exponent(slope, error, float(np.min(sizes)), points, factor)
