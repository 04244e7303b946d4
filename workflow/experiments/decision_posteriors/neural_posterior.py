"""The neural posterior from decisions: an ensemble given learnt summaries of all agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from experiments.decision_posteriors.agent_features import AgentFeatures, Roster
from experiments.decision_posteriors.cost_classifier import CostClassifier
from experiments.decision_posteriors.simulated_decisions import DecisionExperiment
from satisfice.games.base import Play
from satisfice.inference.sbi_compat import sample_estimator, train_ensemble
from satisfice.inference.settings import EstimatorSettings
from satisfice.progress import Progress
from satisfice.randomness import small_seed


@dataclass(frozen=True)
class NeuralPosterior:
    """Trained estimators; the posterior is their equal-weight mixture.

    Attributes:
        features: Describes agents.
        classifier: Summarises them.
        members: The estimators given the summaries.
        records: Their training records.
        seed: Seed of draws.
    """

    features: AgentFeatures
    classifier: CostClassifier
    members: Sequence[nn.Module]
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
        progress, done = Progress(simulations, "simulations"), 0
        features, rows, costs = None, [], []
        for play, cost in of.people_of(cube, "training"):
            features = features or AgentFeatures.scaled(of.population.game, play)
            rows.append(features.rows(play))
            costs.append(cost)
            done += len(cost)
            progress(done)
        assert features is not None
        roster = Roster.of(of.population.game, of.experiment.markets)
        together = np.concatenate(rows), np.concatenate(costs)
        return cls.fit(features, roster, cube, *together, settings, seeds)

    @classmethod
    def fit(
        cls,
        features: AgentFeatures,
        roster: Roster,
        cube: np.ndarray,
        rows: np.ndarray,
        costs: np.ndarray,
        settings: EstimatorSettings,
        seeds: Sequence[int],
    ) -> NeuralPosterior:
        """Train on features, shape (simulations, agents, features), and costs of all agents."""
        classifier = CostClassifier.train(roster, rows, costs, seeds[0])
        summaries = classifier.summaries(rows)
        members, records = train_ensemble(cube, summaries, settings, seeds)
        return cls(features, classifier, members, records, small_seed(seeds[0], "draws"))

    def draw(self, play: Mapping[str, Play], number: int) -> np.ndarray:
        """Draw from the posterior of each simulation, shape (simulations, number, parameters)."""
        summaries = self.summaries(play)
        each = [
            sample_estimator(member, summaries, -(-number // len(self.members)), self.seed + index)
            for index, member in enumerate(self.members)
        ]
        return np.concatenate(each, 1)[:, :number]

    def summaries(self, play: Mapping[str, Play]) -> np.ndarray:
        """Learnt summaries, shape (simulations, summaries)."""
        return self.classifier.summaries(self.features.rows(play))
