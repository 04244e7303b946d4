"""KL-bounded pathwise policy gradient, with one policy for all supertypes.

An order today affects costs weeks later, so the payoff of a single round does not show its value.
But the game is differentiable along a played path, so the gradient of the whole return with
respect to the policy follows from the path itself (Heess et al. 2015, SVG(infinity)). It has far
less noise than a gradient from returns alone, and needs no critic.

Each market of a batch has one learner. It maximises its own objective, the discounted sum over
rounds of payoff - lambda KL(policy || prior belief), through its own actions only. The others
follow the same shared policy and react to the learner, but their weights are frozen. So the network
learns the equilibrium of a game and not a planner's optimum.

While learning, an action is spread evenly over its cell of the grid and drawn by inversion, so
that amounts are a continuous function of the policy (implicit reparametrisation, Figurnov et al.
2018). In play, actions lie on the grid.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from satisfice.games.base import Observation
from satisfice.learning.policy_gradient import climb, policy_change
from satisfice.learning.problem import Improvement, LearningProblem
from satisfice.learning.rollout import SMALLEST_UNIFORM, Chance, Choice, divergence_from
from satisfice.learning.settings import LearningSettings
from satisfice.population.policy import Policy, Traits, exponential, network_inputs, tilted

MEANS = ("payoff", "net_payoff", "divergence", "entropy")
"""Quantities that are averaged over decisions for the learning curves."""


@dataclass(frozen=True)
class LearnerFirst:
    """Orders the agents of each market so that its learner comes first.

    Attributes:
        order: Shape (markets, agents), the agents of each market, the learner first.
        back: Shape (markets, agents), position of each agent in that order.
    """

    order: Tensor
    back: Tensor

    @classmethod
    def rotating(cls, markets: int, agents: int) -> LearnerFirst:
        """Let every agent learn equally often."""
        order = (torch.arange(markets).unsqueeze(1) + torch.arange(agents)) % agents
        return cls(order, order.argsort(1))

    def arranged(self, values: Tensor) -> Tensor:
        """Put the learner first in values of shape (..., markets, agents)."""
        return values.gather(-1, self.order.expand_as(values))

    def observed(self, seen: Observation) -> Observation:
        """The same for observations."""
        rows = self.order.unsqueeze(-1).expand_as(seen.features)
        others = (self.arranged(seen.previous_action), self.arranged(seen.anchor))
        return Observation(seen.features.gather(1, rows), *others)


def improve(
    problem: LearningProblem,
    settings: LearningSettings,
    policy: nn.Module,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    *,
    others: Policy | None = None,
) -> Improvement:
    """Play every training treatment once and follow the gradient of the learners' returns.

    The policy is changed in place. Without ``others``, the other agents follow it, too.
    """
    others = others or frozen(policy)
    parts = [
        play_and_learn(problem, settings, policy, others, treatment, generator)
        for treatment in problem.game.training_treatments
    ]
    climb(policy, optimiser, torch.stack([part.objective for part in parts]).mean())
    played = sum(part.decisions for part in parts)
    means = torch.stack([part.means for part in parts]).mean(0).tolist()
    with torch.no_grad():  # of the last round
        now = [policy(part.last.inputs, part.processing_cost) for part in parts]
        changes = [
            policy_change(part.last.log_policy, tilted(part.last.log_prior, tilt))
            for part, tilt in zip(parts, now, strict=True)
        ]
    change = sum(changes) / len(changes)
    return Improvement(played, **dict(zip(MEANS, means, strict=True)), policy_change=change)


def frozen(policy: nn.Module) -> Policy:
    """A policy for the others: no gradient reaches its weights."""
    return deepcopy(policy).requires_grad_(False)


@dataclass(frozen=True)
class PlayedPath:
    """One treatment's play.

    Attributes:
        objective: The learners' mean return per round with its gradient; each learner's return
            has its own scale.
        means: Shape (4,), means over all decisions of the quantities ``MEANS``.
        decisions: Number of decisions played.
        last: The last round's choices, with the learner first.
        processing_cost: Shape (markets, agents), in that order.
    """

    objective: Tensor
    means: Tensor
    decisions: int
    last: Choice
    processing_cost: Tensor


def play_and_learn(
    problem: LearningProblem,
    settings: LearningSettings,
    policy: Policy,
    others: Policy,
    treatment: str,
    generator: torch.Generator,
) -> PlayedPath:
    """Play a batch of markets with its gradient; see the module's docstring."""
    game, markets = problem.game, settings.markets
    agents = game.training_treatments[treatment]
    supertypes = problem.draw_supertypes(markets, generator)
    chance = Chance.draw(game, agents, markets, problem.rounds, generator)
    first = LearnerFirst.rotating(markets, agents)
    traits = Traits.draw(supertypes, chance.skills).of_agents(first.arranged)
    cost, state = traits.processing_cost, game.start(treatment, markets)
    # Objectives are larger at high processing costs. Their scale does not change a learner's
    # optimum, so all are rescaled to have about the same weight in the network.
    share = 1.0 / (1.0 + cost[:, :1])
    weight, objective = 1.0 / problem.rounds, torch.zeros(())
    rows = []
    for uniforms, shocks in zip(first.arranged(chance.actions), chance.shocks, strict=True):
        observation = first.observed(game.observe(treatment, state, problem.information))
        choice = decide(problem, policy, others, treatment, observation, traits)
        probability = exponential(choice.log_policy)
        amounts = amounts_within_cells(probability, game.action_values, uniforms)
        state, paid = game.advance(treatment, state, amounts.gather(1, first.back), shocks)
        payoff = first.arranged(paid)
        earned = payoff.sum(1, keepdim=True).expand_as(payoff) if problem.team_reward else payoff
        thought = divergence_from(choice.log_prior, choice.log_policy, probability)
        net = earned - cost * thought
        objective = objective + weight * (share * net[:, :1]).mean()
        weight *= settings.discount
        uncertainty = -(probability.detach() * choice.log_policy.detach()).sum(-1)
        seen = (payoff, net, thought, uncertainty)
        rows.append(torch.stack([values.detach().mean() for values in seen]))
    return PlayedPath(
        objective, torch.stack(rows).mean(0), markets * agents * problem.rounds, choice, cost
    )


