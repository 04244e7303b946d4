"""The newsvendor against enumeration of demand and the textbook's closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games import load_game
from satisfice.games.newsvendor import (
    MEAN_DEMAND,
    Newsvendor,
    critical_fractile_order,
    demand,
    expected_profit,
)
from satisfice.learning.rollout import Chance, play_rule

COSTS = {"high_margin": 3, "low_margin": 9}
OPTIMA = {"high_margin": 225, "low_margin": 75}
PROFITS = {"high_margin": 1017, "low_margin": 114}
"""Largest expected profits, by hand: 12 (225 - 84) - 675 and 12 (75 - 9.25) - 675."""
ACTIONS = len(Newsvendor().action_values)
GRID = np.linspace(0, 300, ACTIONS)
by_treatment = pytest.mark.parametrize("treatment", COSTS)
treatments = st.sampled_from(list(COSTS))


@pytest.fixture
def game() -> Newsvendor:
    return Newsvendor()


def day(order: float, demanded: int, unit_cost: float) -> float:
    """Profit of one day, written out from the rules of the experiment."""
    sold = order if order < demanded else demanded
    return 12 * sold - unit_cost * order


def every_demand() -> torch.Tensor:
    """One shock for each demand, from 1 to 300."""
    return ((torch.arange(300, dtype=torch.float64) + 0.5) / 300).float().unsqueeze(1)


@by_treatment
def test_the_critical_fractile_is_the_best_of_all_whole_orders(treatment: str) -> None:
    cost = COSTS[treatment]
    mean = [np.mean([day(order, d, cost) for d in range(1, 301)]) for order in range(301)]
    assert critical_fractile_order(cost) == int(np.argmax(mean)) == OPTIMA[treatment]
    np.testing.assert_allclose(expected_profit(np.arange(301), cost), mean, atol=1e-9)
    assert max(mean) == pytest.approx(PROFITS[treatment])


@given(cost=st.integers(1, 47).map(lambda quarter: quarter / 4))
@settings(deadline=None, max_examples=47, derandomize=True)
def test_the_critical_fractile_is_best_at_any_unit_cost(cost: float) -> None:
    # At some costs two orders are equally good.
    profits = expected_profit(np.arange(301), cost)
    assert profits[critical_fractile_order(cost)] == pytest.approx(profits.max(), abs=1e-9)


def test_demand_is_uniform_from_1_to_300() -> None:
    assert demand(every_demand())[:, 0].tolist() == list(range(1, 301))
    assert demand(torch.tensor([[0.0], [1 - 2**-24]]))[:, 0].tolist() == [1, 300]
    assert demand(every_demand()).mean().item() == MEAN_DEMAND


@given(
    order=st.integers(0, ACTIONS - 1),
    shock=st.floats(0, 1, exclude_max=True, width=32),
    treatment=treatments,
)
@settings(deadline=None, max_examples=150, derandomize=True)
def test_step_and_foregone_payoffs_follow_the_rules(
    order: int, shock: float, treatment: str
) -> None:
    game, chance, actions = Newsvendor(), torch.tensor([[shock]]), torch.tensor([[order]])
    start = game.start(treatment, 1)
    demanded = min(math.floor(chance.item() * np.float32(300)) + 1, 300)
    earned = [day(q, demanded, COSTS[treatment]) / PROFITS[treatment] for q in GRID]
    state, payoff = game.step(treatment, start, actions, chance)
    foregone = game.foregone_payoffs(treatment, start, actions, chance)
    assert foregone.shape == (1, 1, ACTIONS)
    assert foregone[0, 0].tolist() == pytest.approx(earned, abs=1e-5)
    assert payoff.item() == foregone[0, 0, order].item()
    assert state.previous.tolist() == [[order]]


@by_treatment
def test_expected_payoffs_are_the_mean_over_demand(game: Newsvendor, treatment: str) -> None:
    shocks = every_demand()
    actions = torch.zeros(300, 1, dtype=torch.long)
    start = game.start(treatment, 300)
    mean = game.foregone_payoffs(treatment, start, actions, shocks).double().mean(0)[0]
    population = np.full((2, ACTIONS), 1 / ACTIONS)
    found = game.expected_payoffs(treatment, population)
    assert found.shape == (2, ACTIONS) and found.dtype == np.float64
    np.testing.assert_allclose(found[1], mean.numpy(), atol=1e-5)
    np.testing.assert_array_equal(found[0], found[1])
    # The reference payoff is the best that can be expected, and it can be had on the grid.
    assert found.max() == pytest.approx(1.0)
    assert GRID[found[0].argmax()] == game.equilibrium_action(treatment) == OPTIMA[treatment]


@given(markets=st.integers(1, 4 * ACTIONS))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_yesterdays_orders_are_dealt_evenly(markets: int) -> None:
    game = Newsvendor()
    dealt = game.start("high_margin", markets).previous
    assert dealt.shape == (markets, 1)
    counts = np.bincount(dealt[:, 0].numpy(), minlength=ACTIONS)
    assert counts.min() == markets // ACTIONS
    assert counts.max() == -(-markets // ACTIONS)
    if 8 <= markets < ACTIONS:
        # No hole that is much larger than even spacing would leave.
        gaps = np.diff(np.flatnonzero(counts), prepend=-1, append=ACTIONS)
        assert gaps.max() <= 3 * ACTIONS / markets + 1


def test_newsvendors_observe_yesterday_and_the_centre(game: Newsvendor) -> None:
    state = game.start("low_margin", ACTIONS)
    yesterday = game.action_values[state.previous]
    none = game.observe("low_margin", state, "none")
    seen = game.observe("low_margin", state, "yesterday")
    assert none.features.shape == (ACTIONS, 1, 0)
    assert seen.features.shape == (ACTIONS, 1, 1)
    torch.testing.assert_close(150 * (1 + seen.features[..., 0]), yesterday)
    assert seen.features.min() == -1 and seen.features.max() == 1
    for observation in (none, seen):
        assert (observation.previous_action == state.previous).all()
        assert (observation.anchor == 150.5).all()
        assert observation.anchor.shape == (ACTIONS, 1)


def test_treatments_are_told_apart(game: Newsvendor) -> None:
    high, low = (game.treatment_features(treatment) for treatment in COSTS)
    assert high.shape == low.shape and not torch.equal(high, low)


@by_treatment
def test_the_optimum_is_played_and_kept_to_by_the_limits(game: Newsvendor, treatment: str) -> None:
    generator = torch.Generator().manual_seed(0)
    chance = Chance.draw(game, 1, 50, game.rounds, generator)
    played = play_rule(game, game.play_equilibrium, treatment, chance)
    orders = {name: values.numpy() for name, values in played.items()}
    assert orders["action"].shape == (50, 1, 1)
    assert (orders["action"] == OPTIMA[treatment]).all()
    assert game.statistics["mean_order"](orders) == OPTIMA[treatment]
    (limit,) = game.rational_limits(treatment)
    assert limit.low < limit.measure(orders) < limit.high
    centre = {"action": np.full((50, 1, 1), 150.0)}
    assert not limit.low <= limit.measure(centre) <= limit.high


def test_statistics_keep_repetitions_apart(game: Newsvendor) -> None:
    play = {"action": np.array([[[[10.0]], [[20.0]]], [[[50.0]], [[70.0]]]])}
    assert play["action"].shape == (2, 2, 1, 1)
    assert game.statistics["mean_order"](play).tolist() == [15.0, 60.0]
    assert set(game.statistics) == set(game.statistic_units)


def test_the_aggregate_is_the_mean_order(game: Newsvendor) -> None:
    (aggregate,) = game.aggregates
    population = np.zeros((2, ACTIONS))
    population[0, [0, ACTIONS - 1]] = [0.25, 0.75]
    population[1, 1] = 1.0
    assert aggregate.of("high_margin", population).tolist() == pytest.approx([225.0, GRID[1]])
    assert aggregate.relative and aggregate.tolerance == 0.01


def test_the_game_is_known_by_its_name() -> None:
    assert isinstance(load_game("newsvendor"), Newsvendor)
