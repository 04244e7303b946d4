"""Features of candidates: what they say, and that they say nothing of what comes later."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.evaluation.history_features import (
    decayed,
    history_features,
    mean_before,
    roundness_of,
)
from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor

GAMES: list[Game] = [Cournot(), Cobweb(), BeerGame(), Newsvendor()]


def some_play(game: Game, treatment: str, rounds: int = 6) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(3)
    shape = (2, game.treatments[treatment], rounds)
    low, high = float(game.action_values[0]), float(game.action_values[-1])
    return {name: generator.uniform(low, high, shape) for name in game.recorded}


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_features_know_earlier_rounds_only(game: Game) -> None:
    treatment = next(iter(game.treatments))
    play, now = some_play(game, treatment), 3
    later = {
        name: np.concatenate([values[..., :now], values[..., now:][::-1, :, ::-1]], -1)
        for name, values in play.items()
    }
    one, other = (history_features(game, treatment, each).table() for each in (play, later))
    np.testing.assert_array_equal(one[:, :, : now + 1], other[:, :, : now + 1])
    assert not np.array_equal(one[:, :, now + 1], other[:, :, now + 1], equal_nan=True)


@pytest.mark.parametrize("game", GAMES, ids=lambda game: game.name)
def test_features_of_a_market_know_no_other_market(game: Game) -> None:
    treatment = next(iter(game.treatments))
    play = some_play(game, treatment)
    alone = {name: values[:1] for name, values in play.items()}
    both, one = (history_features(game, treatment, each).table() for each in (play, alone))
    np.testing.assert_allclose(both[:1], one, rtol=1e-6)


def test_treatments_of_a_game_have_the_same_features() -> None:
    game = Cournot()
    names = [history_features(game, each, some_play(game, each)).names for each in ("2", "5")]
    assert names[0] == names[1]


def test_candidates_are_compared_with_the_past() -> None:
    game = Cournot()
    action = np.array([[[20.0, 30.0, 20.0, 40.0], [10.0, 12.0, 14.0, 50.0]]])
    found = history_features(game, "2", {"action": action})
    own, now = found.of_candidates, (0, 0, 3)
    assert own["from_last"][now][25] == 25 - 20
    assert own["from_last_but_one"][now][25] == 25 - 30
    assert own["from_continued"][now][25] == 25 - 10
    assert own["from_others"][now][25] == 25 - 14
    # The best reply to 14 is (99 - 14) / 2 = 42.5, the equilibrium is 33.
    assert own["from_best_reply"][now][42] in (0, -1)
    assert own["from_equilibrium"][now][33] == 0
    assert own["own_used_0.8"][now][20] == pytest.approx(0.8**2 + 1)
    assert own["own_followed"][now][30] == 1  # after the earlier 20 came 30
    assert own["own_followed"][now].sum() == 1
    assert own["others_used_0.8"][now][14] == 1
    # 42 instead of 20 against 14: (42 * 43 - 20 * 65) / 33^2.
    assert own["gain_foregone"][now][42] == pytest.approx((42 * 43 - 20 * 65) / 33**2, rel=1e-5)
    assert found.of_decisions["last_to_others"][now] == 14 - 20
    assert np.isnan(own["from_last"][0, 0, 0]).all()


def test_who_plays_alone_has_no_others() -> None:
    game = Newsvendor()
    treatment = next(iter(game.treatments))
    names = history_features(game, treatment, some_play(game, treatment)).names
    assert not any("others" in name for name in names)


def test_rounder_numbers_have_more_divisors() -> None:
    roundness = roundness_of(np.arange(101.0))
    assert list(roundness[[1, 2, 5, 10, 25, 50]]) == [1, 2, 2, 4, 3, 6]
    assert roundness_of(np.linspace(0, 10, 201))[100] == 8  # 5.00


def test_earlier_rounds_fade() -> None:
    values = np.array([[[1.0, 0.0, 2.0, 7.0]]])
    np.testing.assert_allclose(decayed(values, 0.5), [[[0.0, 1.0, 0.5, 2.25]]])
    np.testing.assert_allclose(mean_before(values, 0.5)[0, 0, 3], 2.25 / 1.75)
