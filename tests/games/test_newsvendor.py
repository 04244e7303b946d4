"""The newsvendor against enumeration of demand and the textbook's closed forms."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games import load_game
from satisfice.games.base import NO_ACTION_YET
from satisfice.games.newsvendor import DESIGNS, Design, Newsvendor
from satisfice.learning.rollout import Chance, play_rule

EXPEDITING = {f"expedite_{cost}": cost for cost in (3, 4, 6, 12, 18, 30)}
OPTIMA = {"classic": 75, "expedite_3": 0, "expedite_4": 25, "expedite_6": 50, "expedite_12": 75,
          "expedite_18": 84, "expedite_30": 90}  # fmt: skip
"""Orders that earn most: 100 (k - 3) / k, rounded up to a whole order."""
PROFITS = {"classic": 342.0, "expedite_3": 454.5}
"""Largest expected profits, by hand: 12 (75 - 27.75) - 225, and 606 - 3 * 50.5."""
GRID = np.arange(101.0)
by_treatment = pytest.mark.parametrize("treatment", OPTIMA)


@pytest.fixture
def game() -> Newsvendor:
    return Newsvendor()


def profit(treatment: str, order: float, demanded: float) -> float:
    """Profit of one period, written out from the rules of the experiment."""
    if treatment == "classic":
        return 12 * min(order, demanded) - 3 * order
    missing = max(demanded - order, 0)
    return 12 * demanded - 3 * order - EXPEDITING[treatment] * missing


def every_demand() -> torch.Tensor:
    """One shock for each demand, from 1 to 100."""
    return ((torch.arange(100, dtype=torch.float64) + 0.5) / 100).float().unsqueeze(1)


@by_treatment
def test_the_best_order_is_the_best_of_all_whole_orders(treatment: str) -> None:
    design = DESIGNS[treatment]
    mean = [np.mean([profit(treatment, q, d) for d in range(1, 101)]) for q in range(101)]
    np.testing.assert_allclose(design.expected_profit(GRID), mean, atol=1e-9)
    assert mean[design.best_order] == pytest.approx(max(mean))
    assert design.best_order == OPTIMA[treatment]
    assert design.largest_profit == pytest.approx(max(mean))
    if treatment in PROFITS:
        assert design.largest_profit == pytest.approx(PROFITS[treatment])


@given(
    price=st.integers(4, 40),
    cost=st.integers(1, 12).map(lambda quarter: quarter / 4),
    expediting=st.none() | st.integers(3, 50),
    largest=st.integers(1, 60),
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_closed_forms_hold_for_any_design(
    price: int, cost: float, expediting: int | None, largest: int
) -> None:
    design = Design(price, cost, expediting, largest)
    orders, demands = np.arange(largest + 1.0), np.arange(1.0, largest + 1)
    mean = design.profit(orders[:, None], demands).mean(1)
    np.testing.assert_allclose(design.expected_profit(orders), mean, atol=1e-9)
    # At some costs two orders are equally good; the smaller one counts.
    assert design.best_order == np.flatnonzero(mean >= mean.max() - 1e-9)[0]
    assert design.mean_demand == pytest.approx(demands.mean())


def test_a_lost_sale_costs_the_price() -> None:
    demand = np.arange(1.0, 101)
    classic, expediting = DESIGNS["classic"], DESIGNS["expedite_12"]
    for order in (0.0, 40.0, 100.0):
        np.testing.assert_array_equal(
            classic.profit(order, demand), expediting.profit(order, demand)
        )


def test_demand_is_uniform_from_1_to_100(game: Newsvendor) -> None:
    assert game.demand(every_demand())[:, 0].tolist() == list(range(1, 101))
    assert game.demand(torch.tensor([[0.0], [1 - 2**-24]]))[:, 0].tolist() == [1, 100]
    assert game.demand(every_demand()).mean().item() == game.mean_demand == 50.5


@given(
    order=st.integers(0, 100),
    shock=st.floats(0, 1, exclude_max=True, width=32),
    treatment=st.sampled_from(list(OPTIMA)),
)
@settings(deadline=None, max_examples=150, derandomize=True)
def test_step_and_foregone_payoffs_follow_the_rules(
    order: int, shock: float, treatment: str
) -> None:
    game, chance, actions = Newsvendor(), torch.tensor([[shock]]), torch.tensor([[order]])
    start = game.start(treatment, 1)
    demanded = min(math.floor(chance.item() * np.float32(100)) + 1, 100)
    reference = DESIGNS[treatment].largest_profit
    earned = [profit(treatment, q, demanded) / reference for q in GRID]
    state, payoff = game.step(treatment, start, actions, chance)
    foregone = game.foregone_payoffs(treatment, start, actions, chance)
    assert foregone.shape == (1, 1, 101)
    assert foregone[0, 0].tolist() == pytest.approx(earned, abs=1e-5)
    assert payoff.item() == foregone[0, 0, order].item()
    assert state.previous.tolist() == [[order]]
    assert state.demand.tolist() == [[demanded]] and state.round == 1


@by_treatment
def test_expected_payoffs_are_the_mean_over_demand(game: Newsvendor, treatment: str) -> None:
    shocks = every_demand()
    actions = torch.zeros(100, 1, dtype=torch.long)
    start = game.start(treatment, 100)
    mean = game.foregone_payoffs(treatment, start, actions, shocks).double().mean(0)[0]
    population = np.full((2, 101), 1 / 101)
    found = game.expected_payoffs(treatment, population)
    assert found.shape == (2, 101) and found.dtype == np.float64
    np.testing.assert_allclose(found[1], mean.numpy(), atol=1e-5)
    np.testing.assert_array_equal(found[0], found[1])
    # The reference payoff is the best that can be expected, and it can be had on the grid.
    assert found.max() == pytest.approx(1.0)
    assert GRID[found[0].argmax()] == game.equilibrium_action(treatment) == OPTIMA[treatment]


def test_all_treatments_side_by_side_are_those_alone(game: Newsvendor) -> None:
    markets, together = 4, game.side_by_side(4)
    assert isinstance(together, Newsvendor)
    shocks = torch.rand((7 * markets, 1), generator=torch.Generator().manual_seed(0))
    actions = (torch.arange(7 * markets) * 13 % 101).unsqueeze(1)
    start = together.start("", 7 * markets)
    after, payoffs = together.step("", start, actions, shocks)
    foregone = together.foregone_payoffs("", start, actions, shocks)
    assert together.treatment_features("").shape == (7 * markets, 1, 7)
    for number, treatment in enumerate(game.treatments):
        rows = slice(number * markets, (number + 1) * markets)
        alone = game.start(treatment, markets)
        _, payoff = game.step(treatment, alone, actions[rows], shocks[rows])
        torch.testing.assert_close(payoffs[rows], payoff)
        expected = game.foregone_payoffs(treatment, alone, actions[rows], shocks[rows])
        torch.testing.assert_close(foregone[rows], expected)
        features = together.treatment_features("")[rows, 0]
        assert (features == game.treatment_features(treatment)).all()
    assert torch.equal(after.demand, game.demand(shocks))


def test_newsvendors_observe_yesterday_and_have_two_rules_of_thumb(game: Newsvendor) -> None:
    start = game.start("classic", 2)
    first = game.observe("classic", start, "yesterday")
    assert first.features.tolist() == [[[pytest.approx(1 / 30), 0, 0, 0]]] * 2
    assert (first.anchor == 50.5).all() and (first.previous_action == NO_ACTION_YET).all()
    shocks, orders = torch.tensor([[0.0], [0.745]]), torch.tensor([[100], [25]])
    state = game.next_state("classic", start, orders, shocks)
    none, seen = (game.observe("classic", state, level) for level in ("none", "yesterday"))
    assert none.features.shape == (2, 1, 0)
    assert seen.features[0, 0].tolist() == pytest.approx([1 / 29, 1.0, 1.0, -0.98])
    assert seen.features[1, 0].tolist() == pytest.approx([1 / 29, 1.0, -0.5, 0.5])
    assert game.observe("classic", state, "demand").features.flatten().tolist() == pytest.approx(
        [-0.98, 0.5]
    )
    for level, anchor in (
        ("none", [50.5, 50.5]), ("round", [50.5, 50.5]), ("demand", [1, 75]), ("yesterday", [1, 75])
    ):  # fmt: skip
        observation = game.observe("classic", state, level)
        assert observation.anchor[:, 0].tolist() == anchor
        assert (observation.previous_action == orders).all()
        assert observation.features.shape[-1] == len(game.information[level])


def test_following_a_record_is_playing_it_again(game: Newsvendor) -> None:
    chance = Chance.draw(game, 1, 5, game.rounds, torch.Generator().manual_seed(0))
    recorded = play_rule(game, game.play_equilibrium, "expedite_18", chance)
    assert set(recorded) == set(game.recorded)
    played = followed = game.start("expedite_18", 5)
    for now in range(game.rounds):
        seen = {name: values[..., now] for name, values in recorded.items()}
        action = seen["action"].long()
        before = played
        played, payoff = game.step("expedite_18", before, action, chance.shocks[now])
        followed = game.follow("expedite_18", followed, action, seen)
        assert torch.equal(followed.previous, played.previous)
        assert torch.equal(followed.demand, played.demand) and followed.round == played.round
        # The profit of the record, from the order that led to the state and the demand in it.
        earned = DESIGNS["expedite_18"].profit(seen["action"], followed.demand)
        torch.testing.assert_close(payoff, earned / DESIGNS["expedite_18"].largest_profit)


@by_treatment
def test_the_optimum_is_played_and_kept_to_by_the_limits(game: Newsvendor, treatment: str) -> None:
    chance = Chance.draw(game, 1, 50, game.rounds, torch.Generator().manual_seed(0))
    played = play_rule(game, game.play_equilibrium, treatment, chance)
    orders = {name: values.numpy() for name, values in played.items()}
    assert orders["action"].shape == (50, 1, 30)
    assert (orders["action"] == OPTIMA[treatment]).all()
    (limit,) = game.rational_limits(treatment)
    assert limit.low < limit.measure(orders) == pytest.approx(1.0)
    poor = {"action": (orders["action"] + 50) % 101}
    assert limit.measure(poor) < limit.low


def test_the_aggregate_is_the_mean_order(game: Newsvendor) -> None:
    (aggregate,) = game.aggregates
    population = np.zeros((2, 101))
    population[0, [0, 100]] = [0.25, 0.75]
    population[1, 1] = 1.0
    assert aggregate.of("classic", population).tolist() == pytest.approx([75.0, 1.0])


def test_treatments_are_told_apart(game: Newsvendor) -> None:
    features = torch.stack([game.treatment_features(treatment) for treatment in OPTIMA])
    assert torch.equal(features, torch.eye(7))
    assert list(game.treatments) == list(OPTIMA)


def test_newsvendors_of_one_game_have_the_same_demand() -> None:
    with pytest.raises(ValueError, match="same demand"):
        Newsvendor({"small": Design(largest_demand=10), "large": Design()})
    with pytest.raises(ValueError, match="same demand"):
        Newsvendor({})


def test_the_game_is_known_by_its_name() -> None:
    assert isinstance(load_game("newsvendor"), Newsvendor)
