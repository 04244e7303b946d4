"""The test of misspecification, on a model whose statistics are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from satisfice.checks.misspecification import LEVEL, MisspecificationTest

LOADINGS = np.array([[1.0, 0.0], [0.5, 1.0], [1.0, -1.0], [0.2, 0.3], [0.0, 2.0]])


def simulate(cube: np.ndarray, seed: int) -> np.ndarray:
    """Five statistics of two parameters, nonlinear, correlated, with noise that grows."""
    noise = np.random.default_rng(seed).normal(size=(len(cube), 5))
    noise[:, 1] = 0.6 * noise[:, 0] + 0.8 * noise[:, 1]
    return np.asarray(np.sin(cube @ LOADINGS.T) + 0.05 * (1 + cube[:, :1]) * noise)


@pytest.fixture(scope="module")
def cube() -> np.ndarray:
    return np.asarray(np.random.default_rng(0).random((6000, 2)))


@pytest.fixture(scope="module")
def fitted(cube: np.ndarray) -> MisspecificationTest:
    return MisspecificationTest(cube, simulate(cube, 1))


def test_distances_are_those_of_overidentified_statistics(fitted: MisspecificationTest) -> None:
    # Five statistics less two parameters: three degrees of freedom, but for the prior's edges.
    assert abs(np.median(fitted.usual) - chi2(3).median()) < 0.5


def test_false_alarms_are_as_frequent_as_stated(fitted: MisspecificationTest) -> None:
    others = np.random.default_rng(9).random((2000, 2))
    share = (fitted.p_values(simulate(others, 10)) < LEVEL).mean()
    assert abs(share - LEVEL) < 0.02
    assert abs((fitted.p_values(fitted.unseen) < LEVEL).mean() - LEVEL) < 0.02


def test_data_of_another_model_are_detected_and_explained(fitted: MisspecificationTest) -> None:
    others = np.random.default_rng(11).random((300, 2))
    strange = simulate(others, 12)
    strange[:, 3] += 0.8
    assert (fitted.p_values(strange) < LEVEL).mean() > 0.9
    verdict = fitted.judge(strange[0])
    assert verdict.p_value < LEVEL
    assert np.abs(verdict.residual).argmax() == 3
    assert verdict.residual[3] > 0


def test_closest_parameters_are_found(fitted: MisspecificationTest) -> None:
    truth = np.array([[0.4, 0.6]])
    verdict = fitted.judge(np.sin(truth @ LOADINGS.T)[0])
    np.testing.assert_allclose(verdict.cube, truth[0], atol=0.03)
    assert verdict.p_value > 0.5


def test_no_p_value_is_zero(fitted: MisspecificationTest) -> None:
    assert fitted.judge(np.full(5, 100.0)).p_value == 1 / (1 + len(fitted.usual))


@pytest.mark.parametrize("still", [7.0, 0.1, 0.0, -1e6 / 3])
def test_a_statistic_that_never_moves_does_no_harm(cube: np.ndarray, still: float) -> None:
    statistics = np.column_stack([simulate(cube, 1), np.full(len(cube), still)])
    test = MisspecificationTest(cube, statistics)
    assert np.isfinite(test.usual).all()
    # The mean of many equal numbers is rounded, and so is the emulator's.
    assert test.usual.max() < 100
    assert test.judge(statistics[-1]).distance < 100


def test_few_simulations_of_many_parameters_are_enough_to_run() -> None:
    random = np.random.default_rng(1)
    many = random.random((100, 12))
    test = MisspecificationTest(many, many[:, :9] + random.normal(size=(100, 9)))
    assert 0 < test.judge(np.zeros(9)).p_value <= 1
