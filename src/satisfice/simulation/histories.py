"""Recorded play with what its agents observed before each decision.

States along a recorded history do not depend on a model's parameters, so they are computed once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import Game, Observation, Play, nearest_action
from satisfice.simulation.distinct import Distinct

T = TypeVar("T")

Seen: TypeAlias = tuple[str, ...]
"""What of an observation matters for a policy: names of its tensors."""


@dataclass(frozen=True)
class History:
    """Recorded play of one treatment.

    A decision between two actions of the grid counts as the nearer one.

    Attributes:
        game: The game.
        treatment: Name of the treatment.
        action: Shape (markets, agents, rounds), indices of the actions taken.
        states: For each round the state in which agents decided, of all markets.
        play: The recorded play in natural units, shape (markets, agents, rounds) each.
    """

    game: Game
    treatment: str
    action: Tensor
    states: tuple[Any, ...]
    play: Mapping[str, Tensor]
    _kept: dict[Any, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(cls, game: Game, treatment: str, play: Play) -> History:
        """Follow recorded play, arrays of shape (markets, agents, rounds) in natural units."""
        recorded = {
            name: torch.tensor(np.asarray(values), dtype=torch.float32)
            for name, values in play.items()
        }
        action = nearest_action(game.action_values, recorded["action"])
        markets, _, rounds = action.shape
        states = [game.start(treatment, markets)]
        for now in range(rounds - 1):
            seen = {name: values[..., now] for name, values in recorded.items()}
            states.append(game.follow(treatment, states[-1], action[..., now], seen))
        return cls(game, treatment, action, tuple(states), recorded)

    @property
    def decisions(self) -> int:
        """Number of decisions."""
        return self.action.numel()

    def observed(self, information: str) -> Observation:
        """What agents observed, each tensor of shape (markets, agents, rounds, ...)."""
        seen = [self.game.observe(self.treatment, state, information) for state in self.states]
        parts = ([getattr(one, name) for one in seen] for name in vars(seen[0]))
        return Observation(*(torch.stack(part, 2) for part in parts))

    def once(self, key: Any, make: Callable[[], T]) -> T:
        """Compute something about this history once, by a key of one's own."""
        if key not in self._kept:
            self._kept[key] = make()
        found: T = self._kept[key]
        return found

    def distinct(self, information: str, matters: Seen, whole: bool) -> Distinct:
        """Observations that differ in what matters, found once; with ``whole``, all actions."""
        return self.once(
            (information, matters, whole), lambda: self._distinct(information, matters, whole)
        )

    def _distinct(self, information: str, matters: Seen, whole: bool) -> Distinct:
        seen = self.observed(information)
        markets, _, rounds = self.action.shape
        by_market = [
            vars(seen)[name].movedim(2, 1).reshape(markets * rounds, -1).double()
            for name in matters
        ]
        by_market.append(torch.zeros(markets * rounds, 1, dtype=torch.float64))  # of no features
        # Unknown anchors are alike; NaNs would all differ.
        key = torch.nan_to_num(torch.cat(by_market, 1), nan=-1e30)
        return Distinct.of(seen, key, self.action, len(self.game.action_values), whole=whole)


def histories_of(game: Game, panels: Mapping[str, Play]) -> dict[str, History]:
    """The history of each treatment of recorded play."""
    return {treatment: History.of(game, treatment, play) for treatment, play in panels.items()}
