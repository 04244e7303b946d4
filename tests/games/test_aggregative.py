"""The base class for games of one's own, against the oligopoly and enumeration."""

from __future__ import annotations

from itertools import product
from typing import ClassVar

import numpy as np
import pytest
import torch
from torch import Tensor

from satisfice.contenders.base import Turn
from satisfice.contenders.general import BestReply
from satisfice.games.aggregative import AggregativeGame, LastRound
from satisfice.games.cournot import Cournot, nash_profit, price


class PublicGoods(AggregativeGame):
    """Whole tokens from 0 to 20, and a fractional grid in a treatment of three."""

    name = "public_goods"
    action_unit = "contribution (tokens)"
    rounds = 10
    treatments: ClassVar[dict[str, int]] = {"low": 4, "pair": 2}
    action_values = torch.arange(0, 20.5, 2.5)

    def payoff(self, treatment: str, own: Tensor, others: Tensor) -> Tensor:
        return (20.0 - own + 0.4 * (own + others)) / 20.0

    def equilibrium_action(self, treatment: str) -> float:
        return 0.0


class Oligopoly(AggregativeGame):
    """The Cournot game again, by its payoff alone."""

    name = "oligopoly"
    action_unit = "quantity"
    rounds = 25
    treatments: ClassVar[dict[str, int]] = {"2": 2, "3": 3, "5": 5}
    action_values = torch.arange(101.0)

    def payoff(self, treatment: str, own: Tensor, others: Tensor) -> Tensor:
        return own * (price(own + others) - 1.0) / nash_profit(int(treatment))

    def equilibrium_action(self, treatment: str) -> float:
        return 99.0 / (int(treatment) + 1)


@pytest.mark.parametrize("treatment", ["2", "3", "5"])
def test_expected_payoffs_are_those_of_the_oligopoly(treatment: str) -> None:
    population = np.random.default_rng(0).dirichlet(np.full(101, 0.2), size=4)
    found = Oligopoly().expected_payoffs(treatment, population)
    np.testing.assert_allclose(found, Cournot().expected_payoffs(treatment, population), atol=1e-10)


@pytest.mark.parametrize("treatment", ["low", "pair"])
def test_expected_payoffs_are_those_of_all_profiles(treatment: str) -> None:
    game = PublicGoods()
    grid = game.action_values.double().numpy()
    share = np.random.default_rng(1).dirichlet(np.ones(len(grid)))
    others = game.treatments[treatment] - 1
    expected = np.zeros(len(grid))
    for places in product(range(len(grid)), repeat=others):
        total = torch.tensor(grid[list(places)].sum())
        chance = np.prod(share[list(places)])
        expected += chance * game.payoff(treatment, torch.from_numpy(grid), total).numpy()
    np.testing.assert_allclose(game.expected_payoffs(treatment, share), expected)


def test_a_round_pays_what_the_payoff_says() -> None:
    game = PublicGoods()
    actions = torch.tensor([[0, 8, 4, 2]])  # 0, 20, 10 and 5 tokens
    state, payoff = game.step("low", game.start("low", 1), actions)
    torch.testing.assert_close(payoff, torch.tensor([[34.0, 14.0, 24.0, 29.0]]) / 20)
    foregone = game.foregone_payoffs("low", state, actions)
    torch.testing.assert_close(foregone.gather(-1, actions.unsqueeze(-1)).squeeze(-1), payoff)
    # Whatever the others do, each token given costs three fifths of itself.
    steps = foregone.diff(dim=-1)
    torch.testing.assert_close(steps, torch.full_like(steps, -0.6 * 2.5 / 20))


def test_agents_see_the_others_in_typical_actions() -> None:
    game = PublicGoods()
    state, _ = game.step("low", game.start("low", 1), torch.tensor([[0, 8, 4, 0]]))
    seen = game.observe("low", state, "market")
    # Nobody gives in equilibrium, so half of the largest gift is the scale: ten tokens.
    assert game.typical_action("low") == 10.0
    others = seen.features[0, :, game.information["market"].index("others")]
    torch.testing.assert_close(others, torch.tensor([30.0, 10.0, 20.0, 30.0]) / 30.0 - 1.0)
    torch.testing.assert_close(seen.anchor, torch.tensor([[0.0, 20.0, 10.0, 0.0]]))
    before = game.observe("low", game.start("low", 1), "market")
    assert torch.isnan(before.anchor).all()


def test_equilibrium_and_best_replies_give_nothing() -> None:
    game, uniforms = PublicGoods(), torch.linspace(0.0, 0.999, 8).reshape(2, 4)
    start, reply = game.start("low", 2), BestReply(game)
    assert not game.play_equilibrium("low", start, uniforms).any()
    first = reply.act(Turn("low", start, {}, uniforms, uniforms))
    assert first.min() == 0 and first.max() == 8
    later = reply.act(Turn("low", LastRound(first, 1), {}, uniforms, uniforms))
    torch.testing.assert_close(later, torch.where(uniforms >= 0.5, 0, first))


def test_statistics_have_the_thirds_of_the_rounds() -> None:
    game = PublicGoods()
    names = list(game.statistics)
    assert names[:3] == ["mean_rounds_1_3", "mean_rounds_4_6", "mean_rounds_7_10"]
    assert set(game.statistic_units) == set(names)
    play = game.record({"action": np.full((2, 4, 10), 5.0)}, "low")
    assert float(game.statistics["mean_rounds_4_6"](play)) == 0.5
    assert list(Oligopoly().statistics) == list(Cournot().statistics)


def test_the_rational_limit_is_near_equilibrium() -> None:
    (limit,) = PublicGoods().rational_limits("low")
    assert (limit.low, limit.high) == pytest.approx((-0.4, 0.4))
    assert limit.measure({"action": np.full((1, 4, 10), 0.3)}) == pytest.approx(0.3)
