"""Prior beliefs: what an agent does without thinking.

A prior belief is a distribution over the game's action grid, given the agent's own previous
action or the game's rule of thumb. The KL cost of a policy is its divergence from it. Its class
declares parameters; each is either the same for all agents, or a trait of the agents that the
belief gets as input.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import ClassVar, Self

import torch
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.games.base import Game, Observation
from satisfice.population.parameters import Parameter

SMALLEST = 1e-12
"""Smallest ``explore``, and smallest ``reach`` and ``spread`` in units of the grid's range. Far
below it, probabilities become zero in single precision, and the KL cost infinite."""

Named = Mapping[str, Tensor]
"""Traits of agents by name, shape (markets, agents) each, in their own units."""

NO_TRAITS: Named = {}
"""No traits, for prior beliefs that need none."""

EXPLORE = Parameter("explore", 0.05, "probability of exploring", "explore", support=(SMALLEST, 1.0))


class PriorBelief(ABC):
    """A distribution over actions that costs nothing to follow.

    Args:
        action_values: Shape (actions,), the game's grid, evenly spaced.
        **fixed: Values of the parameters that are the same for all agents; the others are traits.

    Attributes:
        parameters: The parameters that the belief declares.
        state_free: Whether it is the same for all observations that an agent without information
            (the level ``none``) can make.
        forgets: Whether it does not depend on the own previous action.

    Raises:
        SatisficeError: A value is outside its parameter's support.
    """

    parameters: ClassVar[tuple[Parameter, ...]] = ()
    state_free: bool = False
    forgets: bool = False

    def __init__(self, action_values: Tensor, **fixed: float) -> None:
        self.action_values, self.fixed = action_values, fixed
        for parameter in self.parameters:
            value = fixed.get(parameter.name)
            if value is not None and not parameter.allows(value):
                low, high = parameter.support
                raise unusable(parameter.name, value, low, high)

    @classmethod
    def of(cls, game: Game, fixed: Mapping[str, float]) -> Self:
        """The belief with the game's grid of actions."""
        return cls(game.action_values, **fixed)

    @classmethod
    def check(cls, game: Game, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Check that the belief works in a game, with parameters in these ranges.

        Raises:
            SatisficeError: It does not; the place names the parameter.
        """
        return None

    @abstractmethod
    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        """Return log q(action given observation), shape (markets, agents, actions).

        The agents' traits are their ``skill``, and the parameters that are not fixed.
        """

    @property
    def remembers(self) -> bool:
        """Whether q depends on the own previous action and on no other observation.

        Learning then gets the later cost of an action from :meth:`expectation`.
        """
        return False

    def expectation(self, traits: Named = NO_TRAITS) -> Callable[[Tensor], Tensor]:
        """A function from values of the actions to their means over q.

        It maps the shape (markets, agents, actions) to (markets, agents, previous actions): one
        mean for each own previous action.
        """
        raise NotImplementedError(f"{type(self).__name__} does not remember actions")

    def value(self, name: str, traits: Named) -> float | Tensor:
        """A parameter: its fixed value, or the agents' trait, shape (markets, agents, 1)."""
        return self.fixed[name] if name in self.fixed else traits[name].unsqueeze(-1)

    @property
    def _all_fixed(self) -> bool:
        return all(parameter.name in self.fixed for parameter in self.parameters)


class UniformBelief(PriorBelief):
    """Every action is equally likely."""

    state_free = True
    forgets = True

    def __init__(self, action_values: Tensor) -> None:
        super().__init__(action_values)
        actions = action_values.numel()
        self._log_probabilities = torch.full((actions,), 1.0 / actions).log()

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        return self._log_probabilities.expand(*observation.previous_action.shape, -1)


def unusable(setting: str, value: float, least: float, most: float) -> SatisficeError:
    allowed = f"at least {least:g}" + (f" and at most {most:g}" if most < math.inf else "")
    return SatisficeError(setting, f"{value:g} is no usable prior belief.", f"Give {allowed}.")
