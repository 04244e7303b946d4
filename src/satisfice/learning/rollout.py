"""Plays batches of markets with a shared policy or a rule of play."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from operator import itemgetter
from types import EllipsisType
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.devices import uniform_numbers
from satisfice.errors import SatisficeError
from satisfice.games.base import Game, Rule, StageGame
from satisfice.population.beliefs import Named, PriorBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import (
    SMALLEST_LOG,
    Policy,
    Traits,
    exponential,
    lasting_inputs,
    network_inputs,
    tilted,
)
from satisfice.population.supertypes import SKILL_SPACE, Supertypes

DECISIONS_AT_ONCE = 4096
"""Decisions of a round that are computed together. Probabilities of many more do not fit into the
processor's cache, and each decision takes longer. Experiments with people have fewer, so they are
computed at once; matrix products of different sizes round differently."""

Part = EllipsisType | tuple[slice, slice]
"""Selects all or some agents among (markets, agents)."""

Seat = tuple[Part, Tensor, Traits]
"""Agents that decide together: their selection, the inputs of every round, and their traits."""


def is_memoryless(belief: PriorBelief, information: str) -> bool:
    """Whether agents decide in the same way in every round."""
    return information == "none" and belief.state_free


@dataclass(frozen=True)
class Chance:
    """All random numbers of a batch of markets, in [0, 1).

    Attributes:
        skills: Shape (markets, agents).
        actions: Shape (rounds, markets, agents).
        shocks: Shape (rounds, markets, shocks), the game's own chance.
    """

    skills: Tensor
    actions: Tensor
    shocks: Tensor

    @classmethod
    def draw(
        cls, game: Game, agents: int, markets: int, rounds: int, generator: torch.Generator
    ) -> Chance:
        """Draw the numbers of ``rounds`` rounds."""
        skills = uniform_numbers((markets, agents), generator)
        actions = uniform_numbers((rounds, markets, agents), generator)
        shocks = uniform_numbers((rounds, markets, game.shocks), generator)
        return cls(skills, actions, shocks)


def divergence_from(log_prior: Tensor, log_policy: Tensor, probability: Tensor) -> Tensor:
    """KL(policy || prior belief) in nats; all of shape (..., actions)."""
    return (probability * (log_policy - log_prior)).sum(-1)


@dataclass(frozen=True)
class Choice:
    """One round's policies; every tensor starts with (markets, agents)."""

    inputs: Tensor
    log_prior: Tensor
    tilt: Tensor
    log_policy: Tensor

    @property
    def divergence(self) -> Tensor:
        """KL(policy || prior belief) in nats."""
        return divergence_from(self.log_prior, self.log_policy, exponential(self.log_policy))


@dataclass(frozen=True)
class Population:
    """Agents that can play a game.

    Attributes:
        game: The game.
        policy: The policy, usually a network that all agents share.
        belief: The agents' prior belief.
        information: What the agents observe, a key of ``game.information``.
        space: The parameters of the supertypes that the policy was trained for.
    """

    game: Game
    policy: Policy
    belief: PriorBelief
    information: str
    space: ParameterSpace = SKILL_SPACE

    def supertypes(self, theta: np.ndarray) -> Supertypes:
        """The supertypes of theta, shape (..., columns of the space)."""
        return Supertypes.from_array(theta, self.space)

    @property
    def memoryless(self) -> bool:
        """Whether agents decide in the same way in every round."""
        return is_memoryless(self.belief, self.information)

    def decide(self, treatment: str, state: Any, traits: Traits) -> Choice:
        """Return the policies of all agents in one round.

        Raises:
            SatisficeError: Probabilities are not finite. Draws from them would silently be the
                first action.
        """
        observation = self.game.observe(treatment, state, self.information)
        inputs = network_inputs(traits, self.game.treatment_features(treatment), observation)
        tilt = self.policy(inputs, traits.processing_cost)
        log_prior = self.belief.log_probabilities(observation, traits.named)
        log_policy = tilted(log_prior, tilt)
        _refuse_unless_finite(log_policy)
        return Choice(inputs, log_prior, tilt, log_policy)

    def cumulative_policies(
        self, treatment: str, state: Any, seats: Sequence[Seat]
    ) -> Iterator[Tensor]:
        """Compute only the policies from which agents draw in one round.

        Yields:
            For each seat odds summed over actions, shape (..., actions).
        """
        everything = self.game.observe(treatment, state, self.information)
        for part, lasting, traits in seats:
            seen = everything[part]
            tilt = self.policy(torch.cat([lasting, seen.features], -1), traits.processing_cost)
            logits = self.belief.log_probabilities(seen, traits.named) + tilt
            # Drawing needs the odds of :func:`tilted`'s policy, not its probabilities. They are
            # computed in place, in memory that is still in the cache.
            cumulative = cumulated(logits.sub_(logits.amax(-1, keepdim=True)))
            # A NaN stays in every later sum.
            _refuse_unless_finite(cumulative[..., -1])
            yield cumulative


