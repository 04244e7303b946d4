"""Learnt summaries of a set of agents: how their processing costs are distributed, as they appear.

Given the parameters, agents differ in their processing cost alone, and the log-likelihood of all
decisions is a sum over agents. So a classifier learns from simulated agents, whose costs are known,
in which interval of the cost an agent is. Averages of its probabilities over agents are summaries
of an experiment. The order of agents, and of markets, does not matter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from experiments.decision_posteriors.agent_features import Roster
from satisfice.devices import seeded

INTERVALS, HIDDEN = 20, 128
"""Number of intervals, which are equally frequent, and width of the two hidden layers."""

LARGEST = 6.0
"""Features are bounded to this number of standard deviations: products have long tails."""

SAMPLE = 500
"""Simulations that standardise the features and place the intervals."""

STEPS, AGENTS_AT_ONCE, LEARNING_RATE = 6000, 1000, 0.003
"""Steps of training, number of agents in each, and highest learning rate, which rises and falls."""


@dataclass(frozen=True)
class CostClassifier:
    """Tells agents' processing costs from their decisions.

    Attributes:
        network: Maps standardised features, kind and role to unnormalised log-probabilities.
        mean: Mean of each feature, shape (features,).
        sd: Its standard deviation.
        kind: Treatment and role of each agent as indicators, shape (agents, kinds).
        group: A number for each treatment and role, shape (agents,).
        role: Number of each agent's role, shape (agents,).
    """

    network: nn.Module
    mean: np.ndarray
    sd: np.ndarray
    kind: Tensor
    group: np.ndarray
    role: np.ndarray

    @classmethod
    def train(cls, roster: Roster, rows: np.ndarray, cost: np.ndarray, seed: int) -> CostClassifier:
        """Learn from simulated agents whose costs are known.

        Args:
            roster: The agents of an experiment.
            rows: Their features, shape (simulations, agents, features).
            cost: Their processing costs, shape (simulations, agents).
            seed: Seed of initial weights and of the order of simulations.
        """
        kinds = [np.eye(len(roster.treatments))[roster.treatment]]
        if roster.roles:
            kinds.append(np.eye(roster.roles)[roster.role])
        kind = torch.from_numpy(np.concatenate(kinds, 1)).float()
        group = roster.treatment * max(1, roster.roles) + roster.role
        flat = rows[:SAMPLE].reshape(-1, rows.shape[-1]).astype(np.float64)
        ends = np.quantile(cost[:SAMPLE], np.arange(1, INTERVALS) / INTERVALS)
        interval = torch.from_numpy(np.searchsorted(ends, cost))
        with seeded(seed):
            network = nn.Sequential(
                nn.Linear(rows.shape[-1] + kind.shape[1], HIDDEN), nn.SiLU(),
                nn.Linear(HIDDEN, HIDDEN), nn.SiLU(), nn.Linear(HIDDEN, INTERVALS),
            )  # fmt: skip
            sd = flat.std(0).clip(min=1e-6)
            found = cls(network, flat.mean(0), sd, kind, group, roster.role)
            found._learn(rows, interval)
        return found

    def _learn(self, rows: np.ndarray, interval: Tensor) -> None:
        optimiser = torch.optim.AdamW(self.network.parameters(), LEARNING_RATE, fused=True)
        schedule = torch.optim.lr_scheduler.OneCycleLR(
            optimiser, LEARNING_RATE, total_steps=STEPS, pct_start=0.1
        )
        number = max(1, AGENTS_AT_ONCE // rows.shape[1])
        for _ in range(STEPS):
            chosen = torch.randint(len(rows), (number,))
            scores = self.network(self._inputs(rows[chosen.numpy()]))
            loss = functional.cross_entropy(scores.flatten(0, 1), interval[chosen].flatten())
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()

    def summaries(self, rows: np.ndarray) -> np.ndarray:
        """Summarise experiments, shape (experiments, agents, features) to (.., summaries).

        They are the mean probabilities over the agents of each treatment and role; and over all
        agents of a role, their mean and standard deviation.
        """
        number = max(1, 100 * AGENTS_AT_ONCE // rows.shape[1])
        starts = range(0, len(rows), number)
        return np.concatenate([self._summarised(rows[one : one + number]) for one in starts])

    def _summarised(self, rows: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            chance = self.network(self._inputs(rows)).softmax(-1).numpy()
        parts = [chance[:, self.group == each].mean(1) for each in np.unique(self.group)]
        for each in np.unique(self.role):
            own = chance[:, self.role == each]
            parts += [own.mean(1), own.std(1)]
        return np.concatenate(parts, 1)

    def _inputs(self, rows: np.ndarray) -> Tensor:
        scaled = ((rows - self.mean) / self.sd).clip(-LARGEST, LARGEST)
        kind = self.kind.expand(len(rows), -1, -1)
        return torch.cat([torch.from_numpy(scaled).float(), kind], -1)
