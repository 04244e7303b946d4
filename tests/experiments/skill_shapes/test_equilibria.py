"""Equilibria and learning of both shapes of the skill distribution."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch

from experiments.skill_shapes.equilibria import (
    NO_SPREAD,
    SHAPES,
    errors,
    learn_shape,
    populations,
    solve_shape,
)
from experiments.skill_shapes.shapes import UniformSupertypes
from satisfice.games.cournot import Cournot
from satisfice.learning.exact_qre import respond, solve_supertypes
from satisfice.learning.problem import CurvePoint
from satisfice.learning.settings import LearningSettings
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import Supertypes

GAME = Cournot((2, 3))
UNIFORM = np.full(101, -np.log(101))
MOMENTS = populations([0.3, 0.5], [0.9], [0.3, 1.0])


def test_populations_are_all_combinations_that_fit() -> None:
    found = populations([0.2, 0.9], [0.5, 0.95], [0.1, 1.0, 2.0])
    assert found.shape == (12, 3)
    share = 3**0.5 * found[:, 1] / np.minimum(found[:, 0], 1 - found[:, 0])
    np.testing.assert_allclose(np.unique(share.round(9)), [0.5, 0.95])


def test_shapes_have_equal_mean_and_variance_of_the_processing_cost() -> None:
    for shape in SHAPES.values():
        exact = solve_shape(GAME, "2", shape, MOMENTS)
        mean = (exact.qre.weight * exact.cost).sum(-1)
        sd = np.sqrt((exact.qre.weight * (exact.cost - mean[:, None]) ** 2).sum(-1))
        np.testing.assert_allclose(mean, MOMENTS[:, 2] * (1 - MOMENTS[:, 0]), rtol=1e-6)
        np.testing.assert_allclose(sd, MOMENTS[:, 2] * MOMENTS[:, 1], rtol=1e-5)


def test_gaussian_equilibria_are_those_of_supertypes() -> None:
    exact = solve_shape(GAME, "3", SHAPES["gaussian"], MOMENTS)
    _, usual = solve_supertypes(exact.theta, partial(GAME.expected_payoffs, "3"), UNIFORM)
    np.testing.assert_allclose(exact.qre.population, usual.population, atol=1e-12)


def test_uniform_population_replies_to_itself_by_an_even_sum_over_skills() -> None:
    exact = solve_shape(GAME, "3", SHAPES["uniform"], MOMENTS)
    for row, (mean, sd, beta) in enumerate(MOMENTS):
        skill = mean + 3**0.5 * sd * (2 * (np.arange(4000) + 0.5) / 4000 - 1)
        payoffs = GAME.expected_payoffs("3", exact.qre.population[row])
        reply = respond(payoffs, beta * (1 - skill)[:, None], UNIFORM).mean(0)
        np.testing.assert_allclose(exact.qre.population[row], reply, atol=1e-6)


def test_without_spread_all_agents_are_alike() -> None:
    exact = solve_shape(GAME, "2", NO_SPREAD, MOMENTS)
    assert exact.qre.policy.shape == (4, 1, 101)
    np.testing.assert_allclose(exact.cost[:, 0], MOMENTS[:, 2] * (1 - MOMENTS[:, 0]))


def test_shapes_differ_where_there_is_something_to_differ_in() -> None:
    def apart(moments: np.ndarray) -> np.ndarray:
        one, other = (solve_shape(GAME, "2", each, moments).qre for each in SHAPES.values())
        return np.asarray(0.5 * np.abs(one.population - other.population).sum(-1))

    assert (apart(MOMENTS) > 1e-3).all()
    assert (apart(populations([0.3, 0.5], [0.05], [0.3, 1.0])) < 1e-4).all()


def test_payoffs_are_sums_over_agents() -> None:
    exact = solve_shape(GAME, "2", SHAPES["gaussian"], MOMENTS)
    for row in range(len(MOMENTS)):
        gross = net = 0.0
        nodes = zip(exact.qre.policy[row], exact.qre.weight[row], exact.cost[row], strict=True)
        for policy, weight, cost in nodes:
            earned, some = policy @ exact.qre.payoffs[row], policy > 0
            gross += weight * earned
            net += weight * (earned - cost * (policy[some] @ np.log(policy[some] * 101)))
        assert exact.payoff[row] == pytest.approx(gross)
        assert exact.net_payoff[row] == pytest.approx(net)


def no_tilt(inputs: torch.Tensor, processing_cost: torch.Tensor) -> torch.Tensor:
    return torch.zeros((*processing_cost.shape, 101))


def test_an_untilted_policy_misses_by_the_distance_from_uniform_play() -> None:
    exact = solve_shape(GAME, "2", SHAPES["uniform"], MOMENTS)
    found = errors(GAME, "2", SHAPES["uniform"], no_tilt, exact)
    apart = 0.5 * np.abs(exact.qre.policy - 1 / 101).sum(-1)
    np.testing.assert_allclose(found.of_agents, apart @ exact.qre.weight[0], atol=1e-6)
    mixed = 0.5 * np.abs(exact.qre.population - 1 / 101).sum(-1)
    np.testing.assert_allclose(found.of_population, mixed, atol=1e-6)


@pytest.mark.parametrize("name", SHAPES)
def test_learning_approaches_the_equilibria_of_its_own_shape(name: str) -> None:
    shape, game = SHAPES[name], Cournot((2,))
    exact = {"2": solve_shape(game, "2", shape, MOMENTS)}
    curve: list[tuple[CurvePoint, float]] = []
    settings = LearningSettings(iterations=130, markets=64, hidden=32, averaging=0.9)
    policy = learn_shape(game, shape, exact, settings, lambda *row: curve.append(row))
    assert [point.iteration for point, _ in curve] == [20, 40, 60, 80, 100, 120, 130]
    assert curve[-1][1] < min(0.04, curve[0][1])
    found = errors(game, "2", shape, policy, exact["2"])
    assert found.of_agents.mean() == pytest.approx(curve[-1][1], abs=1e-6)
    assert (found.of_population <= found.of_agents + 1e-9).all()


def test_agents_in_training_have_the_shapes_own_supertypes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn: list[type] = []
    original = Supertypes.from_array.__func__  # type: ignore[attr-defined]

    def noted(kind: type[Supertypes], theta: np.ndarray, *space: ParameterSpace) -> Supertypes:
        drawn.append(kind)
        return original(kind, theta, *space)  # type: ignore[no-any-return]

    game = Cournot((2,))
    exact = {"2": solve_shape(game, "2", SHAPES["uniform"], MOMENTS)}
    monkeypatch.setattr(Supertypes, "from_array", classmethod(noted))
    settings = LearningSettings(iterations=2, markets=4, hidden=4)
    learn_shape(game, SHAPES["uniform"], exact, settings, lambda point, distance: None)
    assert set(drawn) == {UniformSupertypes}
