"""Producers with backward-looking expectations, against the rules written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.contenders.base import Turn
from satisfice.contenders.cobweb import (
    AdaptiveExpectations,
    NaiveExpectations,
    NoisyAdaptiveExpectations,
    NoisyNaiveExpectations,
)
from satisfice.games.cobweb import FORECAST_STEP, Cobweb, CobwebState
from satisfice.learning.rollout import Chance

NAIVE = NoisyNaiveExpectations.fixed


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
    naive = play(NoisyNaiveExpectations(game), treatment, 20, noise_sd=0.3)
    adaptive = play(NoisyAdaptiveExpectations(game), treatment, 20, noise_sd=0.3, weight=1.0)
    torch.testing.assert_close(naive, adaptive)


@pytest.mark.parametrize("weight", [0.0, 0.03, 0.5, 1.0])
def test_the_error_is_corrected_by_the_weight(
    game: Cobweb, columns: Any, even: torch.Tensor, weight: float
) -> None:
    theta = columns(len(even), {"weight": weight, "noise_sd": 0.01})
    uniforms = even.expand(-1, 6)
    state = after(4.0, 5.111, len(even))
    action = NoisyAdaptiveExpectations(game).act(Turn("stable", state, theta, uniforms, uniforms))
    mean = game.action_values[action].mean().item()
    assert mean == pytest.approx(4.0 + weight * 1.111, abs=0.002)


@pytest.mark.parametrize("noise_sd", [0.1, 0.5])
def test_noise_is_what_is_asked_for(
    game: Cobweb, columns: Any, even: torch.Tensor, noise_sd: float
) -> None:
    theta, uniforms = columns(len(even), {"noise_sd": noise_sd, **NAIVE}), even.expand(-1, 6)
    rival = NoisyNaiveExpectations(game)
    for state, mean in [(after(2.0, 6.03, len(even)), 6.03), (game.start("stable", len(even)), 5)]:
        forecast = game.action_values[rival.act(Turn("stable", state, theta, uniforms, uniforms))]
        assert forecast.mean().item() == pytest.approx(mean, abs=0.003)
        assert forecast.std().item() == pytest.approx(noise_sd, rel=0.03)


def test_forecasts_stay_within_the_range(game: Cobweb, columns: Any, even: torch.Tensor) -> None:
    theta, uniforms = columns(len(even), {"noise_sd": 2.0, **NAIVE}), even.expand(-1, 6)
    for price, bound in ((-1.5, 0), (11.5, 200)):
        state = after(5.0, price, len(even))
        action = NoisyNaiveExpectations(game).act(Turn("stable", state, theta, uniforms, uniforms))
        assert action.min() >= 0
        assert action.max() <= 200
        assert (action == bound).double().mean() > 0.5


def test_naive_expectations_swing_where_supply_is_steep(play: Any, game: Cobweb) -> None:
    rival = NoisyNaiveExpectations(game)
    variance = {
        treatment: play(rival, treatment, 50, noise_sd=0.05)["price"].var(-1).mean().item()
        for treatment in game.treatments
    }
    assert variance["stable"] < 1 < 4 < variance["strongly_unstable"]


def test_small_weights_calm_the_price(play: Any, game: Cobweb) -> None:
    rival, treatment = NoisyAdaptiveExpectations(game), "strongly_unstable"
    calm = play(rival, treatment, 50, noise_sd=0.05, weight=0.1)["price"][..., 10:]
    assert calm.var(-1).mean().item() < 0.5
    assert calm.mean().item() == pytest.approx(game.equilibrium_action(treatment), abs=0.1)


def after_price(price: float, previous: int, producers: int = 6000) -> CobwebState:
    """The state after one period; more producers than play serve as repeated draws."""
    return CobwebState(torch.full((1, producers), previous), torch.tensor([price]), 1)


@given(price=st.floats(-3, 14, width=32), previous=st.integers(0, 200))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_naive_expectations_are_the_last_price(price: float, previous: int) -> None:
    game, uniforms = Cobweb(), ((torch.arange(6000) + 0.5) / 6000).unsqueeze(0)
    state = after_price(price, previous)
    action = NaiveExpectations(game).act(Turn("stable", state, {}, uniforms, uniforms))
    played = game.action_values[action].double()
    clamped = min(max(price, 0.0), 10.0)
    assert played.mean().item() == pytest.approx(clamped, abs=3e-5)
    assert (played - clamped).abs().max() <= FORECAST_STEP + 1e-5


@given(price=st.floats(-3, 14, width=32), previous=st.integers(0, 200))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_adaptive_expectations_correct_half_of_the_last_error(price: float, previous: int) -> None:
    game, uniforms = Cobweb(), ((torch.arange(6000) + 0.5) / 6000).unsqueeze(0)
    state = after_price(price, previous)
    action = AdaptiveExpectations(game).act(Turn("stable", state, {}, uniforms, uniforms))
    last = 0.05 * previous
    wanted = min(max(last + 0.5 * (price - last), 0.0), 10.0)
    assert game.action_values[action].double().mean().item() == pytest.approx(wanted, abs=3e-5)


@pytest.mark.parametrize("rule", [NaiveExpectations, AdaptiveExpectations])
def test_rules_of_thumb_begin_in_the_middle(
    game: Cobweb, rule: type[AdaptiveExpectations], chosen: Any
) -> None:
    uniforms = torch.tensor([[0.0, 0.2, 0.4, 0.6, 0.8, 1 - 2**-24]])
    played = chosen(rule(game), "unstable", game.start("unstable", 1), uniforms)
    assert game.action_values[played].tolist() == [[5.0] * 6]


def calm_prices(contender: AdaptiveExpectations, treatment: str) -> torch.Tensor:
    """Prices without noise in one market, shape (periods,)."""
    uniforms = torch.rand((50, 1, 6), generator=torch.Generator().manual_seed(0))
    chance = Chance(torch.zeros(1, 6), uniforms, torch.full((50, 1, 1), 0.5))
    return contender.play(treatment, np.empty((1, 0)), chance)["price"][0, 0]


def test_naive_expectations_settle_only_where_supply_is_flat(game: Cobweb) -> None:
    """Ezekiel's cobweb theorem: they settle if supply is flatter than demand."""
    naive = NaiveExpectations(game)
    flat = calm_prices(naive, "stable") - game.equilibrium_action("stable")
    assert flat[-20:].abs().max() < 0.2
    for treatment in ("unstable", "strongly_unstable"):
        steep = calm_prices(naive, treatment)[-20:]
        signs = (steep - game.equilibrium_action(treatment)).sign()
        assert (signs[1:] == -signs[:-1]).all()
        assert steep.diff().abs().min() > 1


def test_adaptive_expectations_settle_in_the_unstable_market(game: Cobweb) -> None:
    prices = calm_prices(AdaptiveExpectations(game), "unstable")
    assert (prices[-20:] - game.equilibrium_action("unstable")).abs().max() < 0.2
