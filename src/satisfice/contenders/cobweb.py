"""Contenders in the cobweb market: producers with backward-looking expectations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from satisfice.contenders.base import Parameter, RuleWithLikelihood, Turn
from satisfice.contenders.draws import second_draw
from satisfice.contenders.grid_chances import between_neighbours, mixed_normal, point_mass
from satisfice.games.base import mix_between_neighbours, nearest_action
from satisfice.games.cobweb import LARGEST_PRICE, Cobweb, CobwebState

FIRST_FORECAST = 5.0
"""The forecast before there is a price: the middle of the range."""

NOISE = Parameter("noise_sd", (0.01, 2.0), "noise of forecasts (price)", transform="log")


class AdaptiveExpectations(RuleWithLikelihood):
    """Correct the last forecast by half of its error (Nerlove 1958); one half is our choice."""

    name = "adaptive_expectations"
    game: Cobweb
    needs = Cobweb
    weight: ClassVar[float] = 0.5

    def act(self, turn: Turn) -> Tensor:
        grid = self.game.action_values
        if turn.state.round == 0:
            return nearest_action(grid, torch.full_like(turn.uniforms, FIRST_FORECAST))
        wanted = corrected(grid, turn.state, self.weight).clamp(0.0, LARGEST_PRICE)
        return mix_between_neighbours(grid, wanted, turn.uniforms)

    def chances(
        self, treatment: str, state: CobwebState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        grid = self.game.action_values
        if state.round == 0:
            return point_mass(actions, nearest_action(grid, torch.tensor(FIRST_FORECAST)))[
                None, None
            ]
        wanted = corrected(grid, state, self.weight).unsqueeze(-1)
        return between_neighbours(grid, actions, wanted)[None, None]


class NaiveExpectations(AdaptiveExpectations):
    """Expect the last price again (Ezekiel 1938)."""

    name = "naive_expectations"
    weight = 1.0


class NoisyAdaptiveExpectations(RuleWithLikelihood):
    """Correct the last forecast by a share of its error, with normal noise.

    The last forecast includes its noise. The first forecast is the middle of the range, with the
    same noise. Forecasts are clipped to the range; between two values of the grid, producers mix,
    so that small noise and small corrections are not lost to rounding.
    """

    name = "adaptive_expectations_fitted"
    game: Cobweb
    needs = Cobweb
    parameters = (Parameter("weight", (0.0, 1.0), "share of the error"), NOISE)

    def act(self, turn: Turn) -> Tensor:
        grid, expected = self.game.action_values, torch.tensor(FIRST_FORECAST)
        if turn.state.round > 0:
            expected = corrected(grid, turn.state, turn.theta["weight"])
        wanted = (expected + turn.noise).float().clamp(0.0, LARGEST_PRICE)
        return mix_between_neighbours(grid, wanted, second_draw(turn.uniforms))

    def chances(
        self, treatment: str, state: CobwebState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        grid, expected = self.game.action_values, torch.tensor(FIRST_FORECAST)
        if state.round > 0:
            last, error = (each.unsqueeze(-1) for each in last_forecast_and_error(grid, state))
            expected = last + theta["weight"] * error
        return mixed_normal(grid, actions, expected, theta["noise_sd"])


class NoisyNaiveExpectations(NoisyAdaptiveExpectations):
    """Expect the last price again, with normal noise: correct the whole error."""

    name = "naive_expectations_noisy"
    fixed: ClassVar[Mapping[str, float]] = {"weight": 1.0}


def corrected(grid: Tensor, state: CobwebState, weight: float | Tensor) -> Tensor:
    """Last forecasts, moved towards the last price by a share of their error."""
    last, error = last_forecast_and_error(grid, state)
    return last + weight * error


def last_forecast_and_error(grid: Tensor, state: CobwebState) -> tuple[Tensor, Tensor]:
    """Last forecasts, and last prices minus them, shape (markets, producers)."""
    last = grid[state.previous]
    return last, state.price.unsqueeze(1) - last