def _refuse_unless_finite(values: Tensor) -> None:
    # The sum is finite only if all values are.
    if not math.isfinite(values.sum().item()):
        remedy = "Train it again, with a lower learning_rate or another seed."
        raise SatisficeError("policy", "its probabilities are not finite.", remedy)


@dataclass(frozen=True)
class Decisions:
    """Decisions of a batch of markets. Tensors but the traits have the shape (rounds, markets,
    agents), plus the axes that the attribute names.

    Attributes:
        traits: Inputs of the prior belief, shape (markets, agents) each.
        inputs: Inputs of the policy network, shape (..., inputs).
        processing_cost: Lambda of the agent.
        log_prior: Prior belief, shape (..., actions).
        tilt: The policy's departure from the prior belief, shape (..., actions).
        log_policy: Policy that played, shape (..., actions).
        probability: The same, not in logarithms.
        action: Index of the action played.
        payoff: Normalised payoff of the round.
        foregone: Normalised payoff of every action, shape (..., actions).
        divergence: KL(policy || prior belief) at the decision, in nats.
    """

    traits: Named
    inputs: Tensor
    processing_cost: Tensor
    log_prior: Tensor
    tilt: Tensor
    log_policy: Tensor
    probability: Tensor
    action: Tensor
    payoff: Tensor
    foregone: Tensor
    divergence: Tensor

    @property
    def net_payoff(self) -> Tensor:
        """Payoff minus the processing cost of the round."""
        return self.payoff - self.processing_cost * self.divergence


SMALLEST_UNIFORM = 1e-30
"""Far above the sum of all actions of ``SMALLEST_LOG``, far below any positive random number."""


def cumulated(log_policy: Tensor) -> Tensor:
    """Turn log-probabilities or log-odds, (..., actions), into cumulative sums, in place."""
    return log_policy.clamp_(min=SMALLEST_LOG).exp_().cumsum_(-1)


def draw_actions(cumulative: Tensor, uniforms: Tensor) -> Tensor:
    """Draw indices of actions by inversion: the same uniforms always give the same actions.

    Shapes are (..., actions), from :func:`cumulated`, and (...).
    """
    # Scaling by the total prevents rounding errors from selecting a last action of
    # probability zero.
    threshold = uniforms.clamp(min=SMALLEST_UNIFORM) * cumulative[..., -1]
    ladders = cumulative.expand(*uniforms.shape, -1).contiguous()
    drawn = torch.searchsorted(ladders, threshold.unsqueeze(-1), right=True).squeeze(-1)
    return drawn.clamp_(max=cumulative.shape[-1] - 1)


def sample_actions(log_policy: Tensor, uniforms: Tensor) -> Tensor:
    """Draw actions from policies of shape (..., actions); see :func:`draw_actions`."""
    return draw_actions(cumulated(log_policy.clone()), uniforms)


@dataclass(frozen=True)
class Round:
    """One round of play.

    Attributes:
        before: State in which the agents decided.
        choice: Their policies.
        action: Shape (markets, agents), indices.
        payoff: Shape (markets, agents), normalised.
        after: The state that followed.
    """

    before: Any
    choice: Choice
    action: Tensor
    payoff: Tensor
    after: Any


def rounds_of_play(
    population: Population, treatment: str, traits: Traits, chance: Chance
) -> Iterator[Round]:
    """Play a game with given random numbers, round by round."""
    game = population.game
    state = game.start(treatment, len(traits.skill))
    choice: Choice | None = None
    for uniforms, shocks in zip(chance.actions, chance.shocks, strict=True):
        if choice is None or not population.memoryless:
            choice = population.decide(treatment, state, traits)
        action = sample_actions(choice.log_policy, uniforms)
        after, payoff = game.step(treatment, state, action, shocks)
        yield Round(state, choice, action, payoff, after)
        state = after


