"""The human statistics of a game beside those that a contender simulates, for a test of both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.misspecification import Question, judge
from satisfice.checks.misspecification_findings import findings
from satisfice.checks.settings import MisspecificationSettings
from satisfice.contenders.base import Contender
from satisfice.inference.training_data import TrainingData
from satisfice.io.datasets import load_dataset
from satisfice.io.observed import labels_of, read_observed
from satisfice.progress import logger
from satisfice.randomness import seed_sequence, small_seed
from satisfice.simulation.simulator import Experiment

SMALLEST_UNIT = 0.01
"""SD that is added to simulated statistics, in human standard errors: play without chance never
varies, and would be infinitely far from any data."""


@dataclass(frozen=True)
class TestedStatistics:
    """Human statistics, and a contender that plays the same experiment.

    Attributes:
        contender: The contender.
        name: Its name in the config, part of the seeds.
        experiment: The human experiment.
        table: Rows of observed.csv with the statistics.
        seed: The run's seed.
        cube: Points of the unit cube that were simulated before, shape (points, parameters).
        statistics: Their statistics, shape (points, statistics).
    """

    contender: Contender
    name: str
    experiment: Experiment
    table: pd.DataFrame
    seed: int
    cube: np.ndarray
    statistics: np.ndarray

    @classmethod
    def of(
        cls,
        contender: Contender,
        name: str,
        dataset: str | Path,
        observed: str | Path,
        seed: int,
        data: TrainingData | None = None,
        splits: Collection[str] = ("fit",),
    ) -> TestedStatistics:
        """Read the statistics of some splits; ``data`` are simulations of them from the prior.

        Raises:
            SatisficeError: The data set or observed.csv cannot be read.
        """
        game = contender.game
        table = read_observed(observed)
        table = table[table.split.isin(splits)]
        cube, statistics = np.empty((0, len(contender.free))), np.empty((0, len(table)))
        if data is not None:
            cube, statistics = data.cube, data.x
        experiment = Experiment(game, load_dataset(dataset, game).markets)
        return cls(contender, name, experiment, table, seed, cube, statistics)

    @property
    def question(self) -> Question:
        """Could the contender have made the human statistics?"""
        return Question(
            self.simulate,
            self.table.value.to_numpy(),
            SMALLEST_UNIT * self.table.standard_error.to_numpy(),
            self.cube,
            self.statistics,
        )

    @property
    def point_seed(self) -> int:
        """Seed of the points that a test simulates."""
        return small_seed(self.seed, "misspecification", self.experiment.game.name, self.name)

    def findings(self, settings: MisspecificationSettings) -> dict[str, Any]:
        """Test the contender; what was found, as in its JSON file."""
        found = judge(self.question, settings, self.point_seed)
        theta = self.contender.from_unit(found.cube[None])[0]
        told = (self.name, found.distance, found.p_value, found.simulations)
        logger.info("%s: squared distance %.1f, p = %.3f (%d simulations)", *told)
        return findings(found, theta, self.contender.space, self.table)

    def simulate(self, cube: np.ndarray, purpose: str) -> np.ndarray:
        """Statistics of experiments at points of the unit cube, with random numbers by purpose."""
        play = (self.experiment.game.name, self.name, purpose)
        sequence = seed_sequence(self.seed, "misspecification", *play)
        theta = self.contender.from_unit(cube)
        statistics, _ = self.contender.simulate(self.experiment, theta, sequence)
        columns = [self.experiment.labels.index(label) for label in labels_of(self.table)]
        return statistics[:, columns]
