"""The test of misspecification, on a model whose statistics are known."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from scipy.stats import chi2

from satisfice.checks.misspecification import (
    LEVEL,
    Misspecification,
    Question,
    agree,
    directly,
    judge,
)
from satisfice.checks.settings import MisspecificationSettings
from satisfice.randomness import seed_sequence

LOADINGS = np.array([[1.0, 0.0], [0.5, 1.0], [1.0, -1.0], [0.2, 0.3], [0.0, 2.0]])
TRUTH = np.array([0.4, 0.6])
UNIT = np.full(5, 1e-4)
SETTINGS = MisspecificationSettings(simulations=600, own=400)
FEW = MisspecificationSettings(simulations=200, rounds=2, own=99)
NOTHING = np.empty((0, 2)), np.empty((0, 5))


def simulate(cube: np.ndarray, purpose: str) -> np.ndarray:
    """Five statistics of two parameters, nonlinear, correlated, with noise that grows."""
    noise = np.random.default_rng(seed_sequence(0, purpose)).normal(size=(len(cube), 5))
    noise[:, 1] = 0.6 * noise[:, 0] + 0.8 * noise[:, 1]
    return np.asarray(np.sin(cube @ LOADINGS.T) + 0.05 * (1 + cube[:, :1]) * noise)


def result(observed: np.ndarray, settings: MisspecificationSettings = SETTINGS) -> Misspecification:
    return judge(Question(simulate, observed, UNIT, *NOTHING), settings, 0)


@cache
def at_the_truth() -> Misspecification:
    """The test of data that the model makes without noise."""
    return result(np.sin(TRUTH @ LOADINGS.T))


def test_distances_are_those_of_overidentified_statistics() -> None:
    # Five statistics less two parameters: three degrees of freedom.
    usual = at_the_truth().usual
    assert abs(np.median(usual) - chi2(3).median()) < 0.4
    assert abs(np.quantile(usual, 0.95) - chi2(3).ppf(0.95)) < 1.5


def test_the_nearest_theta_is_found_and_the_moments_agree_with_simulations_there() -> None:
    found = at_the_truth()
    np.testing.assert_allclose(found.cube, TRUTH, atol=0.03)
    assert found.settled
    assert found.p_value > 0.9
    assert found.direct < 0.5


def test_own_data_are_rejected_as_often_as_stated() -> None:
    found = at_the_truth()
    error = np.sqrt(LEVEL * (1 - LEVEL) / SETTINGS.own)
    for share in (found.rejected_own, found.rejected_other):
        assert abs(share - LEVEL) < 3.5 * error


def test_p_values_of_own_data_are_uniform() -> None:
    own = simulate(np.repeat(TRUTH[None], 40, axis=0), "forty data sets")
    found = np.array([result(one, FEW).p_value for one in own])
    assert (found < LEVEL).sum() <= 7  # 2 are expected; more than 7 have a chance below 0.1 %
    assert 0.35 < found.mean() < 0.65


def test_data_of_another_model_are_detected_and_explained() -> None:
    strange = simulate(np.random.default_rng(11).random((6, 2)), "strange")
    strange[:, 3] += 0.8
    for one in strange:
        found = result(one, FEW)
        assert found.p_value < LEVEL
        assert found.residual[3] > 3


def test_no_p_value_is_zero() -> None:
    assert result(np.full(5, 100.0)).p_value == 1 / (1 + SETTINGS.own)


def test_earlier_simulations_spare_some() -> None:
    cube = np.random.default_rng(3).random((2000, 2))
    observed = np.sin(TRUTH @ LOADINGS.T)
    asked = Question(simulate, observed, UNIT, cube, simulate(cube, "earlier"))
    spared = judge(asked, SETTINGS, 0)
    assert spared.simulations <= at_the_truth().simulations - SETTINGS.simulations
    np.testing.assert_allclose(spared.cube, TRUTH, atol=0.03)


def test_the_same_seed_gives_the_same_result() -> None:
    observed = np.sin(TRUTH @ LOADINGS.T)
    first, second = result(observed, FEW), result(observed, FEW)
    assert first.p_value == second.p_value
    np.testing.assert_array_equal(first.usual, second.usual)


def test_statistics_that_cannot_be_computed_are_left_out() -> None:
    def sometimes(cube: np.ndarray, purpose: str) -> np.ndarray:
        statistics = simulate(cube, purpose)
        if purpose.startswith(("prior", "near", "box")):
            statistics[::10, 2] = np.nan
        return statistics

    found = judge(Question(sometimes, np.sin(TRUTH @ LOADINGS.T), UNIT, *NOTHING), SETTINGS, 0)
    np.testing.assert_allclose(found.cube, TRUTH, atol=0.03)


@pytest.mark.parametrize("value", [7.0, 0.1, 0.0, -1e6 / 3])
def test_a_statistic_that_never_moves_does_no_harm(value: float) -> None:
    def still(cube: np.ndarray, purpose: str) -> np.ndarray:
        return np.column_stack([simulate(cube, purpose), np.full(len(cube), value)])

    unit = np.append(UNIT, 0.01)
    observed = np.append(np.sin(TRUTH @ LOADINGS.T), value)
    found = judge(Question(still, observed, unit, np.empty((0, 2)), np.empty((0, 6))), FEW, 0)
    assert np.isfinite(found.usual).all()
    assert found.usual.max() < 100
    assert found.distance < 5
    # Where it never moves, people who differ by ten of its units could not come from the model.
    observed[-1] += 0.1
    far = judge(Question(still, observed, unit, np.empty((0, 2)), np.empty((0, 6))), FEW, 0)
    assert far.p_value < LEVEL


def test_a_sum_of_other_statistics_does_not_count_twice() -> None:
    def summed(cube: np.ndarray, purpose: str) -> np.ndarray:
        statistics = simulate(cube, purpose)
        return np.column_stack([statistics, statistics[:, :3].sum(1)])

    observed = np.sin(TRUTH @ LOADINGS.T)
    observed = np.append(observed, observed[:3].sum())
    nothing = np.empty((0, 2)), np.empty((0, 6))
    found = judge(Question(summed, observed, np.append(UNIT, 1e-8), *nothing), FEW, 0)
    assert found.statistics == 5


def test_few_simulations_of_many_parameters_are_enough_to_run() -> None:
    def many(cube: np.ndarray, purpose: str) -> np.ndarray:
        noise = np.random.default_rng(seed_sequence(1, purpose)).normal(size=(len(cube), 9))
        return np.asarray(cube[:, :9] + noise)

    nothing = np.empty((0, 12)), np.empty((0, 9))
    found = judge(Question(many, np.zeros(9), np.full(9, 0.01), *nothing), FEW, 0)
    assert 0 < found.p_value <= 1


def test_direct_distances_are_those_of_known_moments() -> None:
    random = np.random.default_rng(5)
    root = np.array([[1.0, 0.0], [0.8, 0.6]])
    own = random.normal(size=(20_000, 2)) @ root.T
    observed = np.array([1.0, -1.0])
    wanted = observed @ np.linalg.solve(root @ root.T, observed)
    found, residual = directly(observed, own, np.zeros(2), np.ones(2, dtype=bool))
    assert found == pytest.approx(wanted, rel=0.03)
    np.testing.assert_allclose(residual, observed, atol=0.03)


def test_distances_agree_relative_to_the_larger_one_or_to_the_number_of_statistics() -> None:
    assert agree(100.0, 110.0, 4)
    assert not agree(100.0, 130.0, 4)
    assert agree(0.1, 0.5, 4)
