"""Trained populations as contenders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from satisfice.contenders.bounded import TrainedPopulation
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import UniformBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE, rational_space
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment, population_player, simulate

BY_ROLE = ParameterSpace.of(SKILL_PARAMETERS, {}, ("buyer", "seller"))
RATIONAL = rational_space()


@pytest.fixture
def population(restless_policy: Any) -> Callable[..., Population]:
    game = Cournot()
    belief = UniformBelief(game.action_values)

    def build(space: ParameterSpace = SKILL_SPACE) -> Population:
        return Population(game, restless_policy(), belief, "none", space)

    return build


def test_shared_parameters_are_the_same_for_all_roles(
    population: Callable[..., Population],
) -> None:
    contender = TrainedPopulation(population(BY_ROLE), {"sigma": 0.1}, ("beta",))
    assert contender.free == ("mu_buyer", "beta", "mu_seller")
    theta = contender.from_unit(np.array([[0.2, 0.5, 0.9]]))
    np.testing.assert_allclose(theta, [[0.2, 0.1, 0.2, 0.9, 0.1, 0.2]])


def test_fixed_parameters_are_held_and_the_others_follow_the_prior(
    population: Callable[..., Population],
) -> None:
    contender = TrainedPopulation(population(), {"sigma": 0.02, "mu": 0.5})
    assert contender.free == ("beta",)
    theta = contender.from_unit(np.array([[0.0], [0.5], [1.0]]))
    np.testing.assert_allclose(theta, [[0.5, 0.02, 0.02], [0.5, 0.02, 0.2], [0.5, 0.02, 2.0]])
    # A fixed value may lie beyond the prior.
    nothing = TrainedPopulation(population(), {"mu": 1, "sigma": 10.0, "beta": 1})
    assert nothing.free == ()
    np.testing.assert_array_equal(nothing.from_unit(np.empty((2, 0))), [[1, 10, 1]] * 2)
    with pytest.raises(SatisficeError, match="place: 'skill' is no parameter"):
        TrainedPopulation(population(), {"skill": 1.0}, (), "place")


def test_nothing_fixed_is_the_whole_prior(population: Callable[..., Population]) -> None:
    cube, contender = np.random.default_rng(1).random((50, 3)), TrainedPopulation(population())
    assert contender.free == SKILL_SPACE.names == ("mu", "sigma", "beta")
    np.testing.assert_array_equal(contender.from_unit(cube), SKILL_SPACE.from_unit(cube))


@pytest.mark.parametrize("space", [SKILL_SPACE, RATIONAL])
def test_contenders_play_as_their_population(
    population: Callable[..., Population], space: ParameterSpace
) -> None:
    contender = TrainedPopulation(population(space))
    experiment, seed = Experiment(contender.game, {"2": 2, "3": 2}), seed_sequence(1, "play")
    theta = contender.from_unit(np.random.default_rng(1).random((70, len(contender.free))))
    found, _ = contender.simulate(experiment, theta, seed)
    expected, _ = simulate(experiment, population_player(contender.population), theta, seed)
    np.testing.assert_array_equal(found, expected)


def test_who_is_rational_has_nothing_to_fit(population: Callable[..., Population]) -> None:
    contender = TrainedPopulation(population(RATIONAL))
    assert contender.free == ()
    assert contender.from_unit(np.empty((4, 0))).shape == (4, 0)
