"""Learning by the same agents in all markets: one shared policy, or one for each agent.

Both ways play the same game with the same prior beliefs and maximise the same objective,
:func:`satisfice.learning.policy_gradient.clipped_objective`, with networks of the same shape.
A shared policy learns from the decisions of all agents; an individual policy learns from its own
agent's decisions only.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from experiments.sharing.policy_stack import PolicyStack, climb_each
from satisfice.devices import seeded
from satisfice.games.base import StageGame
from satisfice.learning import policy_gradient
from satisfice.learning.policy_gradient import Batch
from satisfice.learning.problem import CurvePoint, Improvement, LearningProblem
from satisfice.learning.rollout import Choice, Population, sample_actions
from satisfice.learning.settings import LearningSettings
from satisfice.learning.training import train
from satisfice.population.beliefs import PriorBelief
from satisfice.population.policy import Policy, PolicyNetwork, Traits, entropy, exponential
from satisfice.population.supertypes import Supertypes, middle_quantiles

PIECE = 1000
"""Decisions whose foregone payoffs are computed at a time."""


@dataclass(frozen=True)
class FixedAgents:
    """The agents of one market, whose skills are the n middle quantiles of a supertype.

    Attributes:
        game: A stage game with one treatment, whose agents are memoryless.
        belief: The agents' prior belief, which is state-free.
        theta: Shape (3,), the supertype in :data:`SKILL_SPACE`.
    """

    game: StageGame
    belief: PriorBelief
    theta: np.ndarray

    @property
    def treatment(self) -> str:
        """Name of the treatment."""
        (treatment,) = self.game.treatments
        return treatment

    @property
    def number(self) -> int:
        """Number of agents."""
        return self.game.treatments[self.treatment]

    @property
    def processing_cost(self) -> np.ndarray:
        """Lambda of each agent, shape (agents,), float64."""
        return self.traits(1).processing_cost[0].double().numpy()

    def traits(self, markets: int) -> Traits:
        """Return the same agents for each of several markets."""
        levels = middle_quantiles(self.number)
        return Traits.draw(self._supertypes(markets), levels.expand(markets, -1))

    def problem(self) -> LearningProblem:
        """Return the learning problem."""
        return LearningProblem(
            self.game, self.belief, "none", lambda number, _: self._supertypes(number)
        )

    def decide(self, policy: Policy) -> Choice:
        """Return each agent's choice under a policy, as tensors of shape (agents, ...)."""
        population = Population(self.game, policy, self.belief, "none")
        state = self.game.start(self.treatment, 1)
        chosen = population.decide(self.treatment, state, self.traits(1))
        return Choice(*(column[0] for column in vars(chosen).values()))

    @torch.no_grad()
    def policies(self, policy: Policy) -> np.ndarray:
        """Action probabilities of each agent under a policy, shape (agents, actions), float64."""
        return self.decide(policy).log_policy.double().softmax(-1).numpy()

    def _supertypes(self, number: int) -> Supertypes:
        return Supertypes.from_array(np.tile(self.theta, (number, 1)))


def learn_shared(
    agents: FixedAgents,
    settings: LearningSettings,
    report: Callable[[CurvePoint, Policy], None] = lambda point, policy: None,
) -> PolicyNetwork:
    """Train one policy for all agents, with each agent's skill as input.

    An iteration has ``settings.markets`` decisions of each agent, and the one network learns from
    all of them.

    Args:
        agents: The agents and their game.
        settings: Arguments of the algorithm.
        report: Called with each row of the learning curves and the running average so far.

    Returns:
        The network with the running average of the weights.
    """
    with seeded(settings.seed):
        policy = PolicyNetwork(agents.problem().policy_shape(settings))
    generator = torch.Generator().manual_seed(settings.seed)

    def improve(optimiser: torch.optim.Optimizer) -> Improvement:
        batch, found = play(agents, policy, settings, generator)
        change = policy_gradient.update(policy, optimiser, batch, settings)
        return replace(found, policy_change=change)

    return train(policy, improve, settings, report)


