"""Posteriors of simulated experiments where the answer is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import kstest

from experiments.decision_checks.calibration import compare, of_people, summarise, uniformity
from experiments.decision_checks.posteriors import check_one
from experiments.decision_checks.simulated import SimulatedExperiment
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import PolicyNetwork, PolicyShape
from satisfice.population.supertypes import SKILL_SPACE

GAME = Cournot(firms=(2,))
SETTINGS: dict[str, Any] = {"markets": 1, "draws": 50, "live": 50, "effective": 200, "nodes": 8}


def untrained() -> Population:
    """Agents who choose all actions alike, whatever their skill."""
    features = GAME.treatment_features("2").numel()
    network = PolicyNetwork(PolicyShape(101, features, 0, hidden=4, action_basis=2)).eval()
    return Population(GAME, network, UniformBelief(GAME.action_values), "none", SKILL_SPACE)


def test_an_experiment_is_known_and_has_numbers_of_its_own() -> None:
    first, again, other = (
        SimulatedExperiment.draw(untrained(), 3, number, 7) for number in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.cube, again.cube)
    np.testing.assert_array_equal(first.histories["2"].action, again.histories["2"].action)
    assert (first.cube != other.cube).all()
    assert (first.people["2"]["skill"] != other.people["2"]["skill"]).all()
    beta = SKILL_SPACE.from_unit(first.cube)[2]
    people = first.people["2"]
    assert people["skill"].shape == first.histories["2"].action.shape[:2] == (3, 2)
    np.testing.assert_allclose(people["lambda"], beta * (1 - people["skill"]), rtol=1e-5)


def test_decisions_that_tell_nothing_leave_the_prior() -> None:
    found = check_one(TrainedPopulation(untrained(), nodes=8), SETTINGS, 0, 7)
    assert found["draws"].shape == (50, 3)
    assert min(kstest(column, "uniform").pvalue for column in found["draws"].T) > 0.01
    assert found["below_skill"].shape == found["below_lambda"].shape == (2,)
    # A higher skill is a lower cost, whatever beta is; and nobody is known to be extreme.
    assert (found["below_skill"] > 0.0).all() and (found["below_skill"] < 1.0).all()
    assert found["calls"] > 100


@pytest.fixture(scope="module")
def exact() -> dict[str, np.ndarray]:
    """Posteriors that are right: truth and draws are of one distribution, around some data."""
    random = np.random.default_rng(1)
    centre = random.uniform(0.3, 0.7, (200, 1, 3))
    cube = centre + random.uniform(-0.3, 0.3, (200, 101, 3))
    return {
        "truth": cube[:, 0],
        "draws": cube[:, 1:],
        "below_skill": random.random((200, 4)),
        "below_lambda": random.random((200, 4)),
        "calls": np.full(200, 700),
        "runs": np.ones(200),
        "khat": np.full(200, 0.1),
        "effective": np.full(200, 300.0),
        "seconds": np.full(200, 2.0),
    }


def test_right_posteriors_pass_all_gates(exact: dict[str, np.ndarray]) -> None:
    found = summarise(exact, compare(SKILL_SPACE, exact, 3))
    assert [gate["name"] for gate in found["gates"] if not gate["passed"]] == []
    assert found["passed"]
    assert set(found["sbc_p_value"]) > {"mu", "sigma", "beta", "mean_lambda"}
    assert min(found["sbc_p_value"].values()) > 0.01
    assert found["likelihoods_a_data_set"] == 700


def test_wrong_posteriors_fail_the_gate_that_should_see_it(exact: dict[str, np.ndarray]) -> None:
    narrow = exact["draws"].mean(1, keepdims=True) + 0.4 * (
        exact["draws"] - exact["draws"].mean(1, keepdims=True)
    )
    sure = 0.5 + 1.5 * (exact["below_skill"] - 0.5)
    wrong = exact | {"draws": narrow, "below_skill": sure.clip(0.0, 1.0)}
    found = summarise(wrong, compare(SKILL_SPACE, wrong, 3))
    passed = {gate["name"]: gate["passed"] for gate in found["gates"]}
    assert passed == {
        "sbc": False,
        "expected_coverage": False,
        "tarp": False,
        "individuals_skill": False,
        "individuals_lambda": True,
    }
    assert not found["passed"]


def test_coverage_of_people_counts_both_tails() -> None:
    below = np.array([[0.01, 0.5, 0.5, 0.99], [0.5, 0.5, 0.96, 0.5]])
    found = of_people(below)
    assert found["coverage"] == pytest.approx(5 / 8)
    assert found["below_interval"] == pytest.approx(1 / 8)
    assert found["above_interval"] == pytest.approx(2 / 8)
    assert found["standard_error"] == pytest.approx(np.std([0.5, 0.75], ddof=1) / 2**0.5)
    assert found["people"] == 8


def test_uniform_ranks_are_uniform() -> None:
    even = np.arange(101)[:, None]
    assert uniformity(np.concatenate([even, even // 2], 1), 100) == [
        pytest.approx(1.0),
        pytest.approx(0.0, abs=1e-6),
    ]
