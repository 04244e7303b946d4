"""KL-bounded clipped policy gradient for stage games, with one policy for all supertypes.

Each agent maximises the discounted sum over rounds of payoff - lambda KL(policy || prior
belief). The KL cost is part of the return, so an agent anticipates its future processing
cost. Rational play is trained in the same way with lambda = 0.

One iteration: draw supertypes from the prior and skills from them, play, then maximise

    sum_a pi(a) advantage(a), clipped as in PPO,  -  lambda KL(pi || prior belief)

(PPO: Schulman et al. 2017). The advantage of an action is its payoff against the others' actions
(its foregone payoff) plus what would have followed: the same agent's later payoffs and processing
costs, if this action had been its habit. The sum over all actions in each round, instead of the
played path, makes it the expected policy gradient (Ciosek and Whiteson 2020): the same gradient
without the noise of the agent's own choices, and without a critic. The others' play is held fixed.
That is exact if the others do not observe the agent; otherwise agents do not try to influence the
others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from satisfice.devices import uniform_numbers
from satisfice.games.base import Game
from satisfice.learning.problem import Improvement, LearningProblem
from satisfice.learning.rollout import Decisions, Population, divergence_from, play
from satisfice.learning.settings import LearningSettings
from satisfice.population.beliefs import PriorBelief
from satisfice.population.policy import Policy, Traits, entropy, exponential, tilted

LARGEST_NORM = 1.0
"""Largest norm of a network's gradient."""


@dataclass(frozen=True)
class Batch:
    """Decisions of all treatments in one flat list, with the values of all actions.

    Attributes:
        inputs: Shape (decisions, inputs).
        processing_cost: Shape (decisions,).
        log_prior: Shape (decisions, actions).
        log_policy: Shape (decisions, actions), the policy that played.
        probability: Shape (decisions, actions), the same, not in logarithms.
        worth: Shape (decisions, actions), foregone payoff plus what follows from each action.
    """

    inputs: Tensor
    processing_cost: Tensor
    log_prior: Tensor
    log_policy: Tensor
    probability: Tensor
    worth: Tensor

    def select(self, rows: slice) -> Batch:
        """Return the given decisions."""
        return Batch(*(column[rows] for column in vars(self).values()))


def improve(
    problem: LearningProblem,
    settings: LearningSettings,
    policy: nn.Module,
    optimiser: torch.optim.Optimizer,
    generator: torch.Generator,
    *,
    others: Policy | None = None,
) -> Improvement:
    """Play every treatment of a stage game once and pass once over the decisions.

    The policy is changed in place. With ``others`` the market is that of the others, and the
    policy's agents do not affect it.
    """
    played = play_all_treatments(problem, settings, others or policy, generator)
    if others is not None:
        played = [as_if(part, policy) for part in played]
    batch = join([with_worth(part, problem, settings) for part in played])
    change = update(policy, optimiser, batch, settings)
    return Improvement(
        decisions=len(batch.inputs),
        payoff=mean_over(played, lambda part: part.payoff),
        net_payoff=mean_over(played, lambda part: part.net_payoff),
        divergence=mean_over(played, lambda part: part.divergence),
        entropy=entropy(batch.log_policy[::16]).mean().item(),
        policy_change=change,
    )


@torch.no_grad()
def as_if(decisions: Decisions, policy: Policy) -> Decisions:
    """Decisions of another policy after the same observations and the same last actions.

    Payoffs are means over the policy's actions.
    """
    tilt = policy(decisions.inputs, decisions.processing_cost)
    log_policy = tilted(decisions.log_prior, tilt)
    probability = exponential(log_policy)
    return replace(
        decisions,
        tilt=tilt,
        log_policy=log_policy,
        probability=probability,
        payoff=(probability * decisions.foregone).sum(-1),
        divergence=divergence_from(decisions.log_prior, log_policy, probability),
    )


@torch.no_grad()
def return_along(decisions: Decisions, belief: PriorBelief, discount: float) -> Tensor:
    """Net return per round of the policy that decided, with the others' play held fixed.

    Shape (markets, agents), the expectation over the agent's own choices.
    """
    rounds = len(decisions.inputs)
    if not belief.remembers:
        weight = discount ** torch.arange(rounds).view(-1, 1, 1)
        return (weight * decisions.net_payoff).sum(0) / rounds
    worth = decisions.foregone[0] + discount * continuation(decisions, belief, discount)[0]
    earned = (decisions.probability[0] * worth).sum(-1)
    return (earned - decisions.processing_cost[0] * decisions.divergence[0]) / rounds


def mean_over(played: list[Decisions], column: Callable[[Decisions], Tensor]) -> float:
    """Mean of a column over the decisions of all treatments."""
    return torch.cat([column(part).flatten() for part in played]).mean().item()


