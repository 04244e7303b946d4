"""Agents' whole recorded paths as one row of numbers for each simulated experiment.

Treatments differ in their numbers of markets and agents. Each has the places of the largest; empty
places are marked, and their values are meaningless.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import Game


@dataclass(frozen=True)
class PathLayout:
    """Layout of paths in a row.

    Attributes:
        treatments: Names of the treatments.
        markets: Places for markets in each treatment.
        agents: Places for agents in each market.
        rounds: Length of a path.
        channels: Names of the recorded quantities of an agent in a round.
        roles: Number of roles; 0 if all agents are alike. Agents with roles are in their order.
    """

    treatments: tuple[str, ...]
    markets: int
    agents: int
    rounds: int
    channels: tuple[str, ...]
    roles: int = 0

    @classmethod
    def of(cls, game: Game, markets: Mapping[str, int]) -> PathLayout:
        """Layout of a game's paths.

        Args:
            game: The game.
            markets: Number of markets of each treatment whose paths are kept.
        """
        return cls(
            tuple(markets),
            max(markets.values()),
            max(game.treatments[treatment] for treatment in markets),
            game.rounds,
            game.recorded,
            len(game.roles),
        )

    @property
    def places(self) -> int:
        """Places for agents in all treatments together."""
        return len(self.treatments) * self.markets * self.agents

    @property
    def width(self) -> int:
        """Numbers in a row: for each place the path, and whether it has an agent."""
        return self.places * (self.rounds * len(self.channels) + 1)


def pack_paths(layout: PathLayout, play: Mapping[str, Mapping[str, np.ndarray]]) -> np.ndarray:
    """Write play into rows.

    Args:
        layout: Layout of paths in a row.
        play: Recorded play of each treatment, arrays of shape (simulations, markets, agents,
            rounds).

    Returns:
        Shape (simulations, ``layout.width``), float32; zero for empty places.
    """
    parts = []
    for treatment in layout.treatments:
        record = [play[treatment][channel] for channel in layout.channels]
        simulations, markets, agents, _ = record[0].shape
        here = np.zeros(
            (simulations, layout.markets, layout.agents, len(record) * layout.rounds + 1),
            dtype=np.float32,
        )
        here[:, :markets, :agents, :-1] = np.concatenate(record, axis=-1)
        here[:, :markets, :agents, -1] = 1.0
        parts.append(here.reshape(simulations, -1))
    return np.concatenate(parts, axis=1)


def unpack_paths(layout: PathLayout, packed: Tensor) -> tuple[Tensor, Tensor]:
    """Read rows.

    Args:
        layout: Layout of paths in a row.
        packed: Shape (simulations, ``layout.width``).

    Returns:
        Paths of shape (simulations, treatments, markets, agents, channels, rounds), zero for empty
        places, and whether a place has an agent, shape (simulations, treatments, markets, agents).
    """
    shape = (len(packed), len(layout.treatments), layout.markets, layout.agents)
    by_place = packed.reshape(*shape, -1)
    present = by_place[..., -1] > 0.5
    paths = by_place[..., :-1].reshape(*shape, len(layout.channels), layout.rounds)
    # Not a product with the mask: NaN times zero is NaN.
    return torch.where(present[..., None, None], paths, 0.0), present
