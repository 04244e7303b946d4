"""Batches of markets as environments of Stable-Baselines3."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from satisfice.adapters.stable_baselines import Markets
from satisfice.adapters.view import View
from satisfice.games.base import Game
from satisfice.games.beer_game import REFERENCE_COST, BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot, relative_profit
from satisfice.games.newsvendor import Newsvendor


def markets_of(game: Game, information: str, number: int = 2, **options: float) -> Markets:
    """Markets whose chance is always the same."""
    generator = torch.Generator().manual_seed(1)
    return Markets(View(game, information), number, generator, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("game", "information", "agents"),
    [
        (Cournot(), "market", 2 * (2 + 3 + 4 + 5)),
        (Cobweb(), "market", 2 * 3 * 6),
        (BeerGame(), "local", 2 * 4),
        (Newsvendor(), "round", 2 * 7),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_every_agent_of_every_treatment_is_an_environment(
    game: Game, information: str, agents: int
) -> None:
    env = markets_of(game, information)
    assert env.num_envs == agents
    seen = env.reset()
    for now in range(1, 2 * game.training_rounds + 1):
        assert seen.shape == (agents, env.view.size)
        assert np.isfinite(seen).all()
        seen, payoffs, over, infos = env.step(np.zeros((agents, 1), np.float32))
        assert payoffs.shape == (agents,)
        assert len(infos) == agents
        assert over.all() == over.any() == (now % game.training_rounds == 0)


def test_new_markets_start_after_the_last_round_and_what_it_led_to_is_kept() -> None:
    env = markets_of(Cournot([2]), "round")
    first = env.reset()
    for _ in range(25):
        seen, *_ = env.step(np.zeros((4, 1), np.float32))
    np.testing.assert_array_equal(seen, first)
    assert not np.array_equal(env.last_seen, first)


def test_agents_earn_the_games_payoffs() -> None:
    env = markets_of(Cournot([2, 3]), "none", 1, scale=0.5)
    env.reset()
    # Quantities 25 and 50 in one market, 0, 10 and 20 in the other.
    answers = np.array([[-0.5], [0.0], [-1.0], [-0.8], [-0.6]], np.float32)
    _, payoffs, *_ = env.step(answers)
    own = np.array([25.0, 50.0, 0.0, 10.0, 20.0])
    price, firms = np.array([25.0, 25.0, 70.0, 70.0, 70.0]), np.array([2, 2, 3, 3, 3])
    wanted = [0.5 * relative_profit(*each) for each in zip(own, price, firms, strict=True)]
    np.testing.assert_allclose(payoffs, wanted, rtol=1e-5)


def test_a_team_earns_the_sum_of_its_payoffs() -> None:
    env = markets_of(BeerGame(), "local", team_reward=True)
    env.reset()
    _, payoffs, *_ = env.step(np.zeros((8, 1), np.float32))
    np.testing.assert_allclose(payoffs, -4 * 0.5 * 12 / REFERENCE_COST, rtol=1e-5)


def test_payoffs_over_evenly_spread_chance_are_the_expected_ones() -> None:
    game = Newsvendor()
    env = markets_of(game, "none", 1, chance_draws=game.largest_demand)
    env.reset()
    answers = np.linspace(-1.0, 1.0, 7, dtype=np.float32)[:, None]
    _, payoffs, *_ = env.step(answers)
    orders = env.batches[0].state.previous.flatten().numpy()
    wanted = [
        design.expected_profit(order) / design.largest_profit
        for design, order in zip(game.designs.values(), orders, strict=True)
    ]
    np.testing.assert_allclose(payoffs, wanted, rtol=1e-4)


def test_agents_are_not_changed_one_by_one() -> None:
    env = markets_of(Cournot([2]), "none")
    assert env.env_is_wrapped(object) == [False] * 4
    assert env.get_attr("render_mode") == [None] * 4
    with pytest.raises(NotImplementedError, match="no attributes"):
        env.set_attr("round", 3)
    with pytest.raises(NotImplementedError, match="no methods"):
        env.env_method("step")
