"""What contenders earn, against exact payoffs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from satisfice.contenders import load_rule
from satisfice.contenders.earnings import earnings, payoffs_of
from satisfice.games.beer_game import FIXED_WEEKS, REFERENCE_COST, ROLES, WEEKS, BeerGame
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import DESIGNS, Newsvendor
from satisfice.learning.rollout import Chance


def test_firms_in_equilibrium_earn_the_nash_profit() -> None:
    game = Cournot([2])
    table = earnings(game, {"equilibrium": load_rule("equilibrium", game, "test")}, 7)
    columns = ["contender", "treatment", "payoff", "standard_error", "gain", "gain_error"]
    assert list(table.columns) == columns
    assert table.values.tolist() == [["equilibrium", "2", pytest.approx(1.0), 0.0, 0.0, 0.0]]


def test_the_best_team_pays_204_in_its_36_weeks() -> None:
    game = BeerGame()
    table = earnings(game, {"equilibrium": load_rule("equilibrium", game, "test")}, 7)
    assert list(table.treatment) == ["uncertain", "step"]
    per_role = REFERENCE_COST * len(ROLES) * (WEEKS - FIXED_WEEKS)
    cost = -table.payoff.iloc[1] * per_role + FIXED_WEEKS * REFERENCE_COST
    assert cost == pytest.approx(204.0, abs=1e-3)


def test_payoffs_over_all_demands_are_the_expected_ones() -> None:
    game = Newsvendor({"classic": DESIGNS["classic"]})
    chance = Chance.draw(game, 1, 3, 4, torch.Generator().manual_seed(1))
    orders = torch.tensor([0.0, 40.0, 75.0])
    action = orders.reshape(3, 1, 1).expand(3, 1, 4)
    paid = payoffs_of(game, "classic", action, chance, draws=100)
    design = DESIGNS["classic"]
    wanted = design.expected_profit(orders.numpy()) / design.largest_profit
    np.testing.assert_allclose(paid, wanted, rtol=1e-4)


def test_contenders_meet_the_same_chance() -> None:
    game = Newsvendor()
    rule = load_rule("equilibrium", game, "test")
    table = earnings(game, {"one": rule, "other": rule}, 7)
    one, other = (table[table.contender == name] for name in ("one", "other"))
    np.testing.assert_array_equal(one.payoff, other.payoff)
    assert (one.standard_error > 0).all()
    # Whatever demand is, it is the same for both.
    assert (other[["gain", "gain_error"]] == 0).all(axis=None)
