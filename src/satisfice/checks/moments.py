"""Moments of a contender's statistics in a box of theta, and the theta nearest to data.

Means, variances and correlations are smooth functions of theta, fitted to simulations in the box.
Correlations follow Pourahmadi (1999): each statistic is regressed on those before it, with weights
that depend on theta, so every covariance matrix is positive definite.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from sklearn.preprocessing import PolynomialFeatures

DEGREES = ((1, 1, 0), (2, 1, 0), (2, 2, 1), (3, 2, 1), (4, 2, 1), (5, 3, 1))
"""Degrees in theta of means, of log-variances, and of the weights of earlier statistics. Those with
the smallest BIC (Bayesian information criterion) are used."""

ENOUGH = 10
"""Fewest simulations for each coefficient of a mean, but for the first degrees."""

CANDIDATES, REFINEMENTS, AROUND = 500, 8, 40
"""Size of the search for the nearest theta: points of the box, then rounds and points near the
best."""

FIRST_STEP, SHRINKING = 0.3, 0.6
"""SD of the first round's steps, on the scale of the box, and its factor from round to round."""

ROWS = 100
"""Data sets searched at once, which bounds memory."""

GAMMA_STEPS, LARGEST_STEP = 10, 20.0
"""Steps of the regression of variances, and the largest relative residual in one step."""

LARGEST_RATIO = 20.0
"""Log of the largest ratio of variances by which simulations are weighted."""

MARGIN, NARROWEST = 0.1, 0.1
"""A box around points has a margin of this share of their range on either side, and is not narrower
than the second number."""

TRIES = 20
"""Times that points of a box are drawn before those outside the cube are moved to its sides."""

REDUNDANT = 1e-6
"""A statistic is a sum of others if they leave a smaller share of its SD."""


@dataclass(frozen=True)
class Box:
    """A box in the unit cube whose sides may be turned; what is outside the cube is no part of it.

    Attributes:
        middle: Shape (parameters,).
        axes: Half of each side, a row each, shape (parameters, parameters).
    """

    middle: np.ndarray
    axes: np.ndarray

    @classmethod
    def around(cls, points: np.ndarray, share: float) -> Box:
        """A box with a share of points of the cube along each of their principal axes."""
        mean = points.mean(0)
        turned = np.linalg.eigh(np.atleast_2d(np.cov(points.T)))[1].T
        along = (points - mean) @ turned.T
        low, high = np.quantile(along, [0.5 - share / 2, 0.5 + share / 2], axis=0)
        half = np.maximum((0.5 + MARGIN) * (high - low), NARROWEST / 2)
        return cls(mean + (low + high) / 2 @ turned, half[:, None] * turned)

    def points(self, number: int, random: np.random.Generator) -> np.ndarray:
        """Random points of the box, shape (number, parameters)."""
        found = np.empty((0, len(self.middle)))
        for _ in range(TRIES):
            scaled = random.uniform(-1.0, 1.0, (4 * number, len(self.middle)))
            cube = self.middle + scaled @ self.axes
            found = np.concatenate([found, cube[_in_cube(cube)]])
            if len(found) >= number:
                break
        # In a corner of a cube of many dimensions few points would be inside.
        return np.concatenate([found, np.clip(cube, 0.0, 1.0)])[:number]

    def scaled(self, cube: np.ndarray) -> np.ndarray:
        """Points on the scale of the box, on which each side reaches from -1 to 1."""
        return np.asarray((cube - self.middle) @ np.linalg.inv(self.axes))

    def holds(self, cube: np.ndarray) -> np.ndarray:
        """Which points, shape (..., parameters), are in the box."""
        inside = (np.abs(self.scaled(cube)) <= 1.0).all(-1)
        return np.asarray(inside & _in_cube(cube))

    def shrunk(self, centre: np.ndarray, share: float) -> Box:
        """A box with sides this share as long, around a point of this one."""
        return Box(centre, share * self.axes)

    @property
    def volume(self) -> float:
        """Volume, also of what is outside the cube."""
        return float(np.abs(np.linalg.det(2.0 * self.axes)))


def _in_cube(cube: np.ndarray) -> np.ndarray:
    return np.asarray(((cube >= 0.0) & (cube <= 1.0)).all(-1))


