"""Rivals in the cobweb market: producers with backward-looking expectations and noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from satisfice.contenders.base import Rival, Span, normal
from satisfice.contenders.draws import second_draw
from satisfice.games.base import mix_between_neighbours
from satisfice.games.cobweb import FIRST_FORECAST, LARGEST_PRICE, Cobweb, CobwebState

NOISE = Span(0.01, 2.0, logarithmic=True)
"""Prior of the standard deviation of forecasts around the rule, in units of the price."""


class AdaptiveExpectations(Rival):
    """Correct the last forecast by a share of its error (Nerlove 1958), with normal noise.

    The correction starts from the forecast that was made, noise included. The first forecast is
    the middle of the range, with the same noise. Forecasts are clipped to the range; where one
    lies between two of the grid, producers mix between them, so that small noise and small
    corrections are not rounded away.
    """

    game: Cobweb
    needs = Cobweb
    parameters: ClassVar[Mapping[str, Span]] = {"weight": Span(0.0, 1.0), "noise_sd": NOISE}
    """``weight`` is the share of the error."""

    def act(
        self,
        treatment: str,
        state: CobwebState,
        theta: Mapping[str, Tensor],
        character: Tensor,
        uniforms: Tensor,
    ) -> Tensor:
        wanted = self.expected(state, theta) + theta["noise_sd"] * normal(uniforms)
        return mix_between_neighbours(
            self.game.action_values,
            wanted.float().clamp(0.0, LARGEST_PRICE),
            second_draw(uniforms),
        )

    def expected(self, state: CobwebState, theta: Mapping[str, Tensor]) -> Tensor:
        """Expected price, before noise."""
        if state.round == 0:
            return torch.tensor(FIRST_FORECAST)
        last = self.game.action_values[state.previous]
        return last + theta["weight"] * (state.price.unsqueeze(1) - last)


class NaiveExpectations(AdaptiveExpectations):
    """Expect the last price again (Ezekiel 1938), with normal noise.

    Adaptive expectations that correct the whole error.
    """

    parameters: ClassVar[Mapping[str, Span]] = {"noise_sd": NOISE}

    def expected(self, state: CobwebState, theta: Mapping[str, Tensor]) -> Tensor:
        return super().expected(state, {"weight": torch.ones(1)})
