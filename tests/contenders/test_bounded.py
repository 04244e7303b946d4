"""Trained populations as contenders."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from satisfice.contenders.bounded import Bounded, Rational, space_of
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import UniformBelief
from satisfice.population.parameters import ParameterPrior, ParameterSpace
from satisfice.population.supertypes import kl_free
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment, population_player, simulate

PRIOR = ParameterPrior((0.0, 1.0), (0.02, 0.5), (0.02, 2.0))
BY_ROLE = ParameterPrior((0.0, 1.0), (0.02, 0.5), (0.02, 2.0), roles=("buyer", "seller"))


@pytest.fixture
def population(restless_policy: Any) -> Population:
    game = Cournot()
    return Population(game, restless_policy(), UniformBelief(game.action_values), "none")


@pytest.fixture
def space() -> ParameterSpace:
    return space_of(PRIOR)


@pytest.mark.parametrize("prior", [PRIOR, BY_ROLE])
def test_the_space_is_that_of_the_prior(prior: ParameterPrior) -> None:
    space = space_of(prior)
    assert space.names == prior.names
    cube = np.random.default_rng(1).random((50, len(prior.names)))
    np.testing.assert_array_equal(space.from_unit(cube), prior.from_unit(cube))


def test_shared_parameters_are_the_same_for_all_roles(population: Population) -> None:
    contender = Bounded(population, space_of(BY_ROLE), {"sigma": 0.1}, ("beta",))
    assert contender.free == ("mu_buyer", "beta", "mu_seller")
    theta = contender.from_unit(np.array([[0.2, 0.5, 0.9]]))
    np.testing.assert_allclose(theta, [[0.2, 0.1, 0.2, 0.9, 0.1, 0.2]])


def test_fixed_parameters_are_held_and_the_others_follow_the_prior(
    population: Population, space: ParameterSpace
) -> None:
    contender = Bounded(population, space, {"sigma": 0.02, "mu": 0.5})
    assert contender.free == ("beta",)
    theta = contender.from_unit(np.array([[0.0], [0.5], [1.0]]))
    np.testing.assert_allclose(theta, [[0.5, 0.02, 0.02], [0.5, 0.02, 0.2], [0.5, 0.02, 2.0]])
    nothing = Bounded(population, space, {"mu": 1, "sigma": 10.0, "beta": 1})
    assert nothing.free == ()
    np.testing.assert_array_equal(nothing.from_unit(np.empty((2, 0))), [[1, 10, 1]] * 2)
    with pytest.raises(SatisficeError, match="place: 'skill' is no parameter"):
        Bounded(population, space, {"skill": 1.0}, (), "place")


def test_nothing_fixed_is_the_whole_prior(population: Population, space: ParameterSpace) -> None:
    cube, contender = np.random.default_rng(1).random((50, 3)), Bounded(population, space)
    assert contender.free == space.names == ("mu", "sigma", "beta")
    np.testing.assert_array_equal(contender.from_unit(cube), space.from_unit(cube))


def test_contenders_play_as_their_population(population: Population, space: ParameterSpace) -> None:
    experiment, seed = Experiment(population.game, {"2": 2, "3": 2}), seed_sequence(1, "play")
    theta = space.from_unit(np.random.default_rng(1).random((70, 3)))
    player = population_player(population)
    for contender, own, whole in [
        (Bounded(population, space), theta, theta),
        (Rational(population), np.empty((70, 0)), np.tile(kl_free(), (70, 1))),
    ]:
        found, _ = contender.simulate(experiment, own, seed)
        expected, _ = simulate(experiment, player, whole, seed)
        np.testing.assert_array_equal(found, expected)


def test_who_is_rational_has_nothing_to_fit(population: Population) -> None:
    contender = Rational(population)
    assert contender.free == ()
    assert contender.from_unit(np.empty((4, 0))).shape == (4, 0)
