"""Plays a batch of markets with the shared policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from satisfice.behaviour.policy import PolicyNetwork, Traits, network_inputs, tilted
from satisfice.behaviour.prior_beliefs import PriorBelief
from satisfice.games.base import Game


def is_memoryless(belief: PriorBelief, information: str) -> bool:
    """Whether agents decide in the same way in every round."""
    return information == "none" and belief.kernel is None


@dataclass(frozen=True)
class Population:
    """Agents that can play: a game, a shared policy and what it is conditioned on.

    Attributes:
        game: The game.
        policy: The shared policy.
        belief: The agents' prior belief.
        information: What the agents observe, a key of ``game.information``.
    """

    game: Game
    policy: PolicyNetwork
    belief: PriorBelief
    information: str

    @property
    def memoryless(self) -> bool:
        """Whether agents decide in the same way in every round."""
        return is_memoryless(self.belief, self.information)

    def decide(self, treatment: str, state: Any, traits: Traits) -> Choice:
        """Return the policies of all agents in one round."""
        observation = self.game.observe(treatment, state, self.information)
        inputs = network_inputs(traits, self.game.treatment_features(treatment), observation)
        log_prior = self.belief.log_probabilities(observation)
        tilt = self.policy(inputs, traits.processing_cost)
        return Choice(inputs, log_prior, tilt, tilted(log_prior, tilt))


@dataclass(frozen=True)
class Choice:
    """One round's policies; every tensor starts with (markets, agents)."""

    inputs: Tensor
    log_prior: Tensor
    tilt: Tensor
    log_policy: Tensor


@dataclass(frozen=True)
class Decisions:
    """Decisions of a batch of markets; every tensor starts with (rounds, markets, agents).

    Attributes:
        inputs: Inputs of the policy network, shape (..., inputs).
        processing_cost: Lambda of the deciding agent.
        log_prior: Prior belief, shape (..., actions).
        tilt: The policy's departure from the prior belief, shape (..., actions).
        log_policy: Policy that played, shape (..., actions).
        action: Index of the action played.
        payoff: Normalised payoff of the round.
        foregone: Normalised payoff of every action, shape (..., actions).
        divergence: KL(policy || prior belief) at the decision, in nats.
    """

    inputs: Tensor
    processing_cost: Tensor
    log_prior: Tensor
    tilt: Tensor
    log_policy: Tensor
    action: Tensor
    payoff: Tensor
    foregone: Tensor
    divergence: Tensor

    @property
    def net_payoff(self) -> Tensor:
        """Payoff minus the processing cost of the round."""
        return self.payoff - self.processing_cost * self.divergence


def sample_actions(log_policy: Tensor, uniforms: Tensor) -> Tensor:
    """Draw actions by inversion, so that given uniforms always give the same actions.

    Args:
        log_policy: Shape (..., actions).
        uniforms: Shape (...), numbers in [0, 1).

    Returns:
        Shape (...), indices of actions.
    """
    cumulative = log_policy.exp().cumsum_(-1)
    # Scaling by the total keeps rounding errors of the sum from selecting a last action of
    # probability zero.
    threshold = (uniforms * cumulative[..., -1]).unsqueeze(-1)
    return (cumulative <= threshold).sum(-1).clamp_(max=log_policy.shape[-1] - 1)


@torch.no_grad()
def play(
    population: Population,
    treatment: str,
    traits: Traits,
    rounds: int,
    generator: torch.Generator,
) -> Decisions:
    """Play ``rounds`` rounds and keep all that learning needs of every decision.

    Args:
        population: Who plays.
        treatment: Name of the treatment.
        traits: One row for each agent of each market.
        rounds: Number of rounds.
        generator: Source of the actions' randomness.
    """
    game = population.game
    state = game.start(treatment, len(traits.skill))
    rows: list[tuple[Tensor, ...]] = []
    for _ in range(rounds):
        choice = population.decide(treatment, state, traits)
        uniforms = torch.rand(traits.skill.shape, generator=generator)
        action = sample_actions(choice.log_policy, uniforms)
        divergence = (choice.log_policy.exp() * (choice.log_policy - choice.log_prior)).sum(-1)
        foregone = game.foregone_payoffs(treatment, state, action)
        state, payoff = game.step(treatment, state, action)
        rows.append((*vars(choice).values(), action, payoff, foregone, divergence))
    columns = [torch.stack(column) for column in zip(*rows, strict=True)]
    inputs, *others = columns
    return Decisions(inputs, traits.processing_cost.expand(rounds, -1, -1), *others)


@torch.inference_mode()
def play_actions(
    population: Population,
    treatment: str,
    traits: Traits,
    uniforms: Callable[[int], Tensor],
) -> Tensor:
    """Play a whole game and keep only the actions.

    Args:
        population: Who plays.
        treatment: Name of the treatment.
        traits: One row for each agent of each market.
        uniforms: Gives for each round (from 0) numbers in [0, 1) of shape (markets, agents).

    Returns:
        Shape (markets, agents, rounds), indices of actions.
    """
    game = population.game
    state = game.start(treatment, len(traits.skill))
    choice: Choice | None = None
    played = []
    for step in range(game.rounds):
        if choice is None or not population.memoryless:
            choice = population.decide(treatment, state, traits)
        action = sample_actions(choice.log_policy, uniforms(step))
        state, _ = game.step(treatment, state, action)
        played.append(action)
    return torch.stack(played, -1)
