"""Ordering rules of the beer game, against the game's own."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import norm

from satisfice.contenders.base import Turn
from satisfice.contenders.beer_game import (
    LevelK,
    NoisyBaseStock,
    PublishedSterman,
    StermanRule,
    TunedBaseStock,
    best_stocks,
)
from satisfice.contenders.general import Equilibrium
from satisfice.games.beer_game import FIRST_DEMAND, TUNED_STOCK, BeerGame, mean_team_cost

PUBLISHED = PublishedSterman.fixed


@pytest.fixture
def game() -> BeerGame:
    return BeerGame()


@given(
    amounts=hnp.arrays(np.int64, (12, 4), elements=st.integers(0, 60)),
    uniform=st.floats(0.001, 0.999),
)
@settings(deadline=None, max_examples=80, derandomize=True)
def test_stermans_rule_follows_its_formula(amounts: np.ndarray, uniform: float) -> None:
    game, shock = BeerGame(), torch.tensor([[0.99, 0.0]])
    state = game.start("step", 1)
    for ordered in amounts:
        state, _ = game.step("step", state, torch.tensor(ordered).unsqueeze(0), shock)
    noise = 2.86 * norm.ppf(uniform)
    draws = torch.full((1, 4), uniform).double()
    published = {name: torch.full((1, 1), value) for name, value in PUBLISHED.items()}
    found = PublishedSterman(game).act(Turn("step", state, published, draws, draws))
    for role in range(4):
        held, line = state.net_inventory[0, role].item(), state.supply_line[0, role].item()
        wanted = state.forecast[0, role].item() + 0.26 * (17 - held - 0.34 * line) + noise
        expected = min(max(0.0, wanted), 60.0)
        assert abs(found[0, role].item() - expected) <= 0.5 + 1e-4


def test_stermans_rule_amplifies_orders_and_costs_far_more_than_the_benchmark(
    play: Any, game: BeerGame
) -> None:
    played = play(PublishedSterman(game), "step", 500)
    record = game.record({name: value.double().numpy() for name, value in played.items()}, "step")
    found = {("step", name): np.array([of(record)]) for name, of in game.statistics.items()}
    assert found["step", "team_cost"] > 8 * 204
    (amplified,) = [fact(found) for fact in game.stylised_facts.values()]
    assert amplified.tolist() == [True]
    of_factory = found["step", "factory_log_order_variance"]
    swapped = found | {("step", "retailer_log_order_variance"): of_factory}
    (amplified,) = [fact(swapped) for fact in game.stylised_facts.values()]
    assert amplified.tolist() == [False]


def test_base_stock_without_noise_is_the_benchmark(play: Any, game: BeerGame) -> None:
    benchmark = play(Equilibrium(game), "step")
    played = play(NoisyBaseStock(game), "step", noise_sd=0.0)
    torch.testing.assert_close(played, benchmark, rtol=0, atol=0)


def test_the_tuned_stock_is_kept(game: BeerGame, chosen: Any) -> None:
    state, draws = game.start("step", 1), torch.full((1, 4), 0.5)
    missing = torch.tensor(TUNED_STOCK) - state.net_inventory - state.supply_line
    assert torch.equal(chosen(TunedBaseStock(game), "step", state, draws), (4 + missing).long())


def test_who_sees_no_gap_orders_the_forecast(game: BeerGame, columns: Any) -> None:
    theta = columns(1, {**PUBLISHED, "stock_weight": 0.0, "noise_sd": 0.0})
    state = replace(game.start("step", 1), forecast=torch.tensor([[3.6, 4.0, 7.2, 0.4]]))
    draws = torch.full((1, 4), 0.9)
    assert StermanRule(game).act(Turn("step", state, theta, draws, draws)).tolist() == [
        [4, 4, 7, 0]
    ]


def test_the_gap_counts_the_supply_line_in_part(game: BeerGame, columns: Any) -> None:
    # Inventory 12 - 4 + 4 = 12, after a first demand of 4 upstream; 12 units on order.
    state = game.start("step", 1)
    wholesaler = state.net_inventory[0, 1].item(), state.supply_line[0, 1].item()
    assert wholesaler == (12, 12)
    theta = {"stock_weight": 0.5, "supply_line_weight": 0.25, "desired_stock": 35, "noise_sd": 0}
    draws = torch.full((1, 4), 0.5)
    order = StermanRule(game).act(Turn("step", state, columns(1, theta), draws, draws))
    assert order[0, 1].item() == 4 + 0.5 * (35 - 12 - 0.25 * 12)


@pytest.mark.parametrize("noise_sd", [1.0, 3.0])
def test_noise_is_what_is_asked_for(
    game: BeerGame, columns: Any, even: torch.Tensor, noise_sd: float
) -> None:
    state = game.start("step", len(even))
    low = replace(state, net_inventory=torch.full_like(state.net_inventory, -20.0))
    uniforms = even.expand(-1, 4)
    stock = columns(len(even), {"noise_sd": noise_sd})
    for rival, theta in [
        (NoisyBaseStock(game), stock),
        (StermanRule(game), columns(len(even), {**PUBLISHED, "noise_sd": noise_sd})),
    ]:
        order = rival.act(Turn("step", low, theta, uniforms, uniforms)).double()
        # Rounding to whole units adds a variance of 1/12.
        wanted = torch.full((4,), noise_sd**2 + 1 / 12).sqrt().double()
        torch.testing.assert_close(order.std(0), wanted, rtol=0.02, atol=0)


def test_noise_costs_money(play: Any, game: BeerGame) -> None:
    cost = [
        mean_team_cost({"cost": play(NoisyBaseStock(game), "step", noise_sd=sd)["cost"].numpy()})
        for sd in (0.2, 2.0, 10.0)
    ]
    assert cost == sorted(cost)


def test_who_forgets_the_supply_line_pays_more(play: Any, game: BeerGame) -> None:
    cost = [
        mean_team_cost({"cost": played["cost"].numpy()})
        for weight in (1.0, 0.0)
        for played in [
            play(StermanRule(game), "step", **{**PUBLISHED, "supply_line_weight": weight})
        ]
    ]
    assert cost[1] > 1.5 * cost[0]


def test_level_zero_passes_orders_on(play: Any, game: BeerGame) -> None:
    played = play(LevelK(game), "step", tau=1e-6, noise_sd=1e-6)["action"]
    # Customers order four and, from week five on, eight; slips take two weeks to the next role.
    assert set(played[:, 0].flatten().tolist()) == {8.0}
    assert (played[:, 1, :2] == FIRST_DEMAND).all()
    assert (played[:, 1, 2:] == 8.0).all()


def test_levels_reply_to_the_level_below(game: BeerGame) -> None:
    rival = LevelK(game)
    torch.testing.assert_close(rival.stocks[0], best_stocks(game, None))
    torch.testing.assert_close(rival.stocks[1], best_stocks(game, rival.stocks[0]))
    # No other stock of one role costs the team less in the same games.
    fixed_point = rival.stocks[-1]
    torch.testing.assert_close(best_stocks(game, fixed_point), fixed_point)


def test_thinking_saves_the_team_money(play: Any, game: BeerGame) -> None:
    cost = [
        mean_team_cost({"cost": play(LevelK(game), "step", tau=tau, noise_sd=0.2)["cost"].numpy()})
        for tau in (1e-6, 6.0)
    ]
    assert cost[1] < 0.5 * cost[0]
