"""Pooling of posteriors, where the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.cross_checks.pooling import LogDensity, pool

SD = 0.08


def reading(mean: float, own: float) -> LogDensity:
    """A posterior that knows the first parameter and its own third, and nothing of the second."""

    def log_density(cube: np.ndarray) -> np.ndarray:
        first, last = (cube[:, 0] - mean) / SD, (cube[:, 2] - own) / 0.1
        return np.asarray(-0.5 * (first**2 + last**2))

    return log_density


def test_two_readings_of_one_population_are_averaged() -> None:
    found = pool({"a": reading(0.45, 0.2), "b": reading(0.55, 0.7)}, 40, 4000, seed=1)
    a, b = found.cube["a"], found.cube["b"]
    np.testing.assert_array_equal(a[:, :2], b[:, :2])
    assert a[:, 0].mean() == pytest.approx(0.5, abs=0.01)
    assert a[:, 0].std() == pytest.approx(SD / np.sqrt(2), rel=0.06)
    assert a[:, 1].std() == pytest.approx(1 / np.sqrt(12), rel=0.05)
    assert (a[:, 2].mean(), b[:, 2].mean()) == pytest.approx((0.2, 0.7), abs=0.02)


@pytest.mark.parametrize("distance", [0.0, 0.1, 0.3])
def test_bayes_factor_is_that_of_two_gaussians(distance: float) -> None:
    # Under one population the difference of two readings has sqrt(2) of their spread; under two
    # populations it is anything in the unit interval, with density one.
    readings = {"a": reading(0.5 - distance / 2, 0.5), "b": reading(0.5 + distance / 2, 0.5)}
    found = pool(readings, 60, 10, seed=1)
    spread = np.sqrt(2) * SD
    expected = -0.5 * (distance / spread) ** 2 - np.log(spread * np.sqrt(2 * np.pi))
    assert found.log_bayes_factor == pytest.approx(expected, abs=0.03)
    assert found.log_bayes_factor < found.overlap


def test_what_depends_on_the_shared_parameters_follows_them() -> None:
    def ridge(cube: np.ndarray) -> np.ndarray:
        return np.asarray(-0.5 * ((cube[:, 2] - cube[:, 0]) / 0.03) ** 2)

    found = pool({"a": reading(0.3, 0.5), "b": ridge}, 50, 2000, seed=2)
    assert found.cube["b"][:, 2].mean() == pytest.approx(0.3, abs=0.02)
    assert np.corrcoef(found.cube["b"][:, 0], found.cube["b"][:, 2])[0, 1] > 0.9


def test_same_seed_same_draws() -> None:
    readings = {"a": reading(0.4, 0.5), "b": reading(0.6, 0.5)}
    one, other = (pool(readings, 20, 50, seed=3).cube["a"] for _ in range(2))
    np.testing.assert_array_equal(one, other)
