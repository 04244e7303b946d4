"""The likelihood of recorded decisions under a trained population.

The policy gives the probability of every action, given what an agent has observed. Along a recorded
history an agent's decisions are therefore independent given its skill, and different agents'
decisions are independent. The skill, which is not recorded, is integrated out by quadrature.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from satisfice.learning.rollout import Population
from satisfice.population.beliefs import PriorBelief
from satisfice.population.policy import SMALLEST_LOG, Traits, lasting_inputs
from satisfice.population.supertypes import quadrature_by_group
from satisfice.simulation.histories import History, Seen

NODES = 12
"""Usual number of quadrature nodes for the skill of an agent."""


def skills_of(
    population: Population, treatment: str, theta: np.ndarray, nodes: int
) -> tuple[Tensor, Tensor]:
    """Nodes of skill and their weights, shape (populations, nodes, agents)."""
    agents = population.game.treatments[treatment]
    skill, weight = quadrature_by_group(theta, nodes, population.space, by_cost=True)
    return tuple(  # type: ignore[return-value]
        torch.from_numpy(by_group).transpose(1, 2).expand(-1, -1, agents)
        for by_group in (skill, weight)
    )


@torch.inference_mode()
def log_policies(
    population: Population, history: History, theta: np.ndarray, nodes: int, whole: bool = False
) -> Tensor:
    """Log-probability of every decision of agents of given skills.

    Returns:
        Shape (populations, nodes, markets, agents, rounds), of the action taken; with ``whole`` one
        more axis with every action.
    """
    distinct = history.distinct(population.information, seen_by(population.belief), whole)
    skill, _ = skills_of(population, history.treatment, theta, nodes)
    kinds = len(theta) * nodes
    supertypes = population.supertypes(np.repeat(theta, nodes, axis=0))
    traits = Traits.with_skill(supertypes, skill.reshape(kinds, -1).float())
    lasting = lasting_inputs(traits, population.game.treatment_features(history.treatment))
    found = torch.empty(kinds, len(distinct.action))
    for block in distinct.blocks(kinds):
        observation, own = distinct.observation[block.row], traits.rows(block.kind)
        inputs = torch.cat([lasting[block.kind], observation.features], -1)
        logits = population.policy(inputs, own.processing_cost)
        logits += population.belief.log_probabilities(observation, own.named)
        logits -= logits.amax(-1, keepdim=True)
        chosen = block.of_actions(logits).clamp_(min=SMALLEST_LOG)
        # As in play, all odds are above zero.
        total = logits.clamp_(min=SMALLEST_LOG).exp_().sum(-1)
        found[block.place] = chosen - block.of_seats(total.log_())
    return distinct.of_decisions(found.reshape(len(theta), nodes, -1), whole=whole)


def seen_by(belief: PriorBelief) -> Seen:
    """What of an observation a policy depends on."""
    if belief.state_free:
        return ("features",)
    if belief.remembers:
        return ("features", "previous_action")
    if belief.forgets:
        return ("features", "anchor")
    return ("features", "previous_action", "anchor")