def play_all_treatments(
    problem: LearningProblem,
    settings: LearningSettings,
    policy: Policy,
    generator: torch.Generator,
) -> list[Decisions]:
    """Play new markets of new supertypes in every treatment, together if the game can."""
    game, markets = problem.game, settings.markets

    def draw(agents: int) -> Traits:
        supertypes = problem.draw_supertypes(markets, generator)
        return Traits.draw(supertypes, uniform_numbers((markets, agents), generator))

    def played(game: Game, treatment: str, traits: Traits) -> Decisions:
        population = Population(game, policy, problem.belief, problem.information)
        draws = settings.chance_draws
        return play(population, treatment, traits, problem.rounds, generator, draws)

    treatments = game.training_treatments
    together = game.side_by_side(markets)
    if together is None:
        return [played(game, treatment, draw(agents)) for treatment, agents in treatments.items()]
    everybody = Traits.joined([draw(agents) for agents in treatments.values()])
    return [played(together, next(iter(treatments)), everybody)]


def join(batches: list[Batch]) -> Batch:
    """Put the decisions of several batches into one."""
    columns = zip(*(vars(batch).values() for batch in batches), strict=True)
    return Batch(*(torch.cat(column) for column in columns))


@torch.no_grad()
def with_worth(decisions: Decisions, problem: LearningProblem, settings: LearningSettings) -> Batch:
    """Add the worth of every action in every round."""
    worth = decisions.foregone
    if problem.belief.remembers:
        later = continuation(decisions, problem.belief, settings.discount)
        worth = worth + settings.discount * later
    known = [getattr(decisions, each.name) for each in fields(Batch)[:-1]]
    return Batch(*(column.flatten(0, 2) for column in (*known, worth)))


def continuation(decisions: Decisions, belief: PriorBelief, discount: float) -> Tensor:
    """Net payoff of all later rounds as a function of this round's action.

    Backwards over the rounds, with the policy pi(a | b) = q(a | b) exp(tilt(a)) / Z(b) given
    the habit b, and with the others' play held fixed:
    W(b) = sum_a pi(a | b) [payoff(a) + discount W_next(a)] - lambda KL(pi(. | b) || q(. | b)).
    Shape (rounds, markets, agents, actions); zero after the last round.
    """
    expected = belief.expectation(decisions.traits)
    following = torch.zeros_like(decisions.foregone)
    tilt = decisions.tilt - decisions.tilt.max(-1, keepdim=True).values
    odds = exponential(tilt)
    weighted, costs = odds * tilt, decisions.processing_cost.unsqueeze(-1)
    for now in reversed(range(1, len(following))):
        worth = decisions.foregone[now] + discount * following[now]
        total = expected(odds[now])
        divergence = expected(weighted[now]) / total - total.log()
        following[now - 1] = expected(odds[now] * worth) / total - costs[now] * divergence
    return following


def climb(policy: nn.Module, optimiser: torch.optim.Optimizer, objective: Tensor) -> None:
    """Take one ascent step with the clipped gradient, if there is a gradient."""
    optimiser.zero_grad()
    (-objective).backward()  # type: ignore[no-untyped-call]
    size = nn.utils.clip_grad_norm_(policy.parameters(), LARGEST_NORM)
    if torch.isfinite(size):
        optimiser.step()


def update(
    policy: nn.Module,
    optimiser: torch.optim.Optimizer,
    batch: Batch,
    settings: LearningSettings,
    step: Callable[[Any, torch.optim.Optimizer, Tensor], None] = climb,
) -> float:
    """Pass once over a batch; return KL(policy before || after) of the last update."""
    parts = min(settings.minibatches, len(batch.inputs))
    for part in range(parts):
        # Every n-th decision, so that each part has all treatments and rounds.
        rows = slice(part, None, parts)
        decided = batch.select(rows)
        objective, log_policy = clipped_objective(policy, decided, settings)
        step(policy, optimiser, objective)
    return policy_change(decided.log_policy, log_policy)


def clipped_objective(
    policy: Policy, batch: Batch, settings: LearningSettings
) -> tuple[Tensor, Tensor]:
    """PPO's clipped objective (Schulman et al. 2017, equations 7 and 9), over all actions.

    Also returns the policy's log-probabilities, without their gradient.
    """
    log_policy = tilted(batch.log_prior, policy(batch.inputs, batch.processing_cost))
    probability, old = exponential(log_policy), batch.probability
    advantage = batch.worth - (old * batch.worth).sum(-1, keepdim=True)
    # Probabilities instead of ratios, so that nothing overflows where the old one is zero.
    clipped = probability.clamp(old * (1 - settings.clip), old * (1 + settings.clip))
    gain = torch.minimum(probability * advantage, clipped * advantage).sum(-1)
    divergence = divergence_from(batch.log_prior, log_policy, probability)
    net = gain - batch.processing_cost * divergence
    if settings.entropy_bonus:
        net = net + settings.entropy_bonus * entropy(log_policy)
    return net.mean(), log_policy.detach()


def policy_change(before: Tensor, after: Tensor) -> float:
    """Mean KL(policy before || policy after) in nats, from log-probabilities (..., actions)."""
    return (exponential(before) * (before - after)).sum(-1).mean().item()
