"""Simulated experiments whose parameters and people are known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from satisfice.learning.rollout import Chance, Population, play_outcomes
from satisfice.population.policy import Traits
from satisfice.randomness import seed_sequence, small_seed
from satisfice.simulation.histories import History


@dataclass(frozen=True)
class SimulatedExperiment:
    """One experiment of a population drawn from the prior.

    Attributes:
        cube: The true parameters on the unit cube, shape (parameters,).
        histories: Play of each treatment.
        people: For each treatment the true skills and processing costs by name, shape
            (markets, agents), under the names of a bounded model's traits.
    """

    cube: np.ndarray
    histories: dict[str, History]
    people: dict[str, dict[str, np.ndarray]]

    @classmethod
    def draw(
        cls, population: Population, markets: int, number: int, seed: int
    ) -> SimulatedExperiment:
        """Draw parameters from the prior and people from the population, and let them play.

        Args:
            population: A trained population.
            markets: Number of markets of each treatment.
            number: Number of the experiment, which seeds it together with ``seed``.
            seed: The run's seed.
        """
        game, space = population.game, population.space
        key = ("decision checks", game.name, number)
        drawn = np.random.default_rng(seed_sequence(seed, *key, "theta"))
        cube = drawn.random(len(space.names))
        supertypes = population.supertypes(np.tile(space.from_unit(cube), (markets, 1)))
        generator = torch.Generator().manual_seed(small_seed(seed, *key, "play"))
        histories, people = {}, {}
        for treatment, agents in game.treatments.items():
            chance = Chance.draw(game, agents, markets, game.rounds, generator)
            traits = Traits.draw(supertypes, chance.skills)
            played = play_outcomes(population, treatment, traits, chance)
            recorded = {name: values.double().numpy() for name, values in played.items()}
            histories[treatment] = History.of(game, treatment, recorded)
            people[treatment] = {
                "skill": traits.skill.double().numpy(),
                "lambda": traits.processing_cost.double().numpy(),
            }
        return cls(cube, histories, people)
