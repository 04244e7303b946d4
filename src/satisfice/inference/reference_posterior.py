"""Posteriors to hold estimators against, where simulations are cheap or the likelihood is known.

Rejection ABC in a shrinking box with local regression is exact in the limit of many simulations
(Beaumont, Zhang and Balding 2002); importance sampling of a known likelihood is exact as it is.
Both work on the unit cube, where the prior is uniform, so that no weight corrects for the box.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from satisfice.inference.misspecification import StatisticsEmulator, closest

Simulate = Callable[[np.ndarray], np.ndarray]
"""Maps points of the cube to statistics, one experiment for each point."""

PILOT_SHARE = 0.01
"""Share of the prior's simulations whose theta span the box that is searched next."""

MARGIN = 0.15
"""What is added to each side of the box, in units of its width."""

ACCEPTED_SHARE = 0.015
"""Share of the simulations in the box that are accepted before regression."""

IMPLAUSIBLE = 12.0
"""Log-likelihood below the best at which a point no longer counts."""


@dataclass(frozen=True)
class Reference:
    """Draws of a reference posterior.

    Attributes:
        cube: Shape (draws, parameters), on the unit cube.
        simulations: Simulations or likelihoods spent on it.
        stability: Largest change of a posterior mean, in posterior SDs, when half as many
            simulations are accepted; of importance samples, one over the root of their number.
    """

    cube: np.ndarray
    simulations: int
    stability: float


@dataclass(frozen=True)
class Pilot:
    """Simulations from the whole prior, shared by all data sets.

    Attributes:
        cube: Shape (simulations, parameters).
        statistics: Shape (simulations, statistics).
        emulator: Fitted to them; its residuals say what a distance is worth.
    """

    cube: np.ndarray
    statistics: np.ndarray
    emulator: StatisticsEmulator

    @classmethod
    def run(cls, simulate: Simulate, simulations: int, parameters: int, seed: int) -> Pilot:
        """Simulate at uniform points of the cube."""
        cube = np.random.default_rng(seed).random((simulations, parameters))
        statistics = simulate(cube)
        return cls(cube, statistics, StatisticsEmulator.fit(cube, statistics))


def abc_posterior(
    pilot: Pilot,
    simulate: Simulate,
    observed: np.ndarray,
    simulations: int,
    draws: int,
    seed: int,
) -> Reference:
    """Rejection ABC with local regression in a box around the plausible parameters.

    Args:
        pilot: Simulations from the prior.
        simulate: The simulator.
        observed: Shape (statistics,).
        simulations: How many more to run, in the box.
        draws: Draws to return, fewer than are accepted.
        seed: Seed of the points and draws.
    """
    random = np.random.default_rng(seed)
    near = _whitened(pilot.emulator, pilot.cube.shape[1], observed)
    nearest = np.argsort(near(pilot.statistics))[: int(PILOT_SHARE * len(pilot.cube))]
    low, high = _box(pilot.cube[nearest])
    cube = low + (high - low) * random.random((simulations, len(low)))
    statistics = simulate(cube)
    distance = near(statistics)
    order = np.argsort(distance)
    accepted = order[: int(ACCEPTED_SHARE * simulations)]
    adjusted, weight = _regressed(cube, statistics, distance, accepted, observed)
    fewer = _regressed(cube, statistics, distance, accepted[: len(accepted) // 2], observed)
    # Nothing twice: a classifier would learn repeated draws by heart.
    chosen = random.choice(len(adjusted), draws, replace=False, p=weight)
    means = [np.average(points, axis=0, weights=w) for points, w in ((adjusted, weight), fewer)]
    # Halves differ by chance too, by about one over the root of their number.
    shift = np.abs(means[0] - means[1]) / adjusted[chosen].std(0)
    return Reference(adjusted[chosen], simulations, float(shift.max()))


def likelihood_posterior(
    log_likelihood: Callable[[np.ndarray], np.ndarray],
    parameters: int,
    points: int,
    draws: int,
    seed: int,
) -> Reference:
    """Importance sampling of a known likelihood in a box that shrinks around its mass.

    Args:
        log_likelihood: Maps points of the cube, shape (points, parameters), to shape (points,).
        parameters: Number of parameters.
        points: Points of each of four rounds; only the last one's are drawn from.
        draws: Draws to return.
        seed: Seed of the points and draws.
    """
    random = np.random.default_rng(seed)
    low, high = np.zeros(parameters), np.ones(parameters)
    for last in (False, False, False, True):
        cube = low + (high - low) * random.random((points, parameters))
        value = log_likelihood(cube)
        plausible = value > value.max() - IMPLAUSIBLE
        if not last and plausible.sum() > 1:
            low, high = _box(cube[plausible])
    weight = np.exp(value - value.max())
    weight /= weight.sum()
    chosen = random.choice(points, draws, p=weight)
    return Reference(cube[chosen], 4 * points, float(np.sqrt((weight**2).sum())))


def _box(cube: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = cube.min(0), cube.max(0)
    margin = MARGIN * (high - low) + 0.01
    return np.maximum(low - margin, 0.0), np.minimum(high + margin, 1.0)


def _whitened(
    emulator: StatisticsEmulator, parameters: int, observed: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Mahalanobis distance from the data, in the noise of the closest parameters."""
    found = closest(emulator, observed[None], parameters)
    _, spread = emulator.predict(found.cube)
    centre = emulator.standardise(observed)

    def distance(statistics: np.ndarray) -> np.ndarray:
        residual = (emulator.standardise(statistics) - centre) / spread
        return np.asarray(np.linalg.norm(residual @ emulator.whitening.T, axis=-1))

    return distance


def _regressed(
    cube: np.ndarray,
    statistics: np.ndarray,
    distance: np.ndarray,
    accepted: np.ndarray,
    observed: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Move accepted parameters to where they would be had they made exactly the data.

    Epanechnikov weights and a local linear regression, on the logits of the cube so that
    nothing leaves it.
    """
    inside = np.clip(cube[accepted], 1e-4, 1 - 1e-4)
    logit = np.log(inside) - np.log1p(-inside)
    weight = 1.0 - (distance[accepted] / distance[accepted].max()) ** 2
    difference = statistics[accepted] - observed
    features = np.column_stack([np.ones(len(difference)), difference])
    root = np.sqrt(weight)[:, None]
    slopes = np.linalg.lstsq(root * features, root * logit, rcond=1e-8)[0][1:]
    moved = logit - difference @ slopes
    return 1.0 / (1.0 + np.exp(-moved)), weight / weight.sum()
