"""Producers with backward-looking expectations, against the rules written out."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from satisfice.contenders.cobweb import AdaptiveExpectations, NaiveExpectations
from satisfice.games.cobweb import Cobweb, CobwebState


@pytest.fixture
def game() -> Cobweb:
    return Cobweb()


def after(forecast: float, price: float, markets: int) -> CobwebState:
    """State of markets in which everybody made one forecast."""
    index = torch.full((markets, 6), round(forecast / 0.05))
    return CobwebState(index, torch.full((markets,), price), 1)


@pytest.mark.parametrize("treatment", list(Cobweb.treatments))
def test_adaptive_expectations_of_weight_one_are_naive(
    play: Any, game: Cobweb, treatment: str
) -> None:
    naive = play(NaiveExpectations(game), treatment, 20, noise_sd=0.3)
    adaptive = play(AdaptiveExpectations(game), treatment, 20, noise_sd=0.3, weight=1.0)
    torch.testing.assert_close(naive, adaptive)


@pytest.mark.parametrize("weight", [0.0, 0.03, 0.5, 1.0])
def test_the_error_is_corrected_by_the_weight(
    game: Cobweb, columns: Any, even: torch.Tensor, weight: float
) -> None:
    theta = columns(len(even), {"weight": weight, "noise_sd": 0.01})
    uniforms = even.expand(-1, 6)
    state = after(4.0, 5.111, len(even))
    action = AdaptiveExpectations(game).act("stable", state, theta, uniforms, uniforms)
    mean = game.action_values[action].mean().item()
    assert mean == pytest.approx(4.0 + weight * 1.111, abs=0.002)


@pytest.mark.parametrize("noise_sd", [0.1, 0.5])
def test_noise_is_what_is_asked_for(
    game: Cobweb, columns: Any, even: torch.Tensor, noise_sd: float
) -> None:
    theta, uniforms = columns(len(even), {"noise_sd": noise_sd}), even.expand(-1, 6)
    rival = NaiveExpectations(game)
    for state, mean in [(after(2.0, 6.03, len(even)), 6.03), (game.start("stable", len(even)), 5)]:
        forecast = game.action_values[rival.act("stable", state, theta, uniforms, uniforms)]
        assert forecast.mean().item() == pytest.approx(mean, abs=0.003)
        assert forecast.std().item() == pytest.approx(noise_sd, rel=0.03)


def test_forecasts_stay_within_the_range(game: Cobweb, columns: Any, even: torch.Tensor) -> None:
    theta, uniforms = columns(len(even), {"noise_sd": 2.0}), even.expand(-1, 6)
    for price, bound in ((-1.5, 0), (11.5, 200)):
        state = after(5.0, price, len(even))
        action = NaiveExpectations(game).act("stable", state, theta, uniforms, uniforms)
        assert action.min() >= 0
        assert action.max() <= 200
        assert (action == bound).double().mean() > 0.5


def test_naive_expectations_swing_where_supply_is_steep(play: Any, game: Cobweb) -> None:
    rival = NaiveExpectations(game)
    variance = {
        treatment: play(rival, treatment, 50, noise_sd=0.05)["price"].var(-1).mean().item()
        for treatment in game.treatments
    }
    assert variance["stable"] < 1 < 4 < variance["strongly_unstable"]


def test_small_weights_calm_the_price(play: Any, game: Cobweb) -> None:
    rival, treatment = AdaptiveExpectations(game), "strongly_unstable"
    calm = play(rival, treatment, 50, noise_sd=0.05, weight=0.1)["price"][..., 10:]
    assert calm.var(-1).mean().item() < 0.5
    assert calm.mean().item() == pytest.approx(game.equilibrium_action(treatment), abs=0.1)
