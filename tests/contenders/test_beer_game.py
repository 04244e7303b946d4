"""Ordering rules of the beer game, against the game's own."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import pytest
import torch

from satisfice.contenders.beer_game import LevelK, NoisyBaseStock, StermanRule, best_stocks
from satisfice.games.beer_game import (
    BENCHMARK_STOCK,
    DESIRED_STOCK,
    FIRST_DEMAND,
    RESIDUAL_SD,
    STOCK_WEIGHT,
    SUPPLY_LINE_WEIGHT,
    BeerGame,
    base_stock,
    mean_team_cost,
    stermans_rule,
)
from satisfice.learning.rollout import Chance, play_rule

PUBLISHED = {
    "stock_weight": STOCK_WEIGHT,
    "supply_line_weight": SUPPLY_LINE_WEIGHT,
    "desired_stock": DESIRED_STOCK,
    "noise_sd": RESIDUAL_SD,
}


@pytest.fixture
def game() -> BeerGame:
    return BeerGame()


def by_rule(game: BeerGame, rule: Any, markets: int = 100) -> dict[str, torch.Tensor]:
    """Play with the draws of the fixture ``play``."""
    generator = torch.Generator().manual_seed(0)
    chance = Chance.draw(game, 4, markets, game.rounds, generator)
    return play_rule(game, rule, "step", chance)


def test_published_parameters_give_the_published_rule(play: Any, game: BeerGame) -> None:
    torch.testing.assert_close(
        play(StermanRule(game), "step", **PUBLISHED), by_rule(game, stermans_rule), rtol=0, atol=0
    )


def test_base_stock_without_noise_is_the_benchmark(play: Any, game: BeerGame) -> None:
    benchmark = by_rule(game, partial(base_stock, desired=BENCHMARK_STOCK))
    played = play(NoisyBaseStock(game), "step", noise_sd=0.0)
    torch.testing.assert_close(played, benchmark, rtol=0, atol=0)


def test_who_sees_no_gap_orders_the_forecast(game: BeerGame, columns: Any) -> None:
    theta = columns(1, {**PUBLISHED, "stock_weight": 0.0, "noise_sd": 0.0})
    state = replace(game.start("step", 1), forecast=torch.tensor([[3.6, 4.0, 7.2, 0.4]]))
    draws = torch.full((1, 4), 0.9)
    assert StermanRule(game).act("step", state, theta, draws, draws).tolist() == [[4, 4, 7, 0]]


def test_the_gap_counts_the_supply_line_in_part(game: BeerGame, columns: Any) -> None:
    # Inventory 12 - 4 + 4 = 12, after a first demand of 4 upstream; 12 units on order.
    state = game.start("step", 1)
    wholesaler = state.net_inventory[0, 1].item(), state.supply_line[0, 1].item()
    assert wholesaler == (12, 12)
    theta = {"stock_weight": 0.5, "supply_line_weight": 0.25, "desired_stock": 35, "noise_sd": 0}
    draws = torch.full((1, 4), 0.5)
    order = StermanRule(game).act("step", state, columns(1, theta), draws, draws)
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
        order = rival.act("step", low, theta, uniforms, uniforms).double()
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
