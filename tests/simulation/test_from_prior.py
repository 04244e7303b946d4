"""The endless table of simulations of draws from the prior."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import UniformBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation import from_prior
from satisfice.simulation.from_prior import PriorSimulations, simulate_prior
from satisfice.simulation.simulator import BLOCK, Experiment, population_player, simulate

GAME = Cournot()
EXPERIMENT = Experiment(GAME, {"2": 2, "3": 2})


@pytest.fixture
def population(restless_policy: Any) -> Population:
    return Population(GAME, restless_policy(), UniformBelief(GAME.action_values), "none")


def rows(
    population: Population, first: int, last: int, name: str = "mine", seed: int = 7
) -> PriorSimulations:
    return simulate_prior(EXPERIMENT, population, name, first, last, seed)


def test_rows_are_play_at_draws_from_the_prior(population: Population) -> None:
    found = rows(population, 0, 70)
    key = ("cournot", "mine")
    theta = SKILL_SPACE.from_unit(uniform_rows(seed_sequence(7, "theta", *key), 0, 70, 3))
    np.testing.assert_array_equal(found.theta, theta)
    sequence = seed_sequence(7, "simulate", *key)
    statistics, _ = simulate(EXPERIMENT, population_player(population), theta, sequence)
    np.testing.assert_array_equal(found.x, statistics)
    assert (found.failures == "").all() and found.failures.shape == (70,)


def test_rows_do_not_depend_on_where_one_begins(population: Population) -> None:
    whole, part = rows(population, 0, BLOCK + 9), rows(population, BLOCK, BLOCK + 9)
    np.testing.assert_array_equal(part.theta, whole.theta[BLOCK:])
    np.testing.assert_array_equal(part.x, whole.x[BLOCK:])


def test_variants_and_seeds_have_tables_of_their_own(population: Population) -> None:
    first = rows(population, 0, 5)
    for other in (rows(population, 0, 5, name="other"), rows(population, 0, 5, seed=8)):
        assert not np.isin(other.theta, first.theta).any()


def test_no_rows_are_an_empty_table(population: Population) -> None:
    found = rows(population, BLOCK, BLOCK)
    assert found.theta.shape == (0, 3)
    assert found.x.shape == (0, len(EXPERIMENT.labels))
    assert found.failures.shape == (0,)


def test_failures_are_told_and_progress_is_reported(
    population: Population, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: Any, **named: Any) -> Any:
        statistics, play = simulate(*arguments, **named)
        statistics[1, 0] = np.nan
        return statistics, play

    monkeypatch.setattr(from_prior, "simulate", broken)
    done: list[int] = []
    found = simulate_prior(EXPERIMENT, population, "mine", 0, 70, 7, done.append)
    assert found.failures[1] == "not finite: 2/mean_rounds_1_8"
    assert (np.delete(found.failures, 1) == "").all()
    assert done == [BLOCK, 70]


def test_what_is_fixed_is_no_column(restless_policy: Any) -> None:
    space = ParameterSpace.of(SKILL_PARAMETERS, {"sigma": 0.1})
    belief = UniformBelief(GAME.action_values)
    some = Population(GAME, restless_policy(), belief, "none", space)
    assert rows(some, 0, 5).theta.shape == (5, 2)
