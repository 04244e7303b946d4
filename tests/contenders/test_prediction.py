"""What contenders without parameters predict, and the draws that bounded models play for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.contenders import base, load_rule, rules_of
from satisfice.contenders.prediction import play_prediction, thin
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.simulation.simulator import Experiment

SHIPPED = {"cournot": "huck2004", "cobweb": "hommes2007", "beer_game": "sterman1989"}


def unfitted(game: str) -> list[str]:
    """Rules without parameters that can play a game."""
    loaded = load_game(game)
    return [name for name, rule in rules_of(loaded).items() if not rule(loaded).free]


RULES = [(game, rule) for game in SHIPPED for rule in unfitted(game)]


def predicted(root: Path, game: str, rule: str, draws: int = 20) -> np.ndarray:
    """Statistics of the human experiment that a rule predicts."""
    loaded = load_game(game)
    human = load_dataset(root / "data" / game / SHIPPED[game], loaded)
    contender = load_rule(rule, loaded, f"contender {rule}")
    experiment, theta = Experiment(loaded, human.markets), np.empty((draws, 0))
    return play_prediction(contender, experiment, rule, theta, 7)[0]


@pytest.mark.parametrize(("game", "rule"), RULES)
def test_every_rule_of_every_game_predicts(root: Path, game: str, rule: str) -> None:
    found = predicted(root, game, rule)
    human = load_dataset(root / "data" / game / SHIPPED[game], load_game(game)).table
    assert found.shape == (20, len(human))
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(predicted(root, game, rule, 10), found[:10])


def test_rules_are_told_apart(root: Path) -> None:
    means = {rule: predicted(root, game, rule).mean(axis=0) for game, rule in RULES}
    cost = {rule: means[rule][-1] for rule in unfitted("beer_game")}
    assert list(load_game("beer_game").statistics)[-1] == "team_cost"
    # Tuning for uncertain demand costs a little where demand is known; people's rule costs more.
    assert cost["equilibrium"] < cost["tuned_base_stock"] < 0.5 * cost["sterman"]
    variance = {rule: means[rule][5] for rule in unfitted("cobweb")}
    order = ("equilibrium", "adaptive_expectations", "naive_expectations")
    assert sorted(order, key=variance.__getitem__) == list(order)


def test_predictions_that_are_no_numbers_are_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "simulate", lambda *_, **__: (np.full((20, 40), np.nan), {}))
    with pytest.raises(SatisficeError, match="predictions of equilibrium: hold statistics that"):
        predicted(root, "cournot", "equilibrium")


@given(members=st.integers(1, 6), available=st.integers(1, 50), draws=st.integers(6, 200))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_thinning_takes_equally_many_of_each_member(
    members: int, available: int, draws: int
) -> None:
    numbers = np.arange(members * available, dtype=float).reshape(members, available, 1)
    theta, chain = thin(np.repeat(numbers, 3, axis=2), draws)
    each = min(draws // members, available)
    assert theta.shape == (members * each, 3)
    assert np.bincount(chain).tolist() == [each] * members
    # Draws of a member, each of them once, from the first to the last.
    own = (theta[:, 0] - chain * available).reshape(members, each)
    assert (own == own[0]).all()
    assert own[0, 0] == 0
    assert (np.diff(own[0]) >= 1).all()
    if each > 1:
        assert own[0, -1] == available - 1
