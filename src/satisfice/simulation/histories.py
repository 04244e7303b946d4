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
        """Distinct observations, computed once; see :meth:`Distinct.of`."""
        return self.once(
            (information, matters, whole), lambda: Distinct.of(self, information, matters, whole)
        )


@dataclass(frozen=True)
class Distinct:
    """Observations that occur in a history, each once.

    Agents who observe the same have the same policy, and in many games few observations differ.

    Attributes:
        observation: Tensors of shape (rows, agents, ...); a row is what all agents of a market
            observe in a round.
        wanted: Shape (rows, agents, width), the actions whose probabilities are needed.
        row: Shape (markets, rounds), the row of each round.
        cell: Shape (decisions,), where each action taken is in the flattened ``wanted``.
    """

    observation: Observation
    wanted: Tensor
    row: Tensor
    cell: Tensor

    @classmethod
    def of(cls, history: History, information: str, matters: Seen, whole: bool) -> Distinct:
        """Find the observations that differ in what matters; with ``whole``, want all actions."""
        seen, action = history.observed(information), history.action
        markets, agents, rounds = action.shape
        by_market = [
            vars(seen)[name].movedim(2, 1).reshape(markets * rounds, -1).double()
            for name in matters
        ]
        # Unknown anchors are alike; NaNs would all differ.
        by_market.append(torch.zeros(markets * rounds, 1, dtype=torch.float64))  # of no features
        key = torch.nan_to_num(torch.cat(by_market, 1), nan=-1e30)
        _, row = torch.unique(key, dim=0, return_inverse=True)
        rows = int(row.max()) + 1
        first = torch.full((rows,), markets * rounds).scatter_reduce(
            0, row, torch.arange(markets * rounds), "amin"
        )
        chosen = Observation(
            *(
                each.movedim(2, 1).reshape(markets * rounds, agents, *each.shape[3:])[first]
                for each in vars(seen).values()
            )
        )
        row, actions = row.reshape(markets, rounds), len(history.game.action_values)
        seat = row.unsqueeze(1) * agents + torch.arange(agents).unsqueeze(-1)
        if whole:
            wanted = torch.arange(actions).expand(rows, agents, -1)
            place = action
        else:
            wanted, place = _wanted(seat, action, rows, actions)
        cell = (seat * wanted.shape[-1] + place).flatten()
        return cls(chosen, wanted, row, cell)

    def of_decisions(self, of_wanted: Tensor, *, whole: bool) -> Tensor:
        """What was computed of the wanted actions, for every decision.

        ``of_wanted`` has the shape (..., rows, agents, width), the result (..., markets, agents,
        rounds); with ``whole`` one more axis with every action.
        """
        if whole:
            return of_wanted[..., self.row, :, :].transpose(-3, -2)
        taken = of_wanted.flatten(-3)[..., self.cell]
        markets, rounds = self.row.shape
        return taken.reshape(*taken.shape[:-1], markets, self.wanted.shape[1], rounds)


def _wanted(seat: Tensor, action: Tensor, rows: int, actions: int) -> tuple[Tensor, Tensor]:
    """The actions taken in each seat, an agent in a row, padded; and the place of each decision's.

    Seats and actions have the shape (markets, agents, rounds).
    """
    agents = action.shape[1]
    pairs, inverse = torch.unique(seat * actions + action, return_inverse=True)
    seats, taken = pairs // actions, pairs % actions
    number = torch.bincount(seats, minlength=rows * agents)
    first = number.cumsum(0) - number
    place = torch.arange(len(pairs)) - first[seats]
    wanted = torch.zeros((rows * agents, int(number.max())), dtype=torch.long)
    wanted[seats, place] = taken
    return wanted.reshape(rows, agents, -1), place[inverse]


def histories_of(game: Game, panels: Mapping[str, Play]) -> dict[str, History]:
    """The history of each treatment of recorded play."""
    return {treatment: History.of(game, treatment, play) for treatment, play in panels.items()}
