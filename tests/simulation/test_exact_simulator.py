"""Exact simulation of memoryless populations."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import solve_supertypes
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.simulation import exact_simulator
from satisfice.simulation.exact_simulator import ExactBehaviour
from satisfice.simulation.simulator import Experiment

PRIOR = ParameterSpace.of(SKILL_PARAMETERS, {"beta": [0.2, 2.0]})
POINT = np.array([[0.3, 0.5, 0.6]])


def behaviour_of(name: str, treatment: str, solves: int = 32) -> ExactBehaviour:
    game = load_game(name)
    assert isinstance(game, StageGame)
    belief = np.full(len(game.action_values), -np.log(len(game.action_values)))

    def belief_at(theta: np.ndarray) -> np.ndarray:
        return np.tile(belief, (len(theta), 1, 1))

    return ExactBehaviour.solve(game, [treatment], PRIOR, belief_at, solves)


@pytest.fixture(scope="module")
def cournot() -> ExactBehaviour:
    return behaviour_of("cournot", "2")


def test_interpolation_is_close_to_the_solver(cournot: ExactBehaviour) -> None:
    assert 0 < cournot.error["2"] < 0.01


def test_play_follows_the_exact_equilibrium(cournot: ExactBehaviour) -> None:
    game = cournot.game
    _, exact = solve_supertypes(
        PRIOR.from_unit(POINT), partial(game.expected_payoffs, "2"), cournot.belief_at(POINT)
    )
    play = cournot.play(Experiment(game, {"2": 3000}), POINT, torch.Generator().manual_seed(1))[
        "2"
    ]["action"]
    assert play.shape == (1, 3000, 2, game.rounds)
    quantity = game.action_values.numpy()
    mean = float((exact.population @ quantity)[0])
    assert play.mean() == pytest.approx(mean, abs=0.4)
    spread = np.sqrt(float((exact.population @ quantity**2)[0]) - mean**2)
    assert play.std() == pytest.approx(spread, rel=0.04)


def test_same_seed_same_statistics_whatever_comes_later(cournot: ExactBehaviour) -> None:
    experiment = Experiment(cournot.game, {"2": 2})
    cube = np.random.default_rng(0).random((1200, 3))
    whole = cournot.simulate(experiment, cube, 5, "a")
    assert whole.shape == (1200, len(experiment.labels))
    np.testing.assert_array_equal(cournot.simulate(experiment, cube[:1000], 5, "a"), whole[:1000])
    assert not np.allclose(cournot.simulate(experiment, cube[:1000], 5, "b"), whole[:1000])


def test_likelihood_is_highest_near_the_truth(cournot: ExactBehaviour) -> None:
    game = cournot.game
    play = cournot.play(Experiment(game, {"2": 60}), POINT, torch.Generator().manual_seed(2))
    paths = play["2"]["action"].reshape(-1, game.rounds).astype(int)
    counts = {"2": np.stack([np.bincount(row, minlength=101) for row in paths])}
    line = np.tile(POINT, (9, 1))
    line[:, 2] = np.linspace(0.2, 1.0, 9)
    value = cournot.log_likelihood(counts, line)
    assert abs(line[value.argmax(), 2] - POINT[0, 2]) <= 0.1


def test_likelihood_of_one_agent_is_its_integral_over_skill(cournot: ExactBehaviour) -> None:
    taken = np.zeros((1, 101))
    taken[0, 30] = 1
    value = np.exp(cournot.log_likelihood({"2": taken}, POINT))
    skill, exact = solve_supertypes(
        PRIOR.from_unit(POINT),
        partial(cournot.game.expected_payoffs, "2"),
        cournot.belief_at(POINT),
    )
    assert value[0] == pytest.approx(exact.population[0, 30], rel=0.02)
    assert skill.shape == (1, 64)


def test_prices_of_the_cobweb_are_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_simulator, "HELD_OUT", 4)  # how close it is was tested above
    cobweb = behaviour_of("cobweb", "stable", 16)
    play = cobweb.play(
        Experiment(cobweb.game, {"stable": 50}), POINT, torch.Generator().manual_seed(1)
    )["stable"]
    assert set(play) == {"action", "price"}
    assert play["price"].shape == (1, 50, 6, cobweb.game.rounds)
    assert 4 < play["price"].mean() < 7
    assert play["price"].std() > 0.4
