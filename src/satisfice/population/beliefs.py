"""Prior beliefs: what an agent does without thinking.

A prior belief is a distribution over the game's action grid given the agent's own previous
action or the game's rule of thumb; the KL cost of a policy is its distance from it.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from satisfice.errors import SatisficeError
from satisfice.games.base import Observation

SMALLEST = 1e-12
"""Smallest ``explore``, and smallest ``reach`` and ``spread`` in units of the grid's range. Far
below it, single precision takes a probability for zero, and the KL cost is infinite."""


class PriorBelief(ABC):
    """A distribution over actions that costs nothing to follow."""

    @abstractmethod
    def log_probabilities(self, observation: Observation) -> Tensor:
        """Return log q(action given observation), shape (markets, agents, actions)."""

    state_free: bool = False
    """Whether it is the same whatever an agent observes."""

    @property
    def kernel(self) -> Tensor | None:
        """q given each own previous action, shape (previous action, action).

        None where the own past does not matter. Learning reads from it what an action costs
        later: today's choice is tomorrow's habit.
        """
        return None


class UniformBelief(PriorBelief):
    """Every action is equally likely, whatever happened before.

    Args:
        action_values: Shape (actions,), the game's grid.
    """

    state_free = True

    def __init__(self, action_values: Tensor) -> None:
        actions = action_values.numel()
        self._log_probabilities = torch.full((actions,), 1.0 / actions).log()

    def log_probabilities(self, observation: Observation) -> Tensor:
        return self._log_probabilities.expand(*observation.previous_action.shape, -1)


class HabitBelief(PriorBelief):
    """Stay with the last action, move near it, or try anything.

    q = stay * [same action] + (1 - stay - explore) * (discretised Laplace around the last
    action, which is itself excluded) + explore * uniform. Before the first decision there is
    no habit, and q is uniform.

    Args:
        action_values: Shape (actions,), the game's grid.
        stay: Probability of repeating the last action.
        explore: Probability of trying anything.
        reach: Scale of the Laplace distribution in units of the grid's range.

    Raises:
        SatisficeError: A setting is too small or too large to be a probability or a scale.
    """

    def __init__(self, action_values: Tensor, *, stay: float, explore: float, reach: float) -> None:
        _require("stay", stay, 0.0, 1.0)
        _require("explore", explore, SMALLEST, 1.0)
        _require("stay + explore", stay + explore, 0.0, 1.0)
        _require("reach", reach, SMALLEST)
        actions = action_values.numel()
        width = (action_values.max() - action_values.min()) * reach
        distance = (action_values[:, None] - action_values[None, :]).abs()
        near = torch.softmax((-distance / width).fill_diagonal_(-torch.inf), -1)
        uniform = torch.full((actions, actions), 1.0 / actions)
        kernel = stay * torch.eye(actions) + (1 - stay - explore) * near + explore * uniform
        # The first row serves previous_action = -1: no decision yet.
        self._log_kernel = torch.cat([uniform[:1], kernel]).log()
        self._kernel = kernel

    def log_probabilities(self, observation: Observation) -> Tensor:
        previous = observation.previous_action
        if not previous.is_floating_point():
            return functional.embedding(previous + 1, self._log_kernel)
        # Between two actions, while a game is played with amounts in between.
        below = previous.detach().floor().long().clamp(0, len(self._kernel) - 2)
        share = (previous - below).unsqueeze(-1)
        return torch.lerp(self._kernel[below], self._kernel[below + 1], share).log()

    @property
    def kernel(self) -> Tensor:
        return self._kernel


class AnchorBelief(PriorBelief):
    """Do about what the game's rule of thumb says, or about what one did last.

    q = (1 - explore) * [(1 - inertia) * (discretised Gaussian around the anchor) + inertia *
    (the same around the last action)] + explore * uniform. Before there is an anchor, q is uniform;
    before there is a last action, all weight is on the anchor.

    Args:
        action_values: Shape (actions,), the game's grid, evenly spaced.
        spread: Standard deviation of the Gaussians, in natural units.
        explore: Probability of trying anything.
        inertia: Share of the Gaussian around the last action.
        own_action: Whether the game's rule of thumb is to repeat the own last action.

    Raises:
        SatisficeError: A setting is too small or too large to be a probability or a scale.
    """

    def __init__(
        self,
        action_values: Tensor,
        *,
        spread: float,
        explore: float,
        inertia: float = 0.0,
        own_action: bool = False,
    ) -> None:
        _require("explore", explore, SMALLEST, 1.0)
        _require("inertia", inertia, 0.0, 1.0)
        _require("spread", spread, SMALLEST * float(action_values[-1] - action_values[0]))
        self._grid, self._spread = action_values, spread
        self._explore, self._inertia = explore, inertia
        self._own_action = own_action

    @property
    def kernel(self) -> Tensor | None:
        return self._explored(self._around(self._grid)).exp() if self._own_action else None

    def log_probabilities(self, observation: Observation) -> Tensor:
        anchor, previous = observation.anchor, observation.previous_action
        if not self._inertia:
            return _of_distinct(anchor, lambda centre: self._explored(self._around(centre)))
        last = self._grid[0] + previous * (self._grid[1] - self._grid[0])
        centre = torch.where(previous >= 0, last, anchor)
        near, repeated = _of_distinct(anchor, self._around), _of_distinct(centre, self._around)
        return self._explored(torch.lerp(near, repeated, self._inertia))

    def _around(self, centre: Tensor) -> Tensor:
        """Gaussian around a centre on the grid, shape (..., actions); uniform around NaN."""
        distance = (self._grid - centre.unsqueeze(-1)) / self._spread
        unknown = centre.isnan()
        if unknown.any():
            distance = distance.masked_fill(unknown.unsqueeze(-1), 0.0)
        return torch.softmax(-0.5 * distance**2, -1)

    def _explored(self, near: Tensor) -> Tensor:
        return torch.log((1 - self._explore) * near + self._explore / len(self._grid))


def _of_distinct(values: Tensor, rows: Callable[[Tensor], Tensor]) -> Tensor:
    """Rows of each value, worked out once for agents who saw the same, like a price.

    A value with a gradient has rows of its own.
    """
    if values.requires_grad:
        return rows(values)
    distinct, place = torch.unique(values, return_inverse=True)
    return functional.embedding(place, rows(distinct))


def _require(setting: str, value: float, least: float, most: float = math.inf) -> None:
    """Check that a setting is a number from ``least`` to ``most``."""
    if not (least <= value <= most and math.isfinite(value)):
        allowed = f"at least {least:g}" + (f" and at most {most:g}" if most < math.inf else "")
        raise SatisficeError(setting, f"{value:g} is no usable prior belief.", f"Give {allowed}.")
