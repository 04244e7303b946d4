"""A smooth model of the statistics given theta, and the theta closest to data."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

CANDIDATES, REFINEMENTS, AROUND = 4000, 5, 100
"""Size of the search for the closest theta: points of the whole prior, then rounds and points near
the best."""

ROWS = 50
"""Data sets searched at once, which bounds memory."""

STILL = 1e-12
"""If a statistic's spread is a smaller share of its size, it is rounding error."""


@dataclass(frozen=True)
class StatisticsEmulator:
    """A smooth model of the statistics: their means, spreads and correlations given theta.

    Means and logarithms of variances are polynomials of theta; correlations are constant.

    Attributes:
        degrees: Degrees of the polynomials of means and of log-variances.
        mean_weights: Coefficients of the standardised means.
        spread_weights: Coefficients of the log-variances.
        whitening: Turns standardised residuals into uncorrelated ones.
        location: Shape (statistics,), subtracted from the statistics.
        scale: Shape (statistics,), divides them.
    """

    degrees: tuple[int, int]
    mean_weights: np.ndarray
    spread_weights: np.ndarray
    whitening: np.ndarray
    location: np.ndarray
    scale: np.ndarray

    @classmethod
    def fit(cls, cube: np.ndarray, statistics: np.ndarray) -> StatisticsEmulator:
        """Fit by least squares.

        Shapes are (simulations, parameters), on the unit cube, and (simulations, statistics).
        """
        location, scale = statistics.mean(0), statistics.std(0)
        # A constant statistic carries no information; do not divide by zero or a rounding error.
        scale = np.where(scale > STILL * np.abs(location), scale, 1.0)
        z = (statistics - location) / scale
        degrees = tuple(_degree(most, *cube.shape) for most in (6, 4))
        mean_weights, residual = _least_squares(_powers(cube, degrees[0]), z)
        spread_weights, _ = _least_squares(
            _powers(cube, degrees[1]), np.log(np.maximum(residual**2, 1e-12))
        )
        spread = np.exp(0.5 * _powers(cube, degrees[1]) @ spread_weights)
        # The mean log of squared normal residuals is below the log of their variance.
        unit = np.sqrt(np.maximum(((residual / spread) ** 2).mean(0), 1e-12))
        spread_weights[0] += 2.0 * np.log(unit)
        with np.errstate(invalid="ignore"):  # constants have no correlation
            correlation = np.atleast_2d(np.corrcoef((residual / spread).T))
        correlation = np.nan_to_num(correlation)
        np.fill_diagonal(correlation, 1.0 + 1e-6)
        whitening = np.linalg.inv(np.linalg.cholesky(correlation))
        return cls((degrees[0], degrees[1]), mean_weights, spread_weights, whitening, location,
                   scale)  # fmt: skip

    def predict(self, cube: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Means and standard deviations of the standardised statistics, for points of the cube."""
        mean = _powers(cube, self.degrees[0]) @ self.mean_weights
        spread = np.exp(0.5 * _powers(cube, self.degrees[1]) @ self.spread_weights)
        return mean, spread

    def standardise(self, statistics: np.ndarray) -> np.ndarray:
        """Statistics in the units of the emulator."""
        return np.asarray((statistics - self.location) / self.scale)


@dataclass(frozen=True)
class Closest:
    """The theta closest to each data set.

    Attributes:
        cube: Shape (data sets, parameters).
        distance: Shape (data sets,), squared Mahalanobis distance from the data.
        residual: Shape (data sets, statistics), (data - mean) / SD of each statistic at theta.
    """

    cube: np.ndarray
    distance: np.ndarray
    residual: np.ndarray


def closest(emulator: StatisticsEmulator, statistics: np.ndarray, parameters: int) -> Closest:
    """Find the theta with the highest Gaussian likelihood for each row of statistics.

    The search is random with a fixed seed, the same for every row.
    """
    random = np.random.default_rng(0)
    everywhere = random.random((CANDIDATES, parameters))
    steps = random.normal(size=(REFINEMENTS, AROUND, parameters))
    z = emulator.standardise(statistics)
    parts = []
    mean, spread = emulator.predict(everywhere)
    for start in range(0, len(z), ROWS):
        wanted = z[start : start + ROWS, None, :]
        best = everywhere[_misfit(emulator, wanted, mean, spread).argmin(1)]
        for number, step in enumerate(steps):
            near = np.clip(best[:, None] + 0.1 * 0.5**number * step, 0.0, 1.0)
            near = np.concatenate([best[:, None], near], axis=1)
            found = emulator.predict(near.reshape(-1, parameters))
            shape = (*near.shape[:2], -1)
            lowest = _misfit(emulator, wanted, *(part.reshape(shape) for part in found)).argmin(1)
            best = near[np.arange(len(near)), lowest]
        parts.append(best)
    cube = np.concatenate(parts)
    mean, spread = emulator.predict(cube)
    residual = (z - mean) / spread
    return Closest(cube, ((residual @ emulator.whitening.T) ** 2).sum(-1), residual)


def _degree(most: int, simulations: int, parameters: int) -> int:
    """The highest degree with at least ten simulations for each coefficient."""
    allowed = [d for d in range(1, most + 1) if 10 * math.comb(d + parameters, d) <= simulations]
    return max(allowed, default=1)


def _powers(cube: np.ndarray, degree: int) -> np.ndarray:
    # Centred, so that the powers are less correlated.
    return np.asarray(PolynomialFeatures(degree).fit_transform(2.0 * cube - 1.0))


def _least_squares(features: np.ndarray, wanted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and residuals."""
    weights = np.linalg.lstsq(features, wanted, rcond=1e-8)[0]
    return weights, wanted - features @ weights


def _misfit(
    emulator: StatisticsEmulator, wanted: np.ndarray, mean: np.ndarray, spread: np.ndarray
) -> np.ndarray:
    """Minus twice the Gaussian log-likelihood, shape (data sets, candidates), up to a constant."""
    residual = (wanted - mean) / spread
    return np.asarray(
        ((residual @ emulator.whitening.T) ** 2).sum(-1) + 2.0 * np.log(spread).sum(-1)
    )