def learn_individually(
    agents: FixedAgents,
    settings: LearningSettings,
    report: Callable[[CurvePoint, Policy], None] = lambda point, policy: None,
) -> PolicyStack:
    """Train one policy for each agent, all at the same time.

    An iteration has as many decisions as with :func:`learn_shared`, but each network learns only
    from the ``settings.markets`` decisions of its own agent.

    Args:
        agents: The agents and their game.
        settings: Arguments of the algorithm.
        report: Called with each row of the learning curves and the running average so far.

    Returns:
        The networks with the running averages of their weights.
    """
    with seeded(settings.seed):
        shape = agents.problem().policy_shape(settings)
        stack = PolicyStack([PolicyNetwork(shape) for _ in range(agents.number)])
    generator = torch.Generator().manual_seed(settings.seed)

    def improve(optimiser: torch.optim.Optimizer) -> Improvement:
        batch, found = play(agents, stack, settings, generator)
        change = policy_gradient.update(stack, optimiser, batch, settings, climb_each)
        return replace(found, policy_change=change)

    return train(stack, improve, settings, report)


@torch.no_grad()
def play(
    agents: FixedAgents, policy: Policy, settings: LearningSettings, generator: torch.Generator
) -> tuple[Batch, Improvement]:
    """Play one round in each of several markets.

    A memoryless agent decides in the same way in every market. So its decisions in the markets
    of a minibatch become one row, with the mean foregone payoff of each action.

    Returns:
        A batch of shape (minibatches, agents, ...), and its measures before the update.
    """
    choice = agents.decide(policy)
    cost = torch.from_numpy(agents.processing_cost).float()
    uniforms = torch.rand((settings.markets, agents.number), generator=generator)
    shocks = torch.rand((settings.markets, agents.game.shocks), generator=generator)
    parts = min(settings.minibatches, settings.markets)
    found = [
        value_actions(agents, choice.log_policy, uniforms[part::parts], shocks[part::parts])
        for part in range(parts)
    ]
    worth = torch.stack([each for each, _ in found])
    rows = (
        choice.inputs,
        cost,
        choice.log_prior,
        choice.log_policy,
        exponential(choice.log_policy),
    )
    batch = Batch(*[*(row.expand(parts, *row.shape) for row in rows), worth])
    payoff = sum(total for _, total in found) / uniforms.numel()
    before = Improvement(
        decisions=uniforms.numel(),
        payoff=payoff,
        net_payoff=payoff - (cost * choice.divergence).mean().item(),
        divergence=choice.divergence.mean().item(),
        entropy=entropy(choice.log_policy).mean().item(),
        policy_change=0.0,
    )
    return batch, before


def value_actions(
    agents: FixedAgents, log_policy: Tensor, uniforms: Tensor, shocks: Tensor
) -> tuple[Tensor, float]:
    """Play one round in each of several markets.

    Args:
        agents: The agents.
        log_policy: Shape (agents, actions), each agent's policy in every market.
        uniforms: Shape (markets, agents), numbers in [0, 1).
        shocks: Shape (markets, shocks), numbers in [0, 1).

    Returns:
        Mean foregone payoff of each agent's actions, shape (agents, actions), and the sum of all
        payoffs.
    """
    total, earned = torch.zeros_like(log_policy), 0.0
    # In pieces small enough to stay in the processor's cache.
    markets = max(1, PIECE // agents.number)
    for numbers, chance in zip(
        torch.split(uniforms, markets), torch.split(shocks, markets), strict=True
    ):
        state = agents.game.start(agents.treatment, len(numbers))
        action = sample_actions(log_policy, numbers)
        foregone = agents.game.foregone_payoffs(agents.treatment, state, action, chance)
        total += foregone.sum(0)
        earned += foregone.gather(-1, action.unsqueeze(-1)).sum().item()
    return total / len(uniforms), earned
