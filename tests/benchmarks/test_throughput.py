"""What is timed is the same play in three ways, and the arithmetic of rates is right."""

from __future__ import annotations

from itertools import count
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from benchmarks.throughput import (
    Workload,
    forward_passes,
    network_calls,
    play_environment,
    rows_of,
    time_side_by_side,
)
from satisfice.adapters.pettingzoo import parallel_env
from satisfice.games.cournot import Cournot
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.learning.rollout import Chance, Population, play_outcomes
from satisfice.population.beliefs import UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.policy import PolicyNetwork, Traits
from satisfice.population.registry import space_of
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment


@pytest.fixture(params=["none", "market", "traits"])
def workload(request: pytest.FixtureRequest, restless_policy: Any) -> Workload:
    game, information = Cournot(), "none" if request.param == "none" else "market"
    grid = game.action_values
    if request.param == "traits":
        own = {"prior_belief": "habit", "stay": [0.0, 0.5], "reach": [0.01, 1.0]}
        variant = {**own, "information": "market", "reward": "own", "rational": False}
        space = space_of(variant, {})
        problem = build_problem(game, variant, space)
        policy = PolicyNetwork(problem.policy_shape(LearningSettings(hidden=8)))
        torch.nn.init.normal_(policy.head.weight, std=0.3)
        population = Population(game, policy, problem.belief, "market", space)
        theta = space.from_unit(np.random.default_rng(0).random((64, 5)))
        return Workload(Experiment(game, {"3": 2}), population, theta, seed_sequence(1))
    belief = (
        UniformBelief(grid)
        if information == "none"
        else HabitBelief(grid, stay=0.3, explore=0.3, reach=0.05)
    )
    population = Population(game, restless_policy(information), belief, information)
    theta = np.tile([0.5, 0.2, 0.3], (64, 1))
    return Workload(Experiment(game, {"3": 2}), population, theta, seed_sequence(1))


def test_agents_in_the_environment_do_what_they_do_in_the_simulator(workload: Workload) -> None:
    game = workload.experiment.game
    chance = Chance.draw(game, 3, 1, game.rounds, torch.Generator().manual_seed(1))
    traits = Traits.draw(workload.population.supertypes(workload.theta[:1]), chance.skills)
    environment = parallel_env(game, "3", information=workload.population.information)
    played = play_environment(environment, workload.population, traits, chance.actions, seed=1)
    actions = np.array([list(actions.values()) for actions in played]).T
    expected = play_outcomes(workload.population, "3", traits, chance)["action"][0]
    np.testing.assert_array_equal(actions, expected)


def test_the_bare_network_decides_as_often_as_the_simulator(workload: Workload) -> None:
    calls = network_calls(workload)
    assert forward_passes(workload.population, calls) == workload.decisions == 64 * 2 * 3 * 25
    inputs, cost = calls[-1]
    assert inputs.shape[:2] == cost.shape == (64 * 2, 3)


def test_rates_are_decisions_over_the_time_between_two_looks_at_the_clock(
    workload: Workload,
) -> None:
    ticks = count(step=2)
    rates = time_side_by_side(workload, 3, 1, clock=lambda: float(next(ticks)))
    np.testing.assert_array_equal(rates["simulator"], np.full(3, workload.decisions / 2))
    np.testing.assert_array_equal(rates["forward_passes"], rates["simulator"])
    np.testing.assert_array_equal(rates["environment"], np.full(3, 3 * 25 / 2))


def test_ratios_are_taken_within_each_repetition() -> None:
    rates = {
        "simulator": np.array([10.0, 40.0, 30.0]),
        "forward_passes": np.array([10.0, 20.0, 60.0]),
        "environment": np.array([1.0, 2.0, 1.0]),
    }
    rows = pd.DataFrame(rows_of(rates)).set_index("measure")
    found = rows[["median", "smallest", "largest"]].T
    assert found["simulator"].tolist() == [30, 10, 40]
    assert found["simulator_over_forward_passes"].tolist() == [1, 0.5, 2]
    assert found["simulator_over_environment"].tolist() == [20, 10, 30]