def decide(
    problem: LearningProblem,
    policy: Policy,
    others: Policy,
    treatment: str,
    observation: Observation,
    traits: Traits,
) -> Choice:
    """Policies of all agents; the learner comes first."""
    inputs = network_inputs(traits, problem.game.treatment_features(treatment), observation)
    cost = traits.processing_cost
    of_learner, of_others = policy(inputs[:, :1], cost[:, :1]), others(inputs[:, 1:], cost[:, 1:])
    tilt = torch.cat([of_learner, of_others], 1)
    log_prior = problem.belief.log_probabilities(observation, traits.named)
    return Choice(inputs, log_prior, tilt, tilted(log_prior, tilt))


def amounts_within_cells(probability: Tensor, grid: Tensor, uniforms: Tensor) -> Tensor:
    """Draw amounts that depend smoothly on the policy.

    The policy's probabilities, shape (..., actions), which need not sum to one, are spread evenly
    over cells around the values of an even grid; an amount is the inverse of that distribution
    function at a uniform number, both of shape (...). Its derivative with respect to the policy is
    exact.
    """
    upto = probability.cumsum(-1)
    # An action of negligible probability is not drawn, even by a uniform number of zero.
    threshold = uniforms.clamp(min=SMALLEST_UNIFORM) * upto[..., -1].detach()
    cell = (upto.detach() <= threshold.unsqueeze(-1)).sum(-1, keepdim=True)
    cell = cell.clamp(max=len(grid) - 1)
    here = probability.gather(-1, cell).squeeze(-1)
    before = upto.gather(-1, cell).squeeze(-1) - here
    share = (threshold - before) / here.clamp(min=1e-12)
    amounts = grid[cell.squeeze(-1)] + (share - 0.5) * (grid[1] - grid[0])
    return amounts.clamp(grid[0], grid[-1])
