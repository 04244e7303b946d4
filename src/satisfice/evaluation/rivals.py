"""Models that the calibrated one is compared with, each playing the same experiment."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import Game
from satisfice.inference.simulator import Player

KL_FREE = np.array([0.5, 0.25, 0.0])
"""A supertype without a KL cost: its skills are irrelevant, since beta is zero."""


def equilibrium_player(game: Game) -> Player:
    """Exact equilibrium play.

    Where the equilibrium lies between two actions of the grid, agents mix between the two
    neighbours so that the mean is exact: the benchmark is not made worse by rounding.
    """
    grid = game.action_values

    def play(
        treatment: str, theta: np.ndarray, skills: Tensor, actions: Callable[[int], Tensor]
    ) -> Tensor:
        wanted = game.equilibrium_actions(treatment)
        upper = torch.searchsorted(grid, wanted).clamp(1, len(grid) - 1)
        share = (wanted - grid[upper - 1]) / (grid[upper] - grid[upper - 1])
        rounds = [upper - 1 + (actions(step) < share).long() for step in range(game.rounds)]
        return torch.stack(rounds, -1)

    return play
