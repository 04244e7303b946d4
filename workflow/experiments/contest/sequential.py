"""Fits by sequential Monte Carlo ABC (Beaumont et al. 2009), from sbi.

No contender can produce all human data, so neural estimators would extrapolate, in directions that
depend on the seed. Populations of parameters whose play comes ever nearer to the human statistics
go as near as each contender can.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

FAR = 1e6
"""Distance of simulations that fail, in standard errors: they are never kept."""

KEPT = 0.25
"""The tolerance of a population is this quantile of the distances in the one before."""

FIRST = 4
"""Simulations from the prior for each particle of the first population."""


@dataclass(frozen=True)
class Fit:
    """The last population, and the one before the tolerance was last halved.

    A contender that is not the truth stays at a distance, however small the tolerance. Tolerances
    are therefore counted from the smallest distance found.

    Attributes:
        last: Points of the unit cube, each as frequent as its weight says, (draws, parameters).
        earlier: The same of the last population with at least twice its tolerance; None if there
            is none.
        tolerance: Tolerance of the last population, above the smallest distance.
        smallest: Smallest distance in the last population, root of the sum of squares in human
            standard errors.
        simulations: Number of simulations.
    """

    last: np.ndarray
    earlier: np.ndarray | None
    tolerance: float
    smallest: float
    simulations: int


def fit(
    simulate: Callable[[np.ndarray], np.ndarray],
    observed: np.ndarray,
    error: np.ndarray,
    parameters: int,
    *,
    particles: int,
    simulations: int,
    draws: int,
    seed: int,
) -> Fit:
    """Fit a contender to statistics.

    Args:
        simulate: Gives statistics, shape (points, statistics), of points of the unit cube.
        observed: Human values, shape (statistics,).
        error: Their standard errors, the units of distance.
        parameters: Number of parameters, whose prior is uniform on the unit cube.
        particles: Size of each population.
        simulations: About how many simulations to use.
        draws: Number of draws from each population.
        seed: The same seed gives the same fit; torch's random state stays untouched.
    """
    from sbi.inference import SMCABC  # noqa: PLC0415
    from sbi.utils import BoxUniform  # noqa: PLC0415

    logging.getLogger("sbi").setLevel(logging.ERROR)

    def standardised(cube: Tensor) -> Tensor:
        away = (simulate(cube.double().numpy()) - observed) / error
        away[~np.isfinite(away).all(axis=1)] = FAR
        return torch.from_numpy(away).float()

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        prior = BoxUniform(torch.zeros(parameters), torch.ones(parameters))
        sampler = SMCABC(
            standardised, prior, simulation_batch_size=particles, show_progress_bars=False
        )
        _, found = sampler(
            torch.zeros(1, len(observed)),
            num_particles=particles,
            num_initial_pop=FIRST * particles,
            num_simulations=simulations,
            epsilon_decay=KEPT,
            distance_based_decay=True,
            use_last_pop_samples=False,
            return_summary=True,
        )
    # A population that the budget did not complete is the one before once more.
    distances = [each.numpy().astype(np.float64) for each in found["distances"]]
    number = len(distances)
    while number > 1 and np.array_equal(distances[number - 1], distances[number - 2]):
        number -= 1
    smallest = float(distances[number - 1].min())
    above = [float(each.max()) - smallest for each in distances[:number]]
    wider = [index for index in range(number) if above[index] >= 2 * above[-1]]
    populations = [
        resampled(points.double().numpy(), weights.double().exp().numpy(), draws)
        for points, weights in zip(found["particles"], found["weights"], strict=True)
    ]
    earlier = populations[wider[-1]] if wider else None
    return Fit(populations[number - 1], earlier, above[-1], smallest, sampler.simulation_counter)


def resampled(points: np.ndarray, weights: np.ndarray, draws: int) -> np.ndarray:
    """Systematic resampling: points, shape (draws, parameters), as frequent as they weigh."""
    ends = np.cumsum(weights) / weights.sum()
    places = (np.arange(draws) + 0.5) / draws
    return np.asarray(points[np.minimum(np.searchsorted(ends, places), len(points) - 1)])
