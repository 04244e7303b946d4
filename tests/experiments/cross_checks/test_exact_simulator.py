"""Exact simulation of memoryless populations."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from scipy import stats
from scipy.special import log_softmax

from experiments.cross_checks import exact_simulator
from experiments.cross_checks.exact_simulator import ExactBehaviour
from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import solve_supertypes
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.simulation.simulator import Experiment

PRIOR = ParameterSpace.of(SKILL_PARAMETERS, {"beta": [0.2, 2.0]})
POINT = np.array([[0.3, 0.5, 0.6]])


def behaviour_of(name: str, treatment: str, solves: int = 32) -> ExactBehaviour:
    game = load_game(name)
    assert isinstance(game, StageGame)
    belief = np.full(len(game.action_values), -np.log(len(game.action_values)))

    def belief_at(theta: np.ndarray, skill: np.ndarray) -> np.ndarray:
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
        PRIOR.from_unit(POINT),
        partial(game.expected_payoffs, "2"),
        cournot.belief_at(POINT, np.full((1, 1), 0.5)),
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
        cournot.belief_at(POINT, np.full((1, 1), 0.5)),
    )
    assert value[0] == pytest.approx(exact.population[0, 30], rel=0.02)
    assert skill.shape == (1, 64)


KNOWN = np.array([[0.5, 0.9, 0.9]])
"""Skills that differ much, and thinking that costs much: agents mostly follow their beliefs."""


@pytest.fixture(scope="module")
def cautious() -> ExactBehaviour:
    """Agents who believe in the less, the more skilled they are."""
    game = load_game("cournot")
    assert isinstance(game, StageGame)

    def belief_at(theta: np.ndarray, skill: np.ndarray) -> np.ndarray:
        return np.asarray(log_softmax(-20.0 * skill[..., None] * np.linspace(0, 1, 101), -1))

    return ExactBehaviour.solve(game, ["2"], PRIOR, belief_at, 64)


def policies(behaviour: ExactBehaviour, point: np.ndarray) -> np.ndarray:
    """Policies of many agents of equal weight who reply to the payoffs."""
    mu, sigma, beta = PRIOR.from_unit(point)[0]
    cut = (0.0 - mu) / sigma, (1.0 - mu) / sigma
    skill = stats.truncnorm(*cut, loc=mu, scale=sigma).ppf((np.arange(4000) + 0.5) / 4000)
    scores = -20.0 * skill[:, None] * np.linspace(0, 1, 101)
    scores = scores + behaviour.payoffs["2"](point) / (beta * (1 - skill[:, None]))
    odds = np.exp(scores - scores.max(-1, keepdims=True))
    return np.asarray(odds / odds.sum(-1, keepdims=True))


def test_agents_whose_belief_depends_on_skill_play_by_it(cautious: ExactBehaviour) -> None:
    assert cautious.depends_on_skill
    assert cautious.error["2"] < 0.05
    policy, grid = policies(cautious, KNOWN), np.arange(101)
    experiment = Experiment(cautious.game, {"2": 4000})
    play = cautious.play(experiment, KNOWN, torch.Generator().manual_seed(1))["2"]["action"][0]
    means = policy @ grid
    within = (policy @ grid**2 - means**2).mean()
    assert play.mean() == pytest.approx(means.mean(), abs=0.4)
    assert play.std() == pytest.approx(np.sqrt(means.var() + within), rel=0.03)
    # As far from one another as agents with beliefs of their own are.
    expected = np.sqrt(means.var() + within / cautious.game.rounds)
    assert play.mean(-1).std() == pytest.approx(expected, rel=0.03)


def test_the_likelihood_if_the_belief_depends_on_skill(cautious: ExactBehaviour) -> None:
    mix = policies(cautious, KNOWN).mean(0)
    for action in (0, 20, 60):
        taken = np.zeros((1, 101))
        taken[0, action] = 1
        value = np.exp(cautious.log_likelihood({"2": taken}, KNOWN))
        assert value[0] == pytest.approx(mix[action], rel=0.01)


def test_a_belief_that_skill_does_not_change_is_asked_once(cournot: ExactBehaviour) -> None:
    assert not cournot.depends_on_skill
    asked: list[tuple[int, ...]] = []

    def counted(theta: np.ndarray, skill: np.ndarray) -> np.ndarray:
        asked.append(skill.shape)
        return cournot.belief_at(theta, skill)

    behaviour = replace(
        cournot, belief_at=counted, payoffs={t: cournot.payoffs["2"] for t in "234"}
    )
    experiment = Experiment(cournot.game, {"2": 2, "3": 2, "4": 2})
    behaviour.play(experiment, np.tile(POINT, (5, 1)), torch.Generator().manual_seed(1))
    behaviour.log_likelihood(dict.fromkeys("234", np.ones((1, 101))), np.tile(POINT, (5, 1)))
    assert asked == [(5, 1), (5, 1)]


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
