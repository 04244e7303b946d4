"""Other estimators of the ensemble's posterior, by name."""

from __future__ import annotations

import numpy as np

from experiments.cross_checks.emulator import StatisticsEmulator
from experiments.cross_checks.one_estimator import train_estimator
from experiments.cross_checks.reference_posterior import Simulate
from experiments.cross_checks.sbi_cross_checks import (
    CrossCheck,
    neural_likelihood,
    noise_near,
    sequential_abc,
)
from satisfice.inference.sbi_compat import sample_estimator
from satisfice.inference.settings import EstimatorSettings
from satisfice.learning.rollout import Population
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import BLOCK, Experiment, population_player, simulate

ESTIMATORS = ("nle", "smc_abc", "truncated")
"""Neural likelihood; sequential Monte Carlo ABC; posterior estimation in a truncated prior."""

FIRST_SHARE, SECOND_SHARE = 0.25, 0.25
"""Simulations of the truncated estimator's two rounds, as shares of the table."""

KEPT = 0.9995
"""Central share of the first posterior, in each parameter, that bounds the second round's prior."""


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
        more: Simulates more, for estimators that need it.
        settings: Settings of the neural estimators.
        draws: Number of posterior draws.
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
    seed: int,
    key: tuple[str, ...],
) -> Simulate:
    """Simulator of the fitted statistics with the trained policy; each call has its own seed.

    Args:
        experiment: The design.
        population: The trained population.
        fitted: Shape (statistics,), which of them are fitted.
        seed: The run's seed.
        key: Further parts of the seed.
    """
    done = 0

    def more(cube: np.ndarray) -> np.ndarray:
        nonlocal done
        statistics, _ = simulate(
            experiment,
            population_player(population),
            population.space.from_unit(cube),
            seed_sequence(seed, "more", *key),
            first=done,
        )
        done += -(-len(cube) // BLOCK) * BLOCK
        return statistics[:, fitted]

    return more


def truncated_posterior(
    cube: np.ndarray,
    statistics: np.ndarray,
    more: Simulate,
    human: np.ndarray,
    settings: EstimatorSettings,
    draws: int,
    seed: int,
) -> CrossCheck:
    """Two rounds: simulations of the second are drawn where the first posterior has mass.

    The prior is truncated to a box, where it stays uniform, so no weights are needed, as in
    Deistler, Goncalves and Macke (2022), who truncate to a region of high posterior density.
    """
    random = np.random.default_rng(seed)
    first = int(FIRST_SHARE * len(cube))
    rough, _ = train_estimator(cube[:first], statistics[:first], settings, seed)
    drawn = sample_estimator(rough, human[None], 4000, seed)[0]
    low, high = np.quantile(drawn, [(1 - KEPT) / 2, (1 + KEPT) / 2], axis=0)
    margin = 0.05 * (high - low)
    low, high = np.maximum(low - margin, 0.0), np.minimum(high + margin, 1.0)
    inside = random.random((int(SECOND_SHARE * len(cube)), cube.shape[1]))
    simulated = more(low + (high - low) * inside)
    usable = np.isfinite(simulated).all(-1)
    fine, record = train_estimator(inside[usable], simulated[usable], settings, seed + 1)
    final = low + (high - low) * sample_estimator(fine, human[None], draws, seed + 1)[0]
    volume = float(np.prod(high - low))
    kept = {"epochs": record["epochs"], "share_of_prior": volume}
    return CrossCheck(final, first + len(inside), kept)
