"""The likelihood of recorded decisions under a trained population.

The policy gives the probability of every action, given what an agent has observed. Along a recorded
history an agent's decisions are therefore independent given its skill, and different agents'
decisions are independent. The skill, which is not recorded, is integrated out by quadrature.
"""

from __future__ import annotations

import numpy as np
import torch

from satisfice.games.base import Play, nearest_action
from satisfice.learning.rollout import Population
from satisfice.population.policy import Traits
from satisfice.population.supertypes import quadrature_by_group

NODES = 24
"""Usual number of quadrature nodes for the skill of an agent."""

DECISIONS_AT_ONCE = 50_000
"""Decisions of a round that are evaluated at once, which bounds memory."""


@torch.inference_mode()
def log_likelihood(
    population: Population, treatment: str, play: Play, theta: np.ndarray, nodes: int = NODES
) -> np.ndarray:
    """Log-likelihood of every agent's decisions, given the others' decisions.

    A decision between two actions of the grid counts as the nearer one. Recorded play has the
    shape (markets, agents, rounds), in natural units; the result (populations, markets, agents).
    Its sum over agents and markets is the log-likelihood of the whole play.
    """
    markets, agents, _ = play["action"].shape
    at_once = max(1, DECISIONS_AT_ONCE // (nodes * markets * agents))
    parts = [
        _of_some(population, treatment, play, theta[first : first + at_once], nodes)
        for first in range(0, len(theta), at_once)
    ]
    return np.concatenate(parts)


def _of_some(
    population: Population, treatment: str, play: Play, theta: np.ndarray, nodes: int
) -> np.ndarray:
    markets, agents, _ = play["action"].shape
    # Nodes of shape (populations, groups, nodes), as (populations, nodes, agents).
    skill, weight = (
        torch.from_numpy(by_group).float().transpose(1, 2).expand(-1, -1, agents)
        for by_group in quadrature_by_group(theta, nodes, population.space)
    )
    # One row for each population, node and market: all agents have the skill of the node.
    rows = len(theta) * nodes
    supertypes = population.supertypes(np.repeat(theta, nodes * markets, axis=0))
    all_agents = skill.reshape(rows, agents).repeat_interleave(markets, 0)
    traits = Traits.with_skill(supertypes, all_agents)
    recorded = {
        name: torch.tensor(values, dtype=torch.float32).repeat(rows, 1, 1)
        for name, values in play.items()
    }
    game, total = population.game, torch.zeros(rows * markets, agents, dtype=torch.float64)
    state = game.start(treatment, rows * markets)
    for now in range(play["action"].shape[-1]):
        seen = {name: values[..., now] for name, values in recorded.items()}
        action = nearest_action(game.action_values, seen["action"])
        log_policy = population.decide(treatment, state, traits).log_policy
        total += log_policy.gather(-1, action.unsqueeze(-1)).squeeze(-1).double()
        state = game.follow(treatment, state, action, seen)
    by_node = total.reshape(len(theta), nodes, markets, agents)
    joint = by_node + weight.double().log().unsqueeze(2)
    return torch.logsumexp(joint, 1).numpy()
