"""How a learner of another library sees a game, and how its answers become actions.

An agent sees the features of its treatment and a window of the last rounds, newest first: of each
round what the game showed it, and the action that it had just taken. The window is its memory. It
answers with one number; zero is a centre, and plus or minus one is half of the range of actions
away from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from satisfice.games.base import NO_ACTION_YET, Game, mix_between_neighbours

Centre = Literal["middle", "anchor"]
"""Around what agents answer: the middle of the range of actions, or the game's rule of thumb."""


@dataclass(frozen=True)
class View:
    """The view of all agents on one game.

    Attributes:
        game: The game.
        information: What agents observe of a round, a key of ``game.information``.
        memory: Number of rounds in the window, the present one included.
        centre: Around what agents answer.
    """

    game: Game
    information: str
    memory: int = 1
    centre: Centre = "middle"

    @property
    def size(self) -> int:
        """Number of features that an agent sees."""
        treatment = next(iter(self.game.training_treatments))
        return self.game.treatment_features(treatment).numel() + self.memory * self._shown

    @property
    def _shown(self) -> int:
        return 1 + len(self.game.information[self.information])

    @property
    def _half_range(self) -> Tensor:
        return (self.game.action_values[-1] - self.game.action_values[0]) / 2

    def nothing_seen(self, markets: int, agents: int) -> Tensor:
        """The empty window before the first round, shape (markets, agents, memory * shown)."""
        return torch.zeros(markets, agents, self.memory * self._shown)

    def look(self, game: Game, treatment: str, state: Any, window: Tensor) -> Tensor:
        """Move the window on to the present round.

        ``game`` is the view's game, or all its treatments side by side.
        """
        observation = game.observe(treatment, state, self.information)
        previous = observation.previous_action.float()
        last = len(game.action_values) - 1
        took = torch.where(previous == NO_ACTION_YET, 0.0, 2.0 * previous / last - 1.0)
        now = torch.cat([took.unsqueeze(-1), observation.features], -1)
        return torch.cat([now, window[..., : -self._shown]], -1)

    def seen(self, game: Game, treatment: str, window: Tensor) -> Tensor:
        """Everything that agents see, shape (markets, agents, size)."""
        told = game.treatment_features(treatment).expand(*window.shape[:-1], -1)
        return torch.cat([told, window], -1)

    def actions(
        self, game: Game, treatment: str, state: Any, answers: Tensor, uniforms: Tensor
    ) -> Tensor:
        """Indices of actions from answers; both and ``uniforms`` have the shape (markets, agents).

        An answer between two actions of the grid is a mixture of them.
        """
        if self.centre == "anchor":
            centre = game.observe(treatment, state, self.information).anchor
        else:
            centre = game.action_values[0] + self._half_range
        wanted = centre + self._half_range * answers
        return mix_between_neighbours(game.action_values, wanted, uniforms)
