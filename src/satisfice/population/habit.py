"""The habit: a prior belief around the own last action."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace

import torch
from torch import Tensor
from torch.nn import functional

from satisfice.games.base import Game, Observation
from satisfice.population.beliefs import EXPLORE, NO_TRAITS, SMALLEST, Named, PriorBelief, unusable
from satisfice.population.parameters import Parameter


class HabitBelief(PriorBelief):
    """Repeat the last action, move to one near it, or take any action.

    q = stay * [same action] + (1 - stay - explore) * (discretised Laplace around the last
    action, which is itself excluded) + explore * uniform. At the first decision q is uniform.
    """

    parameters = (
        Parameter("stay", 0.15, "probability of staying", "stay", support=(0.0, 1.0)),
        replace(EXPLORE, default=0.5),
        Parameter(
            "reach", 0.1, "reach of small moves (ranges of the grid)", "reach",
            support=(SMALLEST, math.inf), transform="log",
        ),
    )  # fmt: skip

    def __init__(self, action_values: Tensor, **fixed: float) -> None:
        super().__init__(action_values, **fixed)
        actions = action_values.numel()
        self._uniform = torch.full((actions, actions), 1.0 / actions)
        self._distance = (action_values[:, None] - action_values[None, :]).abs()
        self._range = action_values.max() - action_values.min()
        self._places = torch.arange(actions)
        self._near = self._moves(self._places, fixed["reach"]) if "reach" in fixed else None
        self._log_kernel: Tensor | None = None
        if self._all_fixed:
            self._kernel = self._row(self._places, {})
            # The first row is for previous_action = -1: no decision yet.
            self._log_kernel = torch.cat([self._uniform[:1], self._kernel]).log()

    @classmethod
    def check(cls, game: Game, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Check that the shares never exceed one; see :meth:`PriorBelief.check`."""
        total = ranges["stay"][1] + ranges["explore"][1]
        if total > 1.0:
            raise unusable("stay + explore", total, 0.0, 1.0)

    @property
    def remembers(self) -> bool:
        return True

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        previous = observation.previous_action
        if not previous.is_floating_point():
            if self._log_kernel is not None:
                return functional.embedding(previous + 1, self._log_kernel)
            known = (previous >= 0).unsqueeze(-1)
            rows = self._row(previous.clamp(min=0), traits)
            return torch.where(known, rows, self._uniform[0]).log()
        # Previous amounts may be between two actions of the grid.
        below = previous.detach().floor().long().clamp(0, len(self.action_values) - 2)
        share = (previous - below).unsqueeze(-1)
        return torch.lerp(self._row(below, traits), self._row(below + 1, traits), share).log()

    def expectation(self, traits: Named = NO_TRAITS) -> Callable[[Tensor], Tensor]:
        if self._log_kernel is not None:
            return lambda values: values @ self._kernel.T
        # Small moves from every previous action, each treated like an agent.
        near = self._near
        if near is None:
            near = self._moves(self._places, traits["reach"][..., None, None])

        def means(values: Tensor) -> Tensor:
            alike = near.dim() == 2
            moved = values @ near.T if alike else (near @ values.unsqueeze(-1)).squeeze(-1)
            return self._mixed(values, moved, values.mean(-1, keepdim=True), traits)

        return means

    def _row(self, previous: Tensor, traits: Named) -> Tensor:
        """q after given actions, shape (..., actions)."""
        if self._log_kernel is not None:
            return self._kernel[previous]
        if self._near is not None:
            near = self._near[previous]
        else:
            near = self._moves(previous, self.value("reach", traits))
        same = functional.one_hot(previous, len(self.action_values)).to(near.dtype)
        return self._mixed(same, near, self._uniform[0], traits)

    def _mixed(self, same: Tensor, near: Tensor, anything: Tensor, traits: Named) -> Tensor:
        """Mix the three components of the belief, or expectations over them."""
        stay, explore = self.value("stay", traits), self.value("explore", traits)
        return stay * same + (1 - stay - explore) * near + explore * anything

    def _moves(self, previous: Tensor, reach: float | Tensor) -> Tensor:
        """Laplace distribution of moves from given actions to all others."""
        width = self._range * reach
        scaled = -self._distance[previous] / width
        itself = functional.one_hot(previous, len(self.action_values)).bool()
        return torch.softmax(scaled.masked_fill(itself, -torch.inf), -1)
