"""Exact posteriors, if simulations are cheap or the likelihood is known.

Rejection ABC in a box uses posterior means, learnt there by networks, as summaries (Fearnhead and
Prangle 2012), with local regression. It is exact in the limit of many simulations if the summaries
are sufficient. Distances of the many statistics themselves would not do: in twenty dimensions the
nearest of a million simulations are hardly nearer than the others. Importance sampling of a known
likelihood is exact. Both work on the unit cube, where the prior is uniform, so the box needs no
weights.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from experiments.cross_checks.emulator import StatisticsEmulator, closest
from experiments.cross_checks.regression_adjustment import regression_adjusted
from satisfice.devices import seeded
from satisfice.inference.density_training import as_tensor, train_densities
from satisfice.inference.settings import EstimatorSettings

Simulate = Callable[[np.ndarray], np.ndarray]
"""Maps points of the cube to statistics, one experiment for each point."""

PILOT_SHARE = 0.01
"""Share of the prior's simulations whose theta span the box."""

MARGIN = 0.15
"""Margin added to each side of the box, in units of its width."""

ACCEPTED = 2
"""Simulations in the box that are accepted before regression, for each wanted draw."""

NETWORKS, HIDDEN = 2, 128
"""Networks whose mean is the summary, and the width of their two layers."""

TRAINING = EstimatorSettings(batch=500, most_epochs=12, weight_decay=0.01)
"""Settings of their training. With a constant learning rate, and products of parameters as further
summaries, exact posteriors differed from each other by a C2ST of 0.6."""

IMPLAUSIBLE = 12.0
"""Points are ignored if their log-likelihood is lower than the best by more than this."""


@dataclass(frozen=True)
class ExactPosterior:
    """Draws of an exact posterior.

    Attributes:
        cube: Shape (draws, parameters), on the unit cube.
        simulations: Number of simulations or likelihoods that it took.
        stability: Largest change of a posterior mean, in posterior SDs, if half as many
            simulations are accepted; for importance samples one over the root of their number.
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
        emulator: Fitted to them; its residuals scale distances.
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
) -> ExactPosterior:
    """Rejection ABC on learnt summaries, with local regression, around the plausible parameters.

    Args:
        pilot: Simulations from the prior.
        simulate: The simulator.
        observed: Shape (statistics,).
        simulations: Number of further simulations, in the box.
        draws: Draws to return.
        seed: Seed of the points and draws.
    """
    random = np.random.default_rng(seed)
    near = _whitened(pilot.emulator, pilot.cube.shape[1], observed)
    nearest = np.argsort(near(pilot.statistics))[: int(PILOT_SHARE * len(pilot.cube))]
    low, high = _box(pilot.cube[nearest])
    cube = low + (high - low) * random.random((simulations, len(low)))
    statistics = simulate(cube)
    summarise = _learnt_summaries((cube - low) / (high - low), statistics, seed)
    summaries, wanted = summarise(statistics), summarise(observed[None])[0]
    distance = np.linalg.norm((summaries - wanted) / summaries.std(0), axis=-1)
    accepted = np.argsort(distance)[: ACCEPTED * draws]
    adjusted, weight = _regressed(cube, summaries, distance, accepted, wanted)
    fewer = _regressed(cube, summaries, distance, accepted[: len(accepted) // 2], wanted)
    # Without repetition: a classifier would learn repeated draws by heart.
    chosen = random.choice(len(adjusted), draws, replace=False, p=weight)
    means = [np.average(points, axis=0, weights=w) for points, w in ((adjusted, weight), fewer)]
    # Halves also differ by chance, by about one over the root of their number.
    shift = np.abs(means[0] - means[1]) / adjusted[chosen].std(0)
    return ExactPosterior(adjusted[chosen], simulations, float(shift.max()))


def likelihood_posterior(
    log_likelihood: Callable[[np.ndarray], np.ndarray],
    parameters: int,
    points: int,
    draws: int,
    seed: int,
) -> ExactPosterior:
    """Importance sampling of a known likelihood in a box that shrinks around its mass.

    Args:
        log_likelihood: Maps points of the cube, shape (points, parameters), to shape (points,).
        parameters: Number of parameters.
        points: Points of each of four rounds; draws come from the last one.
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
    return ExactPosterior(cube[chosen], 4 * points, float(np.sqrt((weight**2).sum())))


def _box(cube: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    low, high = cube.min(0), cube.max(0)
    margin = MARGIN * (high - low) + 0.01
    return np.maximum(low - margin, 0.0), np.minimum(high + margin, 1.0)


def _whitened(
    emulator: StatisticsEmulator, parameters: int, observed: np.ndarray
) -> Callable[[np.ndarray], np.ndarray]:
    """Mahalanobis distance from the data, scaled by the noise at the closest parameters."""
    found = closest(emulator, observed[None], parameters)
    _, spread = emulator.predict(found.cube)
    centre = emulator.standardise(observed)

    def distance(statistics: np.ndarray) -> np.ndarray:
        residual = (emulator.standardise(statistics) - centre) / spread
        return np.asarray(np.linalg.norm(residual @ emulator.whitening.T, axis=-1))

    return distance


class _PosteriorMeans(nn.Module):
    """Posterior means of the parameters, as a function of the statistics.

    For the training loop it is a density: a Gaussian around the means.
    """

    def __init__(self, statistics: int, parameters: int) -> None:
        super().__init__()
        self.network = nn.Sequential(
            nn.Linear(statistics, HIDDEN), nn.SiLU(),
            nn.Linear(HIDDEN, HIDDEN), nn.SiLU(),
            nn.Linear(HIDDEN, parameters),
        )  # fmt: skip

    def log_prob(self, cube: Tensor, condition: Tensor) -> Tensor:
        return -torch.square(self.network(condition) - cube).sum(-1)

    def loss(self, cube: Tensor, condition: Tensor) -> Tensor:
        return -self.log_prob(cube, condition)


def _learnt_summaries(cube: np.ndarray, statistics: np.ndarray, seed: int) -> Simulate:
    """Posterior means of the parameters, as functions of the statistics."""
    location, scale = statistics.mean(0), np.maximum(statistics.std(0), 1e-12)
    chance = [torch.Generator().manual_seed(seed + number) for number in range(NETWORKS)]
    with seeded(seed):
        networks = [_PosteriorMeans(statistics.shape[1], cube.shape[1]) for _ in chance]
    standardised = (cube - cube.mean(0)) / cube.std(0)
    train_densities(networks, standardised, (statistics - location) / scale, TRAINING, chance)

    def summarise(rows: np.ndarray) -> np.ndarray:
        given = as_tensor((rows - location) / scale)
        with torch.inference_mode():
            means = [each.network(given).double().numpy() for each in networks]
        return np.asarray(np.mean(means, axis=0))

    return summarise


def _regressed(
    cube: np.ndarray,
    summaries: np.ndarray,
    distance: np.ndarray,
    accepted: np.ndarray,
    wanted: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Accepted parameters adjusted by local regression, and their Epanechnikov weights."""
    weight = 1.0 - (distance[accepted] / distance[accepted].max()) ** 2
    adjusted = regression_adjusted(cube[accepted], summaries[accepted], wanted, weight)
    return adjusted, weight / weight.sum()