def mean_foregone_payoffs(
    game: StageGame, treatment: str, state: Any, actions: Tensor, shocks: Tensor, draws: int
) -> Tensor:
    """Foregone payoffs, averaged over other possible shocks.

    The played shocks are shifted by equal steps around [0, 1), so that every draw is equally likely
    and the draws are spread evenly (systematic sampling; Cranley and Patterson 1976). The mean is
    unbiased. If a game has one shock, its error falls faster than one over the root of the number
    of draws, which includes the played one.
    """
    total = game.foregone_payoffs(treatment, state, actions, shocks)
    for draw in range(1, draws):
        shifted = (shocks + draw / draws) % 1.0
        total = total + game.foregone_payoffs(treatment, state, actions, shifted)
    return total / draws


@torch.no_grad()
def play(
    population: Population,
    treatment: str,
    traits: Traits,
    rounds: int,
    generator: torch.Generator,
    chance_draws: int = 1,
) -> Decisions:
    """Play ``rounds`` rounds of a stage game and keep all that learning needs.

    For ``chance_draws`` see :func:`mean_foregone_payoffs`.
    """
    game = population.game
    assert isinstance(game, StageGame)  # A dynamic game has no foregone payoffs.
    markets = len(traits.skill)
    state = game.start(treatment, markets)
    rows: list[tuple[Tensor, ...]] = []
    for _ in range(rounds):
        choice = population.decide(treatment, state, traits)
        uniforms = uniform_numbers(traits.skill.shape, generator)
        shocks = uniform_numbers((markets, game.shocks), generator)
        action = sample_actions(choice.log_policy, uniforms)
        foregone = mean_foregone_payoffs(game, treatment, state, action, shocks, chance_draws)
        state, payoff = game.step(treatment, state, action, shocks)
        probability = exponential(choice.log_policy)
        divergence = divergence_from(choice.log_prior, choice.log_policy, probability)
        rows.append((*vars(choice).values(), probability, action, payoff, foregone, divergence))
    inputs, *others = (torch.stack(column) for column in zip(*rows, strict=True))
    cost = traits.processing_cost.expand(rounds, -1, -1)
    return Decisions(traits.named, inputs, cost, *others)


@torch.inference_mode()
def play_outcomes(
    population: Population, treatment: str, traits: Traits, chance: Chance
) -> dict[str, Tensor]:
    """Play a whole game and keep only its record.

    Returns:
        For each name in ``game.recorded`` values of shape (markets, agents, rounds).
    """
    inputs = lasting_inputs(traits, population.game.treatment_features(treatment))
    # Memoryless agents draw from the same policies in all rounds.
    once, lasting = population.memoryless, list[Tensor]()
    parts = (...,) if once else parts_of(*traits.skill.shape)
    seats = [(part, inputs[part], traits.of_agents(itemgetter(part))) for part in parts]

    def draw(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
        cumulative = lasting or population.cumulative_policies(treatment, state, seats)
        if once and not lasting:
            cumulative = lasting[:] = list(cumulative)
        actions = torch.empty(uniforms.shape, dtype=torch.long)
        for part, each in zip(parts, cumulative, strict=True):
            actions[part] = draw_actions(each, uniforms[part])
        return actions

    return play_rule(population.game, draw, treatment, chance)


@torch.inference_mode()
def play_rule(game: Game, rule: Rule, treatment: str, chance: Chance) -> dict[str, Tensor]:
    """Play a whole game by a rule; see :func:`play_outcomes`."""
    state, outcomes = game.start(treatment, len(chance.skills)), []
    for uniforms, shocks in zip(chance.actions, chance.shocks, strict=True):
        action = rule(treatment, state, uniforms)
        after = game.next_state(treatment, state, action, shocks)
        outcomes.append(game.outcomes(state, action, after))
        state = after
    return {name: torch.stack([each[name] for each in outcomes], -1) for name in outcomes[0]}


def parts_of(markets: int, agents: int, most: int = DECISIONS_AT_ONCE) -> tuple[Part, ...]:
    """Cut (markets, agents) into parts of at most ``most`` agents.

    Parts are whole markets, or pieces of a large market.
    """
    if markets * agents <= most:
        return (...,)

    def cuts(length: int, most: int) -> list[slice]:
        return [slice(start, start + most) for start in range(0, length, most)]

    return tuple(product(cuts(markets, max(1, most // agents)), cuts(agents, most)))
