"""Simulated experiments for draws from the prior, on which inference is trained."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from satisfice.learning.rollout import Population
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import Experiment, failure_reasons, population_player, simulate


@dataclass(frozen=True)
class PriorSimulations:
    """Simulated experiments, one for each draw from the prior.

    Attributes:
        theta: Shape (simulations, columns).
        x: Shape (simulations, statistics).
        failures: Shape (simulations,), reasons why simulations cannot be used, or empty texts.
    """

    theta: np.ndarray
    x: np.ndarray
    failures: np.ndarray


def prior_draws(population: Population, name: str, first: int, last: int, seed: int) -> np.ndarray:
    """Rows ``first`` to ``last`` of an endless table of prior draws, on the unit cube."""
    sequence = seed_sequence(seed, "theta", population.game.name, name)
    return uniform_rows(sequence, first, last - first, len(population.space.names))


def simulate_prior(
    experiment: Experiment,
    population: Population,
    name: str,
    first: int,
    last: int,
    seed: int,
    report: Callable[[int], None] = lambda done: None,
) -> PriorSimulations:
    """Simulate experiments for the rows ``first`` to ``last`` of the endless table of prior draws.

    The first is a multiple of the simulator's block. The variant's name seeds the table, too.
    ``report`` is called with the number of simulations done.
    """
    # Parameters and play have random numbers of their own.
    cube = prior_draws(population, name, first, last, seed)
    theta = population.space.from_unit(cube)
    statistics = np.empty((0, len(experiment.labels)))
    if last > first:
        sequence = seed_sequence(seed, "simulate", population.game.name, name)
        player = population_player(population)
        statistics, _ = simulate(experiment, player, theta, sequence, first=first, report=report)
    return PriorSimulations(theta, statistics, failure_reasons(statistics, experiment.labels))
