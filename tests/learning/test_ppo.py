"""Training by PPO: what it learns, and that a seed determines it."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from satisfice.adapters.stable_baselines import Markets
from satisfice.errors import SatisficeError
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import DESIGNS, Newsvendor
from satisfice.learning.ppo import PPOPoint, TrainedByPPO, plays, train_by_ppo
from satisfice.learning.ppo_settings import PPOSettings, check_ppo

FEW = PPOSettings(decisions=400, markets=2, minibatch=50, epochs=1, hidden=8)


def weights(trained: TrainedByPPO) -> list[torch.Tensor]:
    return list(trained.actor.state_dict().values())


def test_the_same_seed_gives_the_same_policy() -> None:
    game = Cournot([2])
    one, again, other = (train_by_ppo(game, FEW, seed) for seed in (1, 1, 2))
    assert all(torch.equal(*pair) for pair in zip(weights(one), weights(again), strict=True))
    assert not torch.equal(weights(one)[0], weights(other)[0])
    assert repr(one.curve) == repr(again.curve)  # the first change is NaN, which equals nothing


def test_training_leaves_the_callers_random_numbers_alone() -> None:
    torch.manual_seed(5)
    wanted = torch.rand(3)
    torch.manual_seed(5)
    train_by_ppo(Cournot([2]), FEW, 1)
    assert torch.equal(torch.rand(3), wanted)


def test_a_training_consists_of_whole_plays() -> None:
    game, points = Cournot([2, 3]), list[PPOPoint]()
    trained = train_by_ppo(game, FEW.model_copy(update={"decisions": 600}), 1, points.append)
    each = 25 * FEW.markets * (2 + 3)
    assert plays(game, FEW.model_copy(update={"decisions": 600})) == 2
    assert [point.decisions for point in points] == [each, 2 * each]
    assert points == trained.curve
    assert math.isnan(points[0].policy_change)  # nothing was updated before
    assert points[1].policy_change > 0
    assert points[0].spread == pytest.approx(FEW.first_sd)


def test_the_final_payoff_is_a_mean_of_the_last_fifth() -> None:
    curve = [PPOPoint(i, i, float(i), 0.1, 0.0) for i in range(1, 11)]
    assert TrainedByPPO(torch.nn.Sequential(), curve).final_payoff == 9.5


def test_a_newsvendor_finds_the_critical_fractile() -> None:
    game = Newsvendor({"classic": DESIGNS["classic"], "expedite_4": DESIGNS["expedite_4"]})
    settings = PPOSettings(
        decisions=60_000, markets=32, minibatch=320, learning_rate=0.005, discount=0.0,
        first_sd=0.3, chance_draws=20,
    )  # fmt: skip
    trained = train_by_ppo(game, settings, 1)
    assert trained.final_payoff > trained.curve[0].payoff
    assert trained.final_payoff > 0.97
    seen = torch.zeros(2, 2 + settings.memory)  # the treatment, and what was done before
    seen[0, 0] = seen[1, 1] = 1.0
    with torch.no_grad():
        orders = 50.0 + 50.0 * trained.actor(seen).squeeze(-1)
    np.testing.assert_allclose(orders, [75.0, 25.0], atol=5.0)


def test_play_is_taken_to_go_on_after_its_last_round(monkeypatch: pytest.MonkeyPatch) -> None:
    # With a discount near one and a constant payoff, a value that knew of an end would fall
    # towards it. The library is told the value of what follows instead, so payoffs of the last
    # round are those of others plus a discounted value.
    from stable_baselines3.common.buffers import RolloutBuffer  # noqa: PLC0415 - only here

    kept: list[np.ndarray] = []
    original = RolloutBuffer.compute_returns_and_advantage

    def keep(self: Any, *arguments: Any, **named: Any) -> None:
        kept.append(self.rewards.copy())
        original(self, *arguments, **named)

    monkeypatch.setattr(RolloutBuffer, "compute_returns_and_advantage", keep)
    monkeypatch.setattr(Markets, "_play", lambda self, batch, answers: torch.ones(2, 2))
    game = Cournot([2])
    monkeypatch.setattr(game, "observe", lambda *_: _nothing(game))
    trained = train_by_ppo(game, FEW.model_copy(update={"decisions": 100, "discount": 0.9}), 3)
    (rewards,) = kept
    np.testing.assert_array_equal(rewards[:-1], 1.0)
    assert (rewards[-1] != 1.0).all()
    assert trained.curve[0].payoff == pytest.approx(1.0 / (1.0 - 0.9))


def _nothing(game: Cournot) -> Any:
    return Cournot.observe(game, "2", game.start("2", 2), "none")


@pytest.mark.parametrize(
    ("game", "settings", "key", "problem"),
    [
        (Cournot(), {"information": "all", "reward": "own"}, "information", "'all' is unknown"),
        (Cournot(), {"information": "none", "reward": "team"}, "reward", "their own payoffs"),
    ],
)
def test_settings_that_do_not_fit_the_game_are_refused(
    game: Cournot, settings: dict[str, str], key: str, problem: str
) -> None:
    with pytest.raises(SatisficeError, match=problem) as caught:
        check_ppo(game, settings)
    assert caught.value.place == f"config, key games.cournot.ppo.{key}"


def test_teams_are_allowed_in_dynamic_games() -> None:
    check_ppo(BeerGame(), {"information": "local", "reward": "team"})
