"""The anchor: a prior belief around the game's rule of thumb."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Self

import torch
from torch import Tensor
from torch.nn import functional

from satisfice.errors import SatisficeError
from satisfice.games.base import DynamicGame, Game, Observation, StageGame
from satisfice.population.beliefs import EXPLORE, NO_TRAITS, SMALLEST, Named, PriorBelief, unusable
from satisfice.population.parameters import Parameter


class AnchorBelief(PriorBelief):
    """Act near the game's rule of thumb, or near the own last action.

    q = (1 - explore) * [(1 - inertia) * (discretised Gaussian around the anchor) + inertia *
    (the same around the last action)] + explore * uniform. Without an anchor yet, q is uniform;
    without a last action yet, all weight is on the anchor. ``spread`` is the standard deviation
    of the Gaussians, in natural units.
    With ``own_action`` the rule of thumb is to repeat the own last action; with ``constant`` it is
    the same in all rounds for an agent without information.
    """

    parameters = (
        Parameter(
            "spread", 1.0, "spread around the anchor (units of the action)", "spread",
            support=(0.0, math.inf), transform="log",
        ),
        EXPLORE,
        Parameter("inertia", 0.0, "weight of the last action", "inertia", support=(0.0, 1.0)),
    )  # fmt: skip

    def __init__(
        self,
        action_values: Tensor,
        *,
        own_action: bool = False,
        constant: bool = False,
        **fixed: float,
    ) -> None:
        super().__init__(action_values, **fixed)
        self._own_action = own_action
        without_inertia = fixed.get("inertia") == 0
        self.state_free = constant and without_inertia
        self.forgets = without_inertia and not own_action

    @classmethod
    def of(cls, game: Game, fixed: Mapping[str, float]) -> Self:
        own_action = isinstance(game, StageGame) and game.anchored_on_own_action
        constant = game.constant_anchor
        return cls(game.action_values, own_action=own_action, constant=constant, **fixed)

    @classmethod
    def check(cls, game: Game, ranges: Mapping[str, tuple[float, float]]) -> None:
        """Check that learning can follow the belief; see :meth:`PriorBelief.check`."""
        smallest = SMALLEST * float(game.action_values[-1] - game.action_values[0])
        if not ranges["spread"][0] >= smallest:  # too narrow for single precision
            raise unusable("spread", ranges["spread"][0], smallest, math.inf)
        if ranges["inertia"][1] > 0 and not isinstance(game, DynamicGame):
            # Learning in stage games needs the later cost of an action, which is not known for a
            # belief that moves with an anchor.
            raise SatisficeError(
                "inertia",
                "an anchor with inertia cannot be learnt in this game.",
                "Leave the key out, or use prior_belief: habit.",
            )

    @property
    def remembers(self) -> bool:
        return self._own_action

    def expectation(self, traits: Named = NO_TRAITS) -> Callable[[Tensor], Tensor]:
        # Every previous action is treated like an agent: one more axis than the traits have.
        own = {name: trait.unsqueeze(-1) for name, trait in traits.items()}
        near = self._around(self.action_values, self.value("spread", own))
        kernel = self._explored(near, self.value("explore", own)).exp()
        if self._all_fixed:
            return lambda values: values @ kernel.T
        return lambda values: (kernel @ values.unsqueeze(-1)).squeeze(-1)

    def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
        anchor, previous = observation.anchor, observation.previous_action
        spread, explore, inertia = (
            self.value(parameter.name, traits) for parameter in self.parameters
        )

        def around(centre: Tensor) -> Tensor:
            return self._around(centre, spread)

        if "inertia" in self.fixed and not inertia:
            if isinstance(spread, Tensor) or isinstance(explore, Tensor):
                return self._explored(around(anchor), explore)
            return _of_distinct(anchor, lambda centre: self._explored(around(centre), explore))

        def rows(centre: Tensor) -> Tensor:
            return around(centre) if isinstance(spread, Tensor) else _of_distinct(centre, around)

        grid = self.action_values
        last = grid[0] + previous * (grid[1] - grid[0])
        centre = torch.where(previous >= 0, last, anchor)
        near, repeated = rows(anchor), rows(centre)
        return self._explored(torch.lerp(near, repeated, inertia), explore)

    def _around(self, centre: Tensor, spread: float | Tensor) -> Tensor:
        """Gaussian around a centre on the grid, shape (..., actions); uniform around NaN."""
        distance = (self.action_values - centre.unsqueeze(-1)) / spread
        unknown = centre.isnan()
        if unknown.any():
            distance = distance.masked_fill(unknown.unsqueeze(-1), 0.0)
        return torch.softmax(-0.5 * distance**2, -1)

    def _explored(self, near: Tensor, explore: float | Tensor) -> Tensor:
        return torch.log((1 - explore) * near + explore / len(self.action_values))


def _of_distinct(values: Tensor, rows: Callable[[Tensor], Tensor]) -> Tensor:
    """Rows of each value, computed once for agents with the same observation, such as a price.

    Values with a gradient get their own rows.
    """
    if values.requires_grad:
        return rows(values)
    distinct, place = torch.unique(values, return_inverse=True)
    return functional.embedding(place, rows(distinct))
