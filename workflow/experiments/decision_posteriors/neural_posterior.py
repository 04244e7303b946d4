"""The neural posterior from decisions: an ensemble with learnt summaries of all agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments.cross_checks.one_estimator import train_estimator
from experiments.decision_posteriors.agent_features import AgentFeatures, Roster
from experiments.decision_posteriors.agent_sets import AgentSets
from experiments.decision_posteriors.simulated_decisions import DecisionExperiment
from satisfice.devices import seeded
from satisfice.games.base import Play
from satisfice.inference.sbi_compat import sample_estimator
from satisfice.inference.settings import EstimatorSettings
from satisfice.progress import Progress
from satisfice.randomness import small_seed

SAMPLE = 500
"""Simulations that standardise the features."""


@dataclass(frozen=True)
class NeuralPosterior:
    """Trained estimators; the posterior is their equal-weight mixture.

    Attributes:
        features: Describes agents.
        members: The estimators, which take the features of all agents as one row.
        embedding: The first member's network of summaries.
        records: Their training records.
        seed: Seed of draws.
    """

    features: AgentFeatures
    members: Sequence[nn.Module]
    embedding: AgentSets
    records: Sequence[Mapping[str, Any]]
    seed: int

    @classmethod
    def train(
        cls,
        of: DecisionExperiment,
        simulations: int,
        settings: EstimatorSettings,
        seeds: Sequence[int],
    ) -> NeuralPosterior:
        """Simulate the experiment for draws from the prior, and train a member for each seed."""
        cube = of.draws(simulations, "training")
        progress, plays = Progress(simulations, "simulations"), of.play(cube, "training")
        play = next(plays)
        features = AgentFeatures.scaled(of.population.game, play)
        parts = [features.rows(play)]
        for play in plays:
            progress(sum(map(len, parts)))
            parts.append(features.rows(play))
        rows = np.concatenate(parts)
        roster = Roster.of(of.population.game, of.experiment.markets)
        return cls.fit(features, roster, cube, rows, settings, seeds)

    @classmethod
    def fit(
        cls,
        features: AgentFeatures,
        roster: Roster,
        cube: np.ndarray,
        rows: np.ndarray,
        settings: EstimatorSettings,
        seeds: Sequence[int],
    ) -> NeuralPosterior:
        """Train members on features of shape (simulations, agents, features)."""
        members, embeddings, records = [], [], []
        for seed in seeds:
            with seeded(seed):
                embeddings.append(AgentSets(roster, rows[:SAMPLE]))
            network, record = train_estimator(
                cube, rows.reshape(len(rows), -1), settings, seed, embeddings[-1]
            )
            members.append(network)
            records.append(record)
        return cls(features, members, embeddings[0], records, small_seed(seeds[0], "draws"))

    def draw(self, play: Mapping[str, Play], number: int) -> np.ndarray:
        """Draw from the posterior of each simulation, shape (simulations, number, parameters)."""
        rows = self._rows(play)
        each = [
            sample_estimator(member, rows, -(-number // len(self.members)), self.seed + index)
            for index, member in enumerate(self.members)
        ]
        return np.concatenate(each, 1)[:, :number]

    def summaries(self, play: Mapping[str, Play]) -> np.ndarray:
        """Learnt summaries of the first member, shape (simulations, summaries)."""
        with torch.inference_mode():
            found: Tensor = self.embedding(torch.from_numpy(self._rows(play)))
        return found.numpy()

    def _rows(self, play: Mapping[str, Play]) -> np.ndarray:
        rows = self.features.rows(play)
        return rows.reshape(len(rows), -1)
