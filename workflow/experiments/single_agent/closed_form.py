"""Learnt policies against the closed form of a game with one agent and one decision.

Without other agents and later rounds, the optimum of payoff - lambda KL(policy || prior belief) is
q exp(u / lambda) / Z, for any prior belief q. It depends on the supertype only through lambda, and
on observations only through q; a network has to learn both. This is the first experiment of Evans
and Ganesh (2024).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from scipy.special import log_softmax, rel_entr

from satisfice.errors import SatisficeError
from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import respond, total_variation
from satisfice.learning.problem import LearningProblem
from satisfice.learning.rollout import Population
from satisfice.population.policy import Traits
from satisfice.population.supertypes import BETA, weight_at

CANDIDATES, MOST_BATCHES = 4096, 100
"""Agents drawn at a time, and number of draws, to find some with a given processing cost."""


def agents_at_cost(
    problem: LearningProblem,
    cost: float,
    agents: int,
    generator: torch.Generator,
) -> Traits:
    """Draw agents of different supertypes that all have one processing cost.

    Location and scale of the skill Gaussian and the skill are drawn as in training. The KL weight
    is the one that gives the cost; agents that would need one outside the prior are dropped.

    Args:
        problem: The learning problem, which draws supertypes.
        cost: Processing cost lambda, in units of the reference payoff.
        agents: Number of agents.
        generator: Source of all randomness.

    Returns:
        One agent in each market: traits of shape (agents, 1).

    Raises:
        SatisficeError: The prior has hardly any agent with that cost.
    """
    low, high = problem.space.range_of(BETA.name)
    found: list[Traits] = []
    for _ in range(MOST_BATCHES):
        drawn = problem.draw_supertypes(CANDIDATES, generator)
        skill = drawn.skill_quantiles(torch.rand((CANDIDATES, 1), generator=generator))
        weight = weight_at(cost, skill.clamp(max=1.0 - 1e-12))
        kept = ((weight >= low) & (weight <= high)).squeeze(1)
        values = {name: each[kept] for name, each in {**drawn.values, BETA.name: weight}.items()}
        found.append(Traits.with_skill(replace(drawn, values=values), skill[kept]))
        if sum(len(part.skill) for part in found) >= agents:
            break
    else:
        raise SatisficeError(
            f"processing cost {cost:g}",
            "hardly any agent of the prior has it.",
            f"Compare at costs well below {high:g}, or widen the prior.",
        )
    first = Traits.joined(found).rows(slice(agents))
    return replace(first, processing_cost=torch.full_like(first.skill, cost))


@dataclass(frozen=True)
class Comparison:
    """Learnt policies and the closed form at one processing cost of one treatment.

    The states are yesterday's actions, each once, in the order of the grid.

    Attributes:
        cost: Processing cost lambda, in units of the reference payoff.
        action_values: Shape (actions,), in natural units.
        payoffs: Shape (actions,), expected payoff of each action.
        prior: Shape (states, actions), prior belief.
        learnt: Shape (agents, states, actions), probabilities.
        exact: Shape (states, actions), q exp(u / lambda) / Z.
    """

    cost: float
    action_values: np.ndarray
    payoffs: np.ndarray
    prior: np.ndarray
    learnt: np.ndarray
    exact: np.ndarray

    @property
    def total_variation(self) -> np.ndarray:
        """Total variation between learnt and exact policies, shape (agents, states)."""
        return total_variation(self.learnt, self.exact)

    def measures(self) -> dict[str, float]:
        """A row of the table; means are over agents and states.

        The closed form has the largest net payoff, and a policy's loss against it is
        lambda KL(policy || closed form). So the divergence is exact even where both probabilities
        vanish.
        """
        distance = self.total_variation
        found = {
            "total_variation_mean": float(distance.mean()),
            "total_variation_max": float(distance.max()),
        }
        for name, policy in (("learnt", self.learnt), ("exact", self.exact)):
            divergence = rel_entr(policy, self.prior).sum(-1).mean()
            payoff = (policy @ self.payoffs).mean()
            found |= {
                f"mean_action_{name}": float((policy @ self.action_values).mean()),
                f"payoff_{name}": float(payoff),
                f"divergence_from_prior_{name}": float(divergence),
                f"net_payoff_{name}": float(payoff - self.cost * divergence),
            }
        missed = found["net_payoff_exact"] - found["net_payoff_learnt"]
        return {**found, "divergence_from_exact": max(missed / self.cost, 0.0)}


def compare(population: Population, treatment: str, cost: float, traits: Traits) -> Comparison:
    """Compare a learnt policy with the closed form, agent by agent and state by state.

    Args:
        population: The game, the policy and its prior belief; each market has one agent.
        treatment: Name of the treatment.
        cost: The agents' processing cost, above zero.
        traits: Agents that have this cost, shape (agents, 1).
    """
    game = population.game
    assert isinstance(game, StageGame)  # Only stage games have payoffs of one round.
    actions = game.action_values.numel()
    # With as many markets as actions, every action is a state once.
    state = game.start(treatment, actions)
    yesterday = game.observe(treatment, state, population.information).previous_action[:, 0]
    in_order = yesterday.argsort()
    log_learnt = []
    with torch.inference_mode():
        for agent in range(len(traits.skill)):
            same = traits.rows([agent] * actions)
            choice = population.decide(treatment, state, same)
            log_learnt.append(choice.log_policy[in_order, 0].double().numpy())
    log_prior = choice.log_prior[in_order, 0].double().numpy()
    prior = log_softmax(log_prior, axis=-1)
    payoffs = game.expected_payoffs(treatment, np.full(actions, 1.0 / actions))
    return Comparison(
        cost=cost,
        action_values=game.action_values.double().numpy(),
        payoffs=payoffs,
        prior=np.exp(prior),
        # In single precision, probabilities sum only nearly to one.
        learnt=np.exp(log_softmax(np.stack(log_learnt), axis=-1)),
        exact=respond(payoffs, np.array([cost]), prior),
    )
