"""Importance sampling that adapts its proposal to a posterior of which something is known.

Adaptive multiple importance sampling (Cornuet, Marin, Mira and Robert 2012): points are drawn from
Student's t distributions, each fitted to all points before, and weighted as a sample of the mixture
of these. So no point is wasted, and weights are bounded by what any of the proposals covers.
Coordinates are log-odds of the unit cube, where a posterior at a bound is no harder than another.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import expit, log_expit, logit, logsumexp

LARGEST_KHAT = 0.7
"""Weights with a larger k-hat are unreliable (Vehtari et al. 2024)."""

FREEDOM = 4
"""Degrees of freedom of the proposals, whose tails are heavier than a posterior's."""

ROUNDS = 30
"""Largest number of proposals."""

AT_ONCE = 100
"""Points that are drawn from each proposal."""

LEAST = 5
"""Effective points for each parameter to which a proposal is fitted."""

NARROWEST = 1e-6
"""Variance that is added to that of the points, which may lie on a line."""


@dataclass(frozen=True)
class Sample:
    """A weighted sample of a posterior.

    Attributes:
        cube: Shape (points, parameters), in the unit cube.
        log_weight: Shape (points,), Pareto-smoothed and normalised.
        log_evidence: Log of the mean likelihood over the cube.
        khat: Pareto shape of the weights.
    """

    cube: np.ndarray
    log_weight: np.ndarray
    log_evidence: float
    khat: float


def smoothed(log_weight: np.ndarray) -> tuple[np.ndarray, float]:
    """Pareto-smoothed, normalised log-weights, and k-hat."""
    import arviz as az  # noqa: PLC0415 - takes seconds

    smooth, khat = az.psislw(log_weight)  # type: ignore[no-untyped-call]
    return np.asarray(smooth) - logsumexp(smooth), float(khat)


def effective(log_weight: np.ndarray) -> float:
    """Effective number of points, from normalised log-weights."""
    return float(np.exp(-logsumexp(2 * log_weight)))


def adapted(
    target: Callable[[np.ndarray], np.ndarray],
    cube: np.ndarray,
    log_weight: np.ndarray,
    enough: float,
    generator: np.random.Generator,
) -> Sample | None:
    """Sample a posterior, starting from weighted points near it.

    Args:
        target: Log-likelihood of points of the unit cube, shape (points, parameters).
        cube: Points to start from, shape (points, parameters).
        log_weight: Their normalised log-weights.
        enough: Effective number of points to end with.
        generator: Random numbers.

    Returns:
        The sample; None if its weights cannot be trusted after all rounds.
    """
    place = logit(cube.clip(1e-12, 1 - 1e-12))
    drawn, values, proposals = np.empty((0, cube.shape[1])), np.empty(0), []
    for _ in range(ROUNDS):
        proposals.append(_fitted(place, _even(log_weight, LEAST * cube.shape[1])))
        new = np.reshape(proposals[-1].rvs(AT_ONCE, random_state=generator), (AT_ONCE, -1))
        volume = (log_expit(new) + log_expit(-new)).sum(1)
        place = drawn = np.concatenate([drawn, new])
        values = np.concatenate([values, target(expit(new)) + volume])
        density = [np.reshape(each.logpdf(drawn), -1) for each in proposals]
        raw = values - logsumexp(density, axis=0) + np.log(len(proposals))
        log_weight, khat = smoothed(raw)
        if khat <= LARGEST_KHAT and effective(log_weight) >= enough:
            evidence = float(logsumexp(raw)) - np.log(len(raw))
            return Sample(expit(drawn), log_weight, evidence, khat)
    return None


def _even(log_weight: np.ndarray, least: float) -> np.ndarray:
    """Lower the power of weights until there are enough effective points."""
    while effective(log_weight) < min(least, len(log_weight) / 2):
        log_weight = log_weight / 2
        log_weight = log_weight - logsumexp(log_weight)
    return log_weight


def _fitted(place: np.ndarray, log_weight: np.ndarray) -> Any:
    """The t distribution with the mean and covariance of weighted points."""
    from scipy.stats import multivariate_t  # noqa: PLC0415 - takes half a second

    weight = np.exp(log_weight)
    mean = weight @ place
    covariance = (weight[:, None] * (place - mean)).T @ (place - mean)
    shape = covariance + NARROWEST * np.eye(len(mean))
    return multivariate_t(mean, shape, FREEDOM)
