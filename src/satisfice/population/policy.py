"""One policy network, shared by all agents and conditioned on skill and supertype.

The policy has the form of the KL-regularised optimum, q(a) exp(f(a) / lambda) / Z: the network
learns a payoff-like score f, smooth in the action, and the processing cost lambda sets its weight.
If lambda is large, the policy is the prior belief by construction; if it is small, the score
determines behaviour.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from satisfice.games.base import Observation
from satisfice.population.beliefs import Named
from satisfice.population.supertypes import FEATURE_QUANTILES, Supertypes, standardised_cost

Policy = Callable[[Tensor, Tensor], Tensor]
"""Maps a network's inputs, shape (markets, agents, inputs), and processing costs, shape (markets,
agents), to tilts, shape (markets, agents, actions)."""


@dataclass(frozen=True)
class PolicyShape:
    """Everything needed to rebuild a policy network.

    Attributes:
        actions: Number of actions.
        treatment_features: Number of features that describe a treatment.
        observation_features: Number of features that an agent observes.
        hidden: Width of the two hidden layers.
        action_basis: Number of smooth functions of the action that make up the score.
        smallest_cost: Lower bound of the processing cost in the policy, in reference payoffs.
        groups: Number of supertypes in a market: 1, or one for each role.
        belief_traits: Number of parameters of the prior belief in which agents or populations
            differ.
        bands: Number of equal skill bands with a network each; 1 if all skills share one.
    """

    actions: int
    treatment_features: int
    observation_features: int
    hidden: int = 128
    action_basis: int = 16
    smallest_cost: float = 0.001
    groups: int = 1
    belief_traits: int = 0
    bands: int = 1


@dataclass(frozen=True)
class Traits:
    """Traits of agents: one row for each agent of each market.

    Attributes:
        skill: Shape (markets, agents).
        processing_cost: Shape (markets, agents), lambda.
        population: Shape (markets, groups features), features of the supertypes.
        of_belief: Traits that the prior belief gets as input, by name, shape (markets, agents)
            each, in their own units.
        scaled: The same on the scale of the network, in order.
    """

    skill: Tensor
    processing_cost: Tensor
    population: Tensor
    of_belief: Named = field(default_factory=dict)
    scaled: tuple[Tensor, ...] = ()

    @cached_property
    def features(self) -> Tensor:
        """Inputs of a network about an agent in every round, shape (markets, agents, features).

        The result is cached, so traits that have played under ``inference_mode`` cannot be used
        for learning any more.
        """
        own = (self.skill * 2.0 - 1.0, standardised_cost(self.processing_cost), *self.scaled)
        population = self.population.unsqueeze(1).expand(-1, self.skill.shape[1], -1)
        return torch.cat([torch.stack(own, -1), population], -1)

    @property
    def named(self) -> Named:
        """Traits that a prior belief may get as input."""
        return {"skill": self.skill, **self.of_belief}

    def rows(self, which: Any) -> Traits:
        """The agents of some markets, in the given order."""
        chosen = self.of_agents(lambda trait: trait[which])
        return replace(chosen, population=self.population[which])

    def of_agents(self, change: Callable[[Tensor], Tensor]) -> Traits:
        """Apply the same change to every trait of shape (markets, agents)."""
        return replace(
            self,
            skill=change(self.skill),
            processing_cost=change(self.processing_cost),
            of_belief={name: change(trait) for name, trait in self.of_belief.items()},
            scaled=tuple(change(trait) for trait in self.scaled),
        )

    @classmethod
    def draw(cls, supertypes: Supertypes, uniforms: Tensor) -> Traits:
        """Draw each agent's skill from its market's supertype, by uniform numbers.

        They have the shape (markets, agents).
        """
        return cls.with_skill(supertypes, supertypes.skill_quantiles(uniforms))

    @classmethod
    def with_skill(cls, supertypes: Supertypes, skill: Tensor) -> Traits:
        """Agents of given skills, shape (markets, agents), in the markets of the supertypes."""
        return cls(
            skill,
            supertypes.processing_costs(skill),
            supertypes.features(),
            {name: each.expand_as(skill) for name, each in supertypes.of_belief.items()},
            tuple(each.expand_as(skill) for each in supertypes.belief_features()),
        )

    @classmethod
    def joined(cls, parts: Sequence[Traits]) -> Traits:
        """Put the markets of several batches into one."""
        names = parts[0].of_belief
        return cls(
            torch.cat([part.skill for part in parts]),
            torch.cat([part.processing_cost for part in parts]),
            torch.cat([part.population for part in parts]),
            {name: torch.cat([part.of_belief[name] for part in parts]) for name in names},
            tuple(torch.cat(each) for each in zip(*(part.scaled for part in parts), strict=True)),
        )


def smooth_action_basis(actions: int, size: int) -> Tensor:
    """Polynomials of the action that are orthonormal on the grid, shape (size, actions)."""
    grid = torch.linspace(-1.0, 1.0, actions, dtype=torch.float64)
    size = min(size, actions)
    powers = torch.special.chebyshev_polynomial_t(grid[:, None], torch.arange(size)[None, :])
    basis, _ = torch.linalg.qr(powers)
    return (basis * math.sqrt(actions)).T.float().contiguous()  # type: ignore[no-any-return]


class PolicyNetwork(nn.Module):
    """Maps traits, treatment and observation to a departure from the prior belief."""

    def __init__(self, shape: PolicyShape) -> None:
        super().__init__()
        self.shape = shape
        self.body = nn.Sequential(
            nn.Linear(input_size(shape), shape.hidden),
            nn.SiLU(),
            nn.Linear(shape.hidden, shape.hidden),
            nn.SiLU(),
        )
        # The constant function is left out, as it cancels in the softmax.
        basis = smooth_action_basis(shape.actions, shape.action_basis + 1)[1:]
        self.register_buffer("basis", basis, persistent=False)
        self.head = nn.Linear(shape.hidden, basis.shape[0])
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        """Return the tilt: the difference of each action's log-odds from the prior belief's.

        It is the score divided by the processing cost. Shapes: (..., inputs), from
        :func:`network_inputs`, (...), and (..., actions).
        """
        score = self.head(self.body(inputs)) @ self.basis
        cost = processing_cost + self.shape.smallest_cost
        return score.div_(cost.unsqueeze(-1))  # type: ignore[no-any-return]


class SeparatePolicies(PolicyNetwork):
    """Uses for each agent the network of its skill band.

    Skills from 0 to 1 are cut into equal bands. A network learns only from the decisions of its own
    band. Its inputs are those of a shared network.
    """

    def __init__(self, shape: PolicyShape) -> None:
        nn.Module.__init__(self)
        self.shape = shape
        self.networks = nn.ModuleList(
            PolicyNetwork(replace(shape, bands=1)) for _ in range(shape.bands)
        )

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        """See :meth:`PolicyNetwork.forward`."""
        skill = (inputs[..., 0] + 1.0) / 2.0
        band = (skill * self.shape.bands).long().clamp(0, self.shape.bands - 1)
        tilt = inputs.new_empty((*processing_cost.shape, self.shape.actions))
        for number, network in enumerate(self.networks):
            own = (band == number).nonzero(as_tuple=True)
            tilt = tilt.index_put(own, network(inputs[own], processing_cost[own]))
        return tilt


def new_policy(shape: PolicyShape) -> PolicyNetwork:
    """An untrained policy: one network for all skills, or one for each skill band."""
    return SeparatePolicies(shape) if shape.bands > 1 else PolicyNetwork(shape)


def tilted(log_prior: Tensor, tilt: Tensor) -> Tensor:
    """Log-probabilities of the policy q(a) exp(tilt(a)) / Z, shape (..., actions)."""
    return torch.log_softmax(log_prior + tilt, -1)


SMALLEST_LOG = -87.0
"""Smallest log-probability of an action. Smaller floats are denormal, and processors take ten times
as long for them and for exponentials that result in them."""


def exponential(logarithms: Tensor) -> Tensor:
    """Probabilities or odds from their logarithms."""
    return logarithms.clamp(min=SMALLEST_LOG).exp()


def entropy(log_policy: Tensor) -> Tensor:
    """Entropy of policies, shape (..., actions), in nats."""
    return -(exponential(log_policy) * log_policy).sum(-1)


def input_size(shape: PolicyShape) -> int:
    """Number of inputs of the policy network."""
    population = shape.groups * (len(FEATURE_QUANTILES) + shape.belief_traits)
    seen = shape.treatment_features + shape.observation_features
    return 2 + shape.belief_traits + population + seen


def network_inputs(traits: Traits, treatment: Tensor, observation: Observation) -> Tensor:
    """All inputs of a network, shape (markets, agents, inputs)."""
    return torch.cat([lasting_inputs(traits, treatment), observation.features], -1)


def lasting_inputs(traits: Traits, treatment: Tensor) -> Tensor:
    """The first inputs, which are the same in every round, shape (markets, agents, inputs)."""
    return torch.cat([traits.features, treatment.expand(*traits.skill.shape, -1)], -1)
