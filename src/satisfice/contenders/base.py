"""What a rival of the bounded model is: a rule of play with parameters that are fitted.

A rival is fitted by the same inference to the same human statistics as the bounded model, and
predicts the same experiment. Write a class, name it in the config, and it is scored.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from torch import Tensor

from satisfice.games.base import Game, normal

__all__ = ["Rival", "Span", "normal"]


@dataclass(frozen=True)
class Span:
    """Prior of one parameter: uniform between two bounds, or its logarithm is.

    Attributes:
        low: Lower bound.
        high: Upper bound.
        logarithmic: Whether the logarithm is uniform; both bounds are then above zero.
    """

    low: float
    high: float
    logarithmic: bool = False

    def from_unit(self, level: np.ndarray) -> np.ndarray:
        """Map levels in [0, 1] to values."""
        if self.logarithmic:
            return np.asarray(self.low * (self.high / self.low) ** level)
        return np.asarray(self.low + (self.high - self.low) * level)


class Rival(ABC):
    """A rule of play with parameters.

    Args:
        game: The game that it plays.

    Attributes:
        parameters: Prior of each parameter, by name.
        needs: Class of the games that it can play.
    """

    parameters: ClassVar[Mapping[str, Span]]
    needs: ClassVar[type[Any]] = Game

    def __init__(self, game: Game) -> None:
        self.game = game

    @abstractmethod
    def act(
        self,
        treatment: str,
        state: Any,
        theta: Mapping[str, Tensor],
        character: Tensor,
        uniforms: Tensor,
    ) -> Tensor:
        """Choose actions.

        Args:
            treatment: Name of the treatment.
            state: State of the markets, as the game has it.
            theta: For each parameter its value in every market, shape (markets, 1).
            character: Shape (markets, agents), a number in [0, 1) that each agent keeps for all
                rounds: who he is, where agents differ.
            uniforms: Shape (markets, agents), numbers in [0, 1), new in every round.

        Returns:
            Shape (markets, agents), indices into the game's ``action_values``.
        """

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        """Map points of the unit cube, shape (..., parameters), to parameters."""
        columns = [
            span.from_unit(cube[..., index]) for index, span in enumerate(self.parameters.values())
        ]
        return np.stack(columns, axis=-1)
