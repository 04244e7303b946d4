"""Learnt summaries of a set of agents, in the form that the likelihood has.

Given the parameters, the log-likelihood of all decisions is a sum over agents, and each agent's is
a function of means over rounds. So a network maps an agent's features to numbers, which are
averaged over agents, and another network maps the averages to summaries (deep sets, Zaheer et al.
2017). The order of agents, and of markets, does not matter.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from experiments.cross_checks.path_embedding import layers
from experiments.decision_posteriors.agent_features import Roster

HIDDEN, FEATURES, SUMMARIES = 64, 64, 32
"""Width of the hidden layers, and numbers of features of an agent and of an experiment."""

LARGEST = 6.0
"""Features are bounded to this number of standard deviations: products have long tails."""


class AgentSets(nn.Module):
    """Maps rows of all agents' features to summaries.

    Args:
        roster: The agents.
        sample: Features of some experiments, shape (experiments, agents, features), for
            standardisation.
        hidden: Widths of the hidden layers of the network of an agent.
    """

    def __init__(
        self, roster: Roster, sample: np.ndarray, hidden: Sequence[int] = (HIDDEN, HIDDEN)
    ) -> None:
        super().__init__()
        kinds = [np.eye(len(roster.treatments))[roster.treatment]]
        if roster.roles:
            kinds.append(np.eye(roster.roles)[roster.role])
        self.kind = _fixed(np.concatenate(kinds, 1))
        flat = sample.reshape(-1, sample.shape[-1]).astype(np.float64)
        self.mean, self.sd = _fixed(flat.mean(0)), _fixed(flat.std(0).clip(min=1e-6))
        inputs = self.kind.shape[1] + sample.shape[-1]
        self.of_agent = layers(inputs, hidden, FEATURES)
        self.of_experiment = layers(2 * FEATURES, (HIDDEN,), SUMMARIES)

    def forward(self, rows: Tensor) -> Tensor:
        """Summarise experiments, shape (experiments, agents x features) to (.., summaries)."""
        by_agent = rows.reshape(len(rows), len(self.kind), -1)
        scaled = ((by_agent - self.mean) / self.sd).clamp(-LARGEST, LARGEST)
        kind = self.kind.expand(len(rows), -1, -1)
        agents = self.of_agent(torch.cat([scaled, kind], -1))
        pooled = torch.cat([agents.mean(1), agents.std(1)], -1)
        return self.of_experiment(pooled)  # type: ignore[no-any-return]


def _fixed(values: np.ndarray) -> nn.Parameter:
    """A fixed parameter and not a buffer: sbi reads a network's device from its parameters."""
    return nn.Parameter(torch.from_numpy(values).float(), requires_grad=False)
