"""Other estimators of the ensemble's posterior, by name."""

from __future__ import annotations

import numpy as np

from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.emulator import StatisticsEmulator, noise_near
from satisfice.inference.reference_posterior import Simulate
from satisfice.inference.sbi_cross_checks import CrossCheck, neural_likelihood, sequential_abc
from satisfice.inference.truncated_prior import truncated_posterior
from satisfice.learning.rollout import Population
from satisfice.population.parameters import ParameterPrior
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import BLOCK, Experiment, population_player, simulate

ESTIMATORS = ("nle", "smc_abc", "truncated")
"""Neural likelihood; sequential Monte Carlo ABC; posterior estimation in a truncated prior."""


def estimate(
    estimator: str,
    cube: np.ndarray,
    statistics: np.ndarray,
    human: np.ndarray,
    more: Simulate,
    settings: EstimatorSettings,
    draws: int,
    seed: int,
) -> CrossCheck:
    """Estimate the posterior given the human statistics.

    Args:
        estimator: One of ``ESTIMATORS``.
        cube: Shape (simulations, parameters), on the unit cube.
        statistics: Shape (simulations, statistics).
        human: Shape (statistics,).
        more: Simulates more, for estimators that ask for it.
        settings: Of the neural estimators.
        draws: Posterior draws.
        seed: Seed of the estimator.
    """
    if estimator == "nle":
        return neural_likelihood(cube, statistics, human, settings, draws, seed)
    if estimator == "smc_abc":
        noise = noise_near(StatisticsEmulator.fit(cube, statistics), human, cube.shape[1])
        return sequential_abc(more, cube.shape[1], human, noise, len(cube), draws, seed)
    if estimator == "truncated":
        return truncated_posterior(cube, statistics, more, human, settings, draws, seed)
    raise ValueError(f"{estimator} is none of {', '.join(ESTIMATORS)}")


def more_simulations(
    experiment: Experiment,
    population: Population,
    fitted: np.ndarray,
    prior: ParameterPrior,
    seed: int,
    key: tuple[str, ...],
) -> Simulate:
    """Simulations with the learnt policy, fitted statistics only; each call has its own chance.

    Args:
        experiment: The design.
        population: The trained population.
        fitted: Shape (statistics,), which of them are fitted.
        prior: Prior of its parameters.
        seed: The run's seed.
        key: What else seeds the play.
    """
    done = 0

    def more(cube: np.ndarray) -> np.ndarray:
        nonlocal done
        statistics, _ = simulate(
            experiment,
            population_player(population),
            prior.from_unit(cube),
            seed_sequence(seed, "more", *key),
            first=done,
        )
        done += -(-len(cube) // BLOCK) * BLOCK
        return statistics[:, fitted]

    return more
