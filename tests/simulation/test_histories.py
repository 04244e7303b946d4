"""Recorded play: its states are those of the game, and joined observations lead back to all."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from coins import Coins, thrown
from numpy.random import default_rng
from random_play import GAMES, recorded

from satisfice.games import load_game
from satisfice.games.cournot import Cournot
from satisfice.simulation.histories import History, histories_of


@pytest.mark.parametrize(("name", "treatment", "information"), GAMES)
def test_what_agents_observed_is_what_they_observe_in_play(
    name: str, treatment: str, information: str
) -> None:
    game = load_game(name)
    play, states = recorded(game, treatment, 4)
    history = History.of(game, treatment, play)
    assert history.decisions == history.action.numel() == play["action"].size
    assert len(history.states) == game.rounds
    found = history.observed(information)
    for now, state in enumerate(states):
        for kind, wanted in vars(game.observe(treatment, state, information)).items():
            observed = getattr(found, kind)[:, :, now]
            torch.testing.assert_close(observed, wanted, equal_nan=True, rtol=1e-5, atol=1e-5)


def test_observations_are_joined_once() -> None:
    history = thrown([[3, 5]])
    first = history.distinct("none", ("features",), whole=False)
    assert history.distinct("none", ("features",), whole=False) is first
    assert history.distinct("none", ("features",), whole=True) is not first
    made: list[int] = []
    for _ in range(2):
        history.once("key", lambda: made.append(1))
    assert made == [1]


def test_an_action_between_two_of_the_grid_counts_as_the_nearer_one() -> None:
    action = default_rng(1).integers(1, 100, (2, 2, 25)).astype(float)
    history = History.of(Cournot(), "2", {"action": action + 0.3})
    np.testing.assert_array_equal(history.action, action)
    np.testing.assert_allclose(history.play["action"], action + 0.3, rtol=1e-6)


def test_histories_are_by_treatment() -> None:
    panels = {
        name: {"action": np.zeros((2, agents, 10))} for name, agents in Coins.treatments.items()
    }
    found = histories_of(Coins(), panels)
    assert {name: each.treatment for name, each in found.items()} == {
        name: name for name in Coins.treatments
    }
    assert found["two"].action.shape == (2, 2, 10)


def test_a_game_whose_chance_nobody_recorded_is_told() -> None:
    class Shaken(Coins):
        shocks = 1

    with pytest.raises(NotImplementedError, match="a method follow, which reads chance"):
        History.of(Shaken(), "two", {"action": np.zeros((1, 2, 10))})
