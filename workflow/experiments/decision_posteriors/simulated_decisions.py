"""Decisions of people, and of simulated people in the same experiment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import Play, nearest_action
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Chance, Population, play_outcomes
from satisfice.population.policy import Traits
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.histories import History, histories_of
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    Played,
    Player,
    population_player,
    simulate,
)

Panels = Mapping[str, Play]
"""Recorded play of each treatment, arrays of shape (markets, agents, rounds)."""

COST = "processing_cost"
"""What a simulated agent's processing cost is called among what is recorded."""

AT_A_TIME = 10 * BLOCK
"""Number of simulations whose play is kept in full before it is described."""


@dataclass(frozen=True)
class DecisionExperiment:
    """An experiment whose decisions are on record, and a population that can repeat it.

    Attributes:
        population: The trained population.
        belief: Name of its prior belief.
        experiment: The design: the treatments whose decisions are on record.
        people: Play of the people. An action between two of the grid is the nearer one, as in the
            likelihood.
        seed: The run's seed.
    """

    population: Population
    belief: str
    experiment: Experiment
    people: Panels
    seed: int

    @classmethod
    def load(cls, policy: str | Path, dataset: str | Path, seed: int) -> DecisionExperiment:
        """Read a trained policy and the decisions of a data set.

        Raises:
            SatisficeError: A file is missing or malformed.
        """
        population, description = load_population(policy)
        game = population.game
        recorded = panels_of(read_decisions(Path(dataset) / "decisions.csv", game), game)
        people = {
            name: {**recorded[name], "action": _on_grid(game.action_values, recorded[name])}
            for name in game.treatments
            if name in recorded
        }
        markets = {name: len(play["action"]) for name, play in people.items()}
        experiment = Experiment(game, markets)
        return cls(population, description["variant_name"], experiment, people, seed)

    def draws(self, number: int, purpose: str) -> np.ndarray:
        """Draws from the prior on the unit cube, shape (number, parameters)."""
        columns = len(self.population.space.names)
        return uniform_rows(self._sequence("theta", purpose), 0, number, columns)

    def play(self, cube: np.ndarray, purpose: str) -> Iterator[Mapping[str, Play]]:
        """Repeat the experiment for each point of the unit cube, some at a time.

        Yields:
            Play of each treatment, shape (simulations, markets, agents, rounds).
        """
        return self._played(population_player(self.population), cube, purpose)

    def people_of(
        self, cube: np.ndarray, purpose: str
    ) -> Iterator[tuple[Mapping[str, Play], np.ndarray]]:
        """Like :meth:`play`, with each agent's processing cost, shape (simulations, agents)."""
        for play in self._played(_revealing(self.population), cube, purpose):
            costs = [part.pop(COST)[..., 0] for part in play.values()]
            yield play, np.concatenate([each.reshape(len(each), -1) for each in costs], 1)

    def _played(self, player: Player, cube: np.ndarray, purpose: str) -> Iterator[Played]:
        theta, sequence = self.population.space.from_unit(cube), self._sequence("play", purpose)
        for first in range(0, len(theta), AT_A_TIME):
            some = theta[first : first + AT_A_TIME]
            yield simulate(self.experiment, player, some, sequence, first=first, keep_play=True)[1]

    def histories(self, panels: Panels) -> dict[str, History]:
        """Play as the likelihood takes it."""
        return histories_of(self.population.game, panels)

    def _sequence(self, *key: str) -> np.random.SeedSequence:
        name = self.population.game.name
        return seed_sequence(self.seed, "decision_posteriors", name, self.belief, *key)


def _revealing(population: Population) -> Player:
    """A player that also records each agent's processing cost, the same in all rounds."""

    def play(treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        traits = Traits.draw(population.supertypes(theta), chance.skills)
        played = play_outcomes(population, treatment, traits, chance)
        rounds = len(chance.actions)
        return played | {COST: traits.processing_cost.unsqueeze(-1).expand(-1, -1, rounds)}

    return play


def one_of(play: Mapping[str, Play], number: int) -> Panels:
    """Play of one of several simulations."""
    return {
        treatment: {name: values[number] for name, values in part.items()}
        for treatment, part in play.items()
    }


def alone(panels: Panels) -> dict[str, dict[str, np.ndarray]]:
    """Play of one experiment as that of a single simulation, with a first axis of length one."""
    return {
        treatment: {name: np.asarray(values)[None] for name, values in part.items()}
        for treatment, part in panels.items()
    }


def _on_grid(grid: Tensor, play: Play) -> np.ndarray:
    action = torch.from_numpy(np.array(play["action"])).float()  # may be read-only
    nearest: np.ndarray = grid[nearest_action(grid, action)].double().numpy()
    return nearest