@dataclass(frozen=True)
class Nearest:
    """The theta nearest to each data set.

    Attributes:
        cube: Shape (data sets, parameters).
        distance: Shape (data sets,), squared Mahalanobis distance of the data at that theta.
    """

    cube: np.ndarray
    distance: np.ndarray


@dataclass(frozen=True)
class Moments:
    """Means and covariances of statistics given theta, in a box.

    Attributes:
        box: Where they hold.
        degrees: Degrees in theta of means, log-variances and weights.
        kept: Shape (statistics,), which statistics are no sums of earlier ones; others are left
            out of distances.
        location: Shape (kept,), subtracted from the statistics.
        scale: Shape (kept,), divides them.
        mean: Coefficients of the means, shape (powers, kept).
        weights: Coefficients of the weights of earlier statistics, shape (powers, kept, kept), zero
            from the diagonal on.
        log_variance: Coefficients of the logarithms of what then remains, shape (powers, kept).
    """

    box: Box
    degrees: tuple[int, int, int]
    kept: np.ndarray
    location: np.ndarray
    scale: np.ndarray
    mean: np.ndarray
    weights: np.ndarray
    log_variance: np.ndarray

    @classmethod
    def fit(cls, box: Box, cube: np.ndarray, statistics: np.ndarray, unit: np.ndarray) -> Moments:
        """Fit by least squares to simulations in the box.

        Args:
            box: The box.
            cube: Theta on the unit cube, shape (simulations, parameters).
            statistics: Shape (simulations, statistics).
            unit: Smallest SD of each statistic that matters, shape (statistics,). It is added as
                noise, so that also statistics without chance have variances.
        """
        location, scale = statistics.mean(0), np.sqrt(statistics.var(0) + unit**2)
        z, noise = (statistics - location) / scale, (unit / scale) ** 2
        points = box.scaled(cube)
        possible = [each for each in DEGREES if _enough(each[0], *cube.shape)] or [DEGREES[0]]
        fits = [_fit(points, z, noise, degrees) for degrees in possible]
        best = int(np.argmin([bic for *_, bic in fits]))
        kept, mean, weights, log_variance, _ = fits[best]
        return cls(
            box, possible[best], np.isin(np.arange(z.shape[1]), kept), location[kept], scale[kept],
            mean[:, kept], weights[:, kept][:, :, kept], log_variance[:, kept],
        )  # fmt: skip

    def nearest(self, statistics: np.ndarray) -> Nearest:
        """Find the theta in the box with the smallest distance from each data set.

        The search is random with a fixed seed, the same for every row.
        """
        random = np.random.default_rng(0)
        everywhere = self.box.points(CANDIDATES, random)
        steps = random.normal(size=(REFINEMENTS, AROUND, len(self.box.middle))) @ self.box.axes
        cubes, distances = [], []
        for start in range(0, len(statistics), ROWS):
            rows = statistics[start : start + ROWS, None]
            far = self.distances(everywhere, rows)
            best, least = everywhere[far.argmin(1)], far.min(1)
            for number, step in enumerate(steps):
                near = np.clip(best[:, None] + FIRST_STEP * SHRINKING**number * step, 0.0, 1.0)
                far = np.where(self.box.holds(near), self.distances(near, rows), np.inf)
                lowest, each = far.argmin(1), np.arange(len(far))
                better = far[each, lowest] < least
                best = np.where(better[:, None], near[each, lowest], best)
                least = np.minimum(least, far[each, lowest])
            cubes.append(best)
            distances.append(least)
        return Nearest(np.concatenate(cubes), np.concatenate(distances))

    def distances(self, cube: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distances of data, shape (..., statistics), from points (...)."""
        points = self.box.scaled(cube)
        z = (statistics[..., self.kept] - self.location) / self.scale
        rest = z - _powers(points, self.degrees[0]) @ self.mean
        whitened = rest.copy()
        powers = _powers(points, self.degrees[2])
        for power, weight in zip(np.moveaxis(powers, -1, 0), self.weights, strict=True):
            whitened -= power[..., None] * (rest @ weight.T)
        log_variance = _powers(points, self.degrees[1]) @ self.log_variance
        return np.asarray((whitened**2 * np.exp(-log_variance)).sum(-1))


def _fit(
    points: np.ndarray, z: np.ndarray, noise: np.ndarray, degrees: tuple[int, int, int]
) -> tuple[list[int], np.ndarray, np.ndarray, np.ndarray, float]:
    """Numbers of the statistics that are kept, coefficients of all statistics, and the BIC.

    Points are on the scale of the box, statistics are standardised; ``noise`` is the variance of
    their units.
    """
    of_mean, of_variance, of_weight = (_powers(points, each) for each in degrees)
    solve = np.linalg.pinv(of_variance, rcond=1e-8)
    mean = _weighted_means(of_mean, of_variance, solve, z, noise)
    residual = z - of_mean @ mean
    number, size = z.shape
    weights = np.zeros((of_weight.shape[1], size, size))
    log_variance = np.zeros((of_variance.shape[1], size))
    kept: list[int] = []
    bic = 0.0
    for own in independent(z):
        rest = residual[:, own]
        if kept:
            # Each power of theta times each earlier statistic.
            inputs = (of_weight[:, :, None] * residual[:, None, kept]).reshape(number, -1)
            found = _ridge(inputs, rest, noise[own])
            rest = rest - inputs @ found
            weights[:, own, kept] = found.reshape(-1, len(kept))
        log_variance[:, own] = _log_variance(of_variance, solve, rest, noise[own])
        logarithm = of_variance @ log_variance[:, own]
        fitted = len(mean) + len(weights) * len(kept) + len(log_variance)
        bic += float((logarithm + (rest**2 + noise[own]) * np.exp(-logarithm)).sum())
        bic += fitted * math.log(number)
        kept.append(own)
    return kept, mean, weights, log_variance, bic


def independent(statistics: np.ndarray) -> list[int]:
    """Numbers of the statistics, shape (simulations, statistics), that are no sums of earlier ones.

    One that never moves is no sum: it can differ from the data.
    """
    centred = statistics - statistics.mean(0)
    size = np.sqrt((centred**2).sum(0))
    found: list[int] = []
    for own in range(statistics.shape[1]):
        earlier = centred[:, found]
        rest = centred[:, own] - earlier @ _least_squares(earlier, centred[:, own])
        if size[own] == 0.0 or np.linalg.norm(rest) > REDUNDANT * size[own]:
            found.append(own)
    return found


def _enough(degree: int, simulations: int, parameters: int) -> bool:
    return ENOUGH * math.comb(degree + parameters, degree) <= simulations


def _powers(points: np.ndarray, degree: int) -> np.ndarray:
    """Products of powers of the coordinates up to a degree, shape (..., powers)."""
    *before, parameters = points.shape
    found = PolynomialFeatures(degree).fit_transform(points.reshape(-1, parameters))
    return np.asarray(found.reshape(*before, -1))


def _weighted_means(
    of_mean: np.ndarray,
    of_variance: np.ndarray,
    solve: np.ndarray,
    z: np.ndarray,
    noise: np.ndarray,
) -> np.ndarray:
    """Coefficients of the means, with simulations weighted by the inverse of their variance."""
    mean = _least_squares(of_mean, z)
    for own, rest in enumerate((z - of_mean @ mean).T):
        log_variance = of_variance @ _log_variance(of_variance, solve, rest, noise[own])
        root = np.exp(-0.5 * (log_variance - log_variance.min()).clip(max=LARGEST_RATIO))
        mean[:, own] = _least_squares(of_mean * root[:, None], z[:, own] * root)
    return mean


def _least_squares(features: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.lstsq(features, wanted, rcond=1e-8)[0])


def _ridge(features: np.ndarray, wanted: np.ndarray, noise: float) -> np.ndarray:
    """Least squares as if the features had noise of their own."""
    gram = features.T @ features / len(features)
    gram[np.diag_indices_from(gram)] += max(noise, 1e-10)
    return np.asarray(np.linalg.solve(gram, features.T @ wanted / len(features)))


def _log_variance(
    features: np.ndarray, solve: np.ndarray, rest: np.ndarray, noise: float
) -> np.ndarray:
    """Coefficients of the log of the variance of what remains: a regression with gamma errors.

    ``solve`` is the pseudo-inverse of the features.
    """
    squared = rest**2 + noise
    found = np.zeros(features.shape[1])
    found[0] = np.log(squared.mean())
    for _ in range(GAMMA_STEPS):
        # Far from the solution a whole step may overshoot.
        relative = squared * np.exp(-features @ found) - 1.0
        found += solve @ np.clip(relative, -1.0, LARGEST_STEP)
    found[0] += np.log((squared * np.exp(-features @ found)).mean())
    return found
