"""Distributions of skills with the same mean and variance but different shapes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import root
from scipy.special import log_ndtr
from torch import Tensor

from satisfice.population.supertypes import MU, SIGMA, SKILL_SPACE, Supertypes

ROOT_THREE = 3.0**0.5
"""Half-width of a uniform distribution in units of its standard deviation."""


@dataclass(frozen=True)
class UniformSupertypes(Supertypes):
    """Supertypes with uniform skills; ``mu`` is their mean and ``sigma`` their standard deviation.

    The skills fill [mu - sqrt(3) sigma, mu + sqrt(3) sigma], which must lie within [0, 1].
    """

    def skill_quantiles(self, uniforms: Tensor) -> Tensor:
        """Draw uniform skills by inversion; see :meth:`Supertypes.skill_quantiles`."""
        skill = self.mu + ROOT_THREE * self.sigma * (2.0 * uniforms - 1.0)
        return skill.clamp(0.0, 1.0)


def uniform_quadrature(theta: np.ndarray, nodes: int = 64) -> tuple[np.ndarray, np.ndarray]:
    """Gauss-Legendre nodes and weights for expectations over uniform skills.

    Args:
        theta: Shape (supertypes, 3): mean, standard deviation, beta.
        nodes: Number of nodes.

    Returns:
        Skills and weights, both of shape (supertypes, nodes); weights sum to one.
    """
    points, weights = np.polynomial.legendre.leggauss(nodes)
    values = SKILL_SPACE.values(theta)
    skill = values[MU.name] + ROOT_THREE * values[SIGMA.name] * points
    return skill, np.tile(weights / 2.0, (len(theta), 1))


def widest_uniform_sd(mean: float) -> float:
    """Largest standard deviation of uniform skills with the given mean within [0, 1]."""
    return min(mean, 1.0 - mean) / ROOT_THREE


def truncated_moments(mu: float, sigma: float) -> tuple[float, float]:
    """Mean and standard deviation of N(mu, sigma^2) truncated to [0, 1]."""
    low, high = (0.0 - mu) / sigma, (1.0 - mu) / sigma
    if low > 0:  # In the lower tail, logarithms of probabilities are more exact.
        mean, sd = truncated_moments(1.0 - mu, sigma)
        return 1.0 - mean, sd
    mass = log_ndtr(high) + np.log1p(-np.exp(log_ndtr(low) - log_ndtr(high)))
    at_low, at_high = (np.exp(-0.5 * x**2 - 0.5 * np.log(2 * np.pi) - mass) for x in (low, high))
    shift = at_low - at_high
    variance = 1.0 + low * at_low - high * at_high - shift**2
    return float(mu + sigma * shift), float(sigma * np.sqrt(variance))


def matched_gaussian(mean: float, sd: float) -> tuple[float, float]:
    """Find the Gaussian whose truncation to [0, 1] has the given moments.

    Args:
        mean: Mean of the truncated distribution.
        sd: Its standard deviation, at most that of a uniform distribution within [0, 1].

    Returns:
        mu and sigma of the Gaussian before truncation.

    Raises:
        ValueError: There is none, or none is found.
    """

    def error(unknown: np.ndarray) -> np.ndarray:
        found = truncated_moments(unknown[0], float(np.exp(unknown[1])))
        return np.array([found[0] - mean, np.log(found[1] / sd)])

    solution = root(error, np.array([mean, np.log(sd)]), tol=1e-12)
    if not np.abs(error(solution.x)).max() < 1e-8:
        raise ValueError(f"no truncated Gaussian with mean {mean} and sd {sd} was found")
    return float(solution.x[0]), float(np.exp(solution.x[1]))
