"""Fitted statistics of exactly simulated experiments, whose exact posteriors can be computed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import torch

from experiments.cross_checks.exact_simulator import ExactBehaviour
from experiments.cross_checks.reference_posterior import Pilot
from satisfice.games.base import StageGame
from satisfice.io.datasets import load_dataset
from satisfice.io.observed import labels_of, read_observed
from satisfice.learning.populations import load_population
from satisfice.learning.verification import first_prior_belief
from satisfice.population.parameters import ParameterSpace
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.simulation.simulator import Experiment


@dataclass(frozen=True)
class ExactStatistics:
    """The exact simulator of the fitted statistics.

    Attributes:
        behaviour: Exact play of the population.
        experiment: The design of the fitted treatments.
        columns: Which of the experiment's statistics are fitted.
        seed: The run's seed.
    """

    behaviour: ExactBehaviour
    experiment: Experiment
    columns: np.ndarray
    seed: int

    @classmethod
    def solve(
        cls,
        folder: str | Path,
        dataset: str | Path,
        observed: str | Path,
        solves: int,
        seed: int,
    ) -> ExactStatistics:
        """Solve for exact play.

        Args:
            folder: Folder of the trained policy, of a memoryless population.
            dataset: Folder of the human data, for the experiment's design.
            observed: observed.csv, which says what is fitted.
            solves: Number of equilibria to solve; others are interpolated.
            seed: The run's seed.
        """
        population, _ = load_population(folder)
        game = population.game
        assert isinstance(game, StageGame)  # Only stage games have an equilibrium of one round.
        human = read_observed(observed)
        fitted = human[human.split == "fit"]
        treatments = list(dict.fromkeys(fitted.treatment.astype(str)))
        markets = load_dataset(dataset, game).markets
        experiment = Experiment(game, {name: markets[name] for name in treatments})
        wanted = set(labels_of(fitted))
        columns = np.array([label in wanted for label in experiment.labels])
        behaviour = ExactBehaviour.solve(
            game, treatments, population.space, partial(first_prior_belief, population), solves
        )
        logger.info("policies interpolated to within %s (total variation)", behaviour.error)
        return cls(behaviour, experiment, columns, seed)

    @property
    def space(self) -> ParameterSpace:
        """The parameters that were solved over."""
        return self.behaviour.space

    def pilot(self, simulations: int) -> Pilot:
        """Simulations from the whole prior, for the exact posteriors of all data sets."""
        return Pilot.run(
            lambda cube: self.simulate(cube, "pilot"),
            simulations,
            len(self.space.names),
            small_seed(self.seed, "pilot", self.behaviour.game.name),
        )

    def truths(self, data_sets: int) -> np.ndarray:
        """True parameters of simulated data sets on the cube, shape (data sets, parameters)."""
        seed = small_seed(self.seed, "truths", self.behaviour.game.name)
        return np.random.default_rng(seed).random((data_sets, len(self.space.names)))

    def simulate(self, cube: np.ndarray, *key: str | int) -> np.ndarray:
        """Fitted statistics of one experiment for each point of the cube."""
        return self.behaviour.simulate(self.experiment, cube, self.seed, *key)[:, self.columns]

    def one(self, truth: np.ndarray, number: int) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Statistics of one experiment, and counts of each agent's actions."""
        game = self.behaviour.game
        random = torch.Generator().manual_seed(small_seed(self.seed, "data set", number))
        play = self.behaviour.play(self.experiment, truth[None], random)
        grid, counts = game.action_values.numpy(), {}
        for treatment, recorded in play.items():
            paths = recorded["action"].reshape(-1, game.rounds)
            taken = np.abs(paths[:, :, None] - grid).argmin(-1)
            counts[treatment] = np.stack([np.bincount(row, minlength=len(grid)) for row in taken])
        return self.experiment.summarise(play)[0][self.columns], counts
