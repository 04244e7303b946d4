"""Other estimators of the same posterior, from sbi: neural likelihood and sequential ABC."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import Tensor

from experiments.cross_checks.emulator import StatisticsEmulator, closest
from experiments.cross_checks.one_estimator import train_density
from experiments.cross_checks.regression_adjustment import regression_adjusted
from satisfice.devices import seeded
from satisfice.inference.density_training import as_tensor
from satisfice.inference.sbi_compat import unit_box
from satisfice.inference.settings import EstimatorSettings

CHAINS, WARM_UP = 20, 100
"""Slice-sampling chains of the neural likelihood, and their warm-up steps."""

PARTICLES = 1000
"""Particles of each population of ABC, or an eighth of the budget if that is less."""

DECAY = 0.5
"""This quantile of one population's distances bounds those of the next."""


@dataclass(frozen=True)
class CrossCheck:
    """Posterior draws of another estimator.

    Attributes:
        cube: Shape (draws, parameters), on the unit cube.
        simulations: Simulations that it used.
        record: Further information: epochs, validation loss, last distance.
    """

    cube: np.ndarray
    simulations: int
    record: dict[str, Any]


def neural_likelihood(
    cube: np.ndarray,
    statistics: np.ndarray,
    observed: np.ndarray,
    settings: EstimatorSettings,
    draws: int,
    seed: int,
) -> CrossCheck:
    """Learn p(statistics | theta) with a masked autoregressive flow, and use slice sampling.

    Args:
        cube: Shape (simulations, parameters), on the unit cube.
        statistics: Shape (simulations, statistics).
        observed: Shape (statistics,).
        settings: Width and training, as for the posterior estimator.
        draws: Posterior draws.
        seed: Seed of weights, batches and chains.

    Returns:
        Draws of all chains together (Papamakarios, Sterratt and Murray 2019).
    """
    from sbi.inference import (  # noqa: PLC0415 - importing sbi takes seconds
        MCMCPosterior,
        likelihood_estimator_based_potential,
    )
    from sbi.neural_nets import likelihood_nn  # noqa: PLC0415

    with seeded(seed):
        prior = unit_box(cube.shape[1])
        build = likelihood_nn("maf", hidden_features=settings.hidden)
        estimator = build(as_tensor(cube), as_tensor(statistics))
        record = train_density(estimator, statistics, cube, settings)
        potential, transform = likelihood_estimator_based_potential(
            estimator, prior, as_tensor(observed[None])
        )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            posterior = MCMCPosterior(
                potential,
                proposal=prior,
                theta_transform=transform,
                method="slice_np_vectorized",
                num_chains=CHAINS,
                warmup_steps=WARM_UP,
                thin=2,
            )
            samples = posterior.sample(
                (draws,), x=as_tensor(observed[None]), show_progress_bars=False
            )
        kept = {name: record[name] for name in ("epochs", "best_validation_loss")}
        return CrossCheck(samples.double().numpy(), len(cube), kept)


def sequential_abc(
    simulate: Callable[[np.ndarray], np.ndarray],
    parameters: int,
    observed: np.ndarray,
    noise: np.ndarray,
    simulations: int,
    draws: int,
    seed: int,
) -> CrossCheck:
    """Sequential Monte Carlo ABC with regression adjustment (Sisson et al. 2007, Beaumont 2010).

    Args:
        simulate: Maps points of the cube to statistics.
        parameters: Number of parameters.
        observed: Shape (statistics,).
        noise: Shape (statistics,), spread of each statistic near the data: the unit of distance.
        simulations: Budget.
        draws: Draws to return, resampled from the weighted particles, each at most once.
        seed: Seed of proposals and draws.
    """
    from sbi.inference import SMCABC  # noqa: PLC0415

    with seeded(seed):
        logging.getLogger("sbi").setLevel(logging.ERROR)
        used, number = 0, min(PARTICLES, simulations // 8)

        def simulator(cube: Tensor) -> Tensor:
            nonlocal used
            used += len(cube)
            return as_tensor(simulate(cube.double().numpy()) / noise)

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            sampler = SMCABC(
                simulator,
                unit_box(parameters),
                simulation_batch_size=simulations,
                show_progress_bars=False,
            )
            particles, summary = sampler(
                as_tensor((observed / noise)[None]),
                num_particles=number,
                num_initial_pop=2 * number,
                num_simulations=simulations,
                epsilon_decay=DECAY,
                distance_based_decay=True,
                # sbi would resample particles without their simulated statistics.
                ess_min=None,
                # sbi's regression moves particles over the edge of the prior, and with learnt
                # summaries it doubles the spread.
                lra=False,
                return_summary=True,
            )
        weight = summary["weights"][-1].exp().double().numpy()
        cube = regression_adjusted(
            particles.double().numpy(), summary["xs"][-1].double().numpy(), observed / noise, weight
        )
        draws = min(draws, len(particles) // 2)
        random = np.random.default_rng(seed)
        chosen = random.choice(len(particles), draws, replace=False, p=weight / weight.sum())
        record = {
            "populations": len(summary["epsilons"]),
            "distance": float(summary["epsilons"][-1]),
        }
        return CrossCheck(cube[chosen], used, record)


def noise_near(emulator: StatisticsEmulator, observed: np.ndarray, parameters: int) -> np.ndarray:
    """Standard deviation of each statistic at the theta closest to data, shape (statistics,)."""
    found = closest(emulator, observed[None], parameters)
    return np.asarray(emulator.predict(found.cube)[1][0] * emulator.scale)
