"""Can the model produce these data at all? A test of overidentifying statistics.

There are more statistics than parameters, so no theta can match all of them by accident. The
test finds the theta that comes closest and measures what is left, as Hansen's (1982) J does for
moments; what is usual is learnt from simulations of the model itself, not from a chi-squared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

LEVEL = 0.05
"""Nominal share of false alarms."""

CANDIDATES, REFINEMENTS, AROUND = 4000, 5, 100
"""Size of the search for the closest theta: points of the whole prior, then rounds of points
around the best."""

ROWS = 50
"""Data sets searched together, which bounds memory."""

MOST_REFERENCE = 2000
"""Largest number of simulations that say what is usual."""


STILL = 1e-12
"""Share of a statistic's size below which its spread is rounding only."""


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

        Args:
            cube: Shape (simulations, parameters), on the unit cube.
            statistics: Shape (simulations, statistics).
        """
        location, scale = statistics.mean(0), statistics.std(0)
        # A statistic that never moves carries no news, and must not be divided by zero, nor by the
        # rounding errors of its mean.
        scale = np.where(scale > STILL * np.abs(location), scale, 1.0)
        z = (statistics - location) / scale
        degrees = tuple(_degree(most, *cube.shape) for most in (6, 4))
        mean_weights, residual = _least_squares(_powers(cube, degrees[0]), z)
        spread_weights, _ = _least_squares(
            _powers(cube, degrees[1]), np.log(np.maximum(residual**2, 1e-12))
        )
        spread = np.exp(0.5 * _powers(cube, degrees[1]) @ spread_weights)
        # The log of a squared normal has a mean below that of its variance.
        unit = np.sqrt(np.maximum(((residual / spread) ** 2).mean(0), 1e-12))
        spread_weights[0] += 2.0 * np.log(unit)
        with np.errstate(invalid="ignore"):  # what never moves has no correlation
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
    """The theta that comes closest to each data set.

    Attributes:
        cube: Shape (data sets, parameters).
        distance: Shape (data sets,), squared Mahalanobis distance that remains.
        residual: Shape (data sets, statistics), (data - mean) / SD of each statistic there.
    """

    cube: np.ndarray
    distance: np.ndarray
    residual: np.ndarray


def closest(emulator: StatisticsEmulator, statistics: np.ndarray, parameters: int) -> Closest:
    """Find the theta of the highest Gaussian likelihood for each data set.

    Args:
        emulator: Of the statistics.
        statistics: Shape (data sets, statistics).
        parameters: Number of parameters.

    Returns:
        The best points. The search is random with a fixed seed, the same for every data set.
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


def noise_near(emulator: StatisticsEmulator, observed: np.ndarray, parameters: int) -> np.ndarray:
    """Spread of each statistic at the theta closest to the data, shape (statistics,)."""
    found = closest(emulator, observed[None], parameters)
    return np.asarray(emulator.predict(found.cube)[1][0] * emulator.scale)


@dataclass(frozen=True)
class Misspecification:
    """Verdict of the test about one data set.

    Attributes:
        distance: What the closest theta leaves, a squared Mahalanobis distance.
        usual: Shape (reference simulations,), the same for data of the model, sorted.
        p_value: Share of the model's own data sets that are as far from it.
        cube: Shape (parameters,), the closest theta.
        residual: Shape (statistics,), where the data disagree, in standard deviations.
    """

    distance: float
    usual: np.ndarray
    p_value: float
    cube: np.ndarray
    residual: np.ndarray


class MisspecificationTest:
    """The test, fitted to simulations from the prior.

    Half of them fit the emulator and a quarter says what distance is usual, so that neither
    flatters the other. On the last quarter false alarms can be counted.

    Attributes:
        usual: Shape (reference simulations,), distances of the model's own data sets, sorted.
        unseen: Shape (simulations, statistics), those that the test has not used.
    """

    def __init__(self, cube: np.ndarray, statistics: np.ndarray) -> None:
        """Fit the test.

        Args:
            cube: Shape (simulations, parameters), on the unit cube.
            statistics: Shape (simulations, statistics).
        """
        half, most = len(cube) // 2, min(len(cube) // 4, MOST_REFERENCE)
        self._parameters = cube.shape[1]
        self._emulator = StatisticsEmulator.fit(cube[:half], statistics[:half])
        reference = statistics[half : half + most]
        self.usual = np.sort(closest(self._emulator, reference, self._parameters).distance)
        self.unseen = statistics[half + most : half + 2 * most]

    def p_values(self, statistics: np.ndarray) -> np.ndarray:
        """P-value of each data set, shape (data sets,)."""
        return self._rank(closest(self._emulator, statistics, self._parameters).distance)

    def judge(self, observed: np.ndarray) -> Misspecification:
        """Test one data set of shape (statistics,)."""
        found = closest(self._emulator, observed[None], self._parameters)
        return Misspecification(
            float(found.distance[0]),
            self.usual,
            float(self._rank(found.distance)[0]),
            found.cube[0],
            found.residual[0],
        )

    def _rank(self, distance: np.ndarray) -> np.ndarray:
        # The data set itself counts, so that no p-value is zero.
        as_far = len(self.usual) - np.searchsorted(self.usual, distance, side="left")
        return np.asarray((1 + as_far) / (1 + len(self.usual)))


def _degree(most: int, simulations: int, parameters: int) -> int:
    """The highest degree that leaves ten simulations for each coefficient."""
    allowed = [d for d in range(1, most + 1) if 10 * math.comb(d + parameters, d) <= simulations]
    return max(allowed, default=1)


def _powers(cube: np.ndarray, degree: int) -> np.ndarray:
    from sklearn.preprocessing import PolynomialFeatures  # noqa: PLC0415 - takes a second

    # Centred, so that the powers are less alike.
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
