"""Who takes part in a contest, and how a contender is fitted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from satisfice.contenders import load_rival
from satisfice.contenders.contender import nearest, population_contender, rival_contender
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.learning.rollout import Population
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE


def untrained(space: ParameterSpace = SKILL_SPACE) -> Population:
    nobody: Any = None  # asked for nothing until somebody plays
    return Population(nobody, nobody, nobody, "none", space)


def test_the_nearest_are_kept_in_units_of_the_standard_error() -> None:
    statistics = np.array([[0.0, 5.0], [1.0, 0.0], [0.0, 1.0], [np.nan, 0.0]])
    found = nearest(statistics, np.zeros(2), np.array([1.0, 10.0]), 2)
    assert found.tolist() == [2, 0]
    assert nearest(statistics, np.zeros(2), np.ones(2), 9).tolist() == [1, 2, 0]


def test_shared_parameters_are_the_same_for_all_roles() -> None:
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, ("buyer", "seller"))
    contender = population_contender(untrained(space), {"sigma": 0.1}, ("beta",), "place")
    assert contender.free == ("mu_buyer", "beta", "mu_seller")
    theta = contender.from_unit(np.array([[0.2, 0.5, 0.9]]))
    np.testing.assert_allclose(theta, [[0.2, 0.1, 0.2, 0.9, 0.1, 0.2]])


def test_fixed_parameters_are_held_and_the_others_follow_the_prior() -> None:
    contender = population_contender(untrained(), {"sigma": 0.02, "mu": 0.5}, (), "place")
    assert contender.free == ("beta",)
    theta = contender.from_unit(np.array([[0.0], [0.5], [1.0]]))
    np.testing.assert_allclose(theta, [[0.5, 0.02, 0.02], [0.5, 0.02, 0.2], [0.5, 0.02, 2.0]])
    all_fixed = {"mu": 1, "sigma": 0.1, "beta": 1}
    nothing = population_contender(untrained(), all_fixed, (), "place")
    assert nothing.free == ()
    np.testing.assert_array_equal(nothing.from_unit(np.empty((2, 0))), [[1, 0.1, 1]] * 2)
    with pytest.raises(SatisficeError, match="place: 'skill' is no parameter"):
        population_contender(untrained(), {"skill": 1.0}, (), "place")


def test_a_rule_brings_its_own_parameters() -> None:
    rival = load_rival("noisy_equilibrium", load_game("cournot"), "place")
    contender = rival_contender(rival)
    assert contender.free == ("noise_sd",)
    np.testing.assert_allclose(contender.from_unit(np.array([[0.0], [1.0]])), [[0.01], [1.0]])
