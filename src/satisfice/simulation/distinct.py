"""Observations that occur in recorded play, each once, and the actions taken after them.

Agents who observe the same have the same policy, and in many games few observations differ.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import torch
from torch import Tensor

from satisfice.games.base import Observation

DECISIONS_AT_ONCE = 2048
"""Policies or beliefs that are computed together, so that they fit into the processor's cache."""


@dataclass(frozen=True)
class Distinct:
    """Distinct observations, and the actions whose probabilities are needed after each.

    A seat is an agent in a row.

    Attributes:
        observation: Tensors of shape (rows, agents, ...); a row is what all agents of a market
            observe in a round.
        seat: Shape (wanted,), the seat of each wanted action, in order: row times number of agents
            plus agent.
        action: Shape (wanted,), the wanted actions.
        row: Shape (markets, rounds), the row of each round.
        cell: Shape (decisions,), where each action taken is among the wanted ones.
        actions: Number of actions of the game.
    """

    observation: Observation
    seat: Tensor
    action: Tensor
    row: Tensor
    cell: Tensor
    actions: int

    @classmethod
    def of(
        cls, seen: Observation, key: Tensor, action: Tensor, actions: int, *, whole: bool
    ) -> Distinct:
        """Find the observations that differ.

        Args:
            seen: What agents observed, tensors of shape (markets, agents, rounds, ...).
            key: What matters of it, shape (markets * rounds, numbers).
            action: Shape (markets, agents, rounds), the actions taken.
            actions: Number of actions of the game.
            whole: Want all actions, not only those taken.
        """
        markets, agents, rounds = action.shape
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
        row = row.reshape(markets, rounds)
        taken = (row.unsqueeze(1) * agents + torch.arange(agents).unsqueeze(-1)) * actions + action
        if whole:
            wanted, cell = torch.arange(rows * agents * actions), taken
        else:
            wanted, cell = torch.unique(taken, return_inverse=True)
        return cls(chosen, wanted // actions, wanted % actions, row, cell.flatten(), actions)

    def blocks(self, kinds: int) -> Iterator[Block]:
        """Cut pairs of a kind of agents and a row into blocks of similar size."""
        rows, agents = self.observation.previous_action.shape
        most = max(1, DECISIONS_AT_ONCE // agents)
        step = math.ceil(rows / math.ceil(rows / most))
        at_once = max(1, most // step)
        row_starts, kind_starts = range(0, rows, step), range(0, kinds, at_once)
        edges = torch.searchsorted(self.seat, torch.tensor([*row_starts, rows]) * agents).tolist()
        parts = list(zip(row_starts, edges[:-1], edges[1:], strict=True))
        for first, (start, low, high) in product(kind_starts, parts):
            last, end = min(first + at_once, kinds), min(start + step, rows)
            seat = self.seat[low:high] - start * agents
            yield Block(
                torch.arange(first, last).repeat_interleave(end - start),
                torch.arange(start, end).repeat(last - first),
                (slice(first, last), slice(low, high)),
                seat,
                seat * self.actions + self.action[low:high],
            )

    def of_decisions(self, of_wanted: Tensor, *, whole: bool) -> Tensor:
        """What was computed of the wanted actions, for every decision.

        ``of_wanted`` has the shape (..., wanted), the result (..., markets, agents, rounds); with
        ``whole`` one more axis with every action.
        """
        markets, rounds = self.row.shape
        agents = self.observation.previous_action.shape[1]
        before = of_wanted.shape[:-1]
        if whole:
            by_row = of_wanted.reshape(*before, -1, agents, self.actions)
            return by_row[..., self.row, :, :].transpose(-3, -2)
        return of_wanted[..., self.cell].reshape(*before, markets, agents, rounds)


@dataclass(frozen=True)
class Block:
    """Pairs of a kind and a row that are computed together.

    Attributes:
        kind: Shape (pairs,).
        row: Shape (pairs,).
        place: Where results belong in an array of shape (kinds, wanted).
        seat: Shape (wanted in the block,), the seat of each wanted action in the block.
        cell: Shape (wanted in the block,), its place among all actions of all seats of the block.
    """

    kind: Tensor
    row: Tensor
    place: tuple[slice, slice]
    seat: Tensor
    cell: Tensor

    def of_seats(self, values: Tensor) -> Tensor:
        """Numbers of shape (pairs, agents), for each wanted action: (kinds, wanted)."""
        return values.reshape(self._kinds, -1)[:, self.seat]

    def of_actions(self, values: Tensor) -> Tensor:
        """Numbers of shape (pairs, agents, actions), of the wanted actions: (kinds, wanted)."""
        return values.reshape(self._kinds, -1)[:, self.cell]

    @property
    def _kinds(self) -> int:
        return int(self.place[0].stop - self.place[0].start)
