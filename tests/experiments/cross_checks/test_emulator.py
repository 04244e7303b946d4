"""The emulator of statistics, on a model whose statistics are known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from experiments.cross_checks.emulator import StatisticsEmulator, _misfit, closest

LOADINGS = np.array([[1.0, 0.0], [0.5, 1.0], [1.0, -1.0], [0.2, 0.3], [0.0, 2.0]])


def simulate(cube: np.ndarray, seed: int) -> np.ndarray:
    """Five statistics of two parameters, nonlinear, correlated, with noise that grows."""
    noise = np.random.default_rng(seed).normal(size=(len(cube), 5))
    noise[:, 1] = 0.6 * noise[:, 0] + 0.8 * noise[:, 1]
    return np.asarray(np.sin(cube @ LOADINGS.T) + 0.05 * (1 + cube[:, :1]) * noise)


@pytest.fixture(scope="module")
def cube() -> np.ndarray:
    return np.asarray(np.random.default_rng(0).random((6000, 2)))


def test_emulator_knows_means_spreads_and_correlations(cube: np.ndarray) -> None:
    emulator = StatisticsEmulator.fit(cube, simulate(cube, 1))
    points = np.array([[0.2, 0.8], [0.7, 0.3]])
    mean, spread = emulator.predict(points)
    np.testing.assert_allclose(
        mean * emulator.scale + emulator.location, np.sin(points @ LOADINGS.T), atol=0.01
    )
    expected = 0.05 * (1 + points[:, :1]) * np.ones(5)
    np.testing.assert_allclose(spread * emulator.scale, expected, rtol=0.12)
    covariance = np.linalg.inv(emulator.whitening) @ np.linalg.inv(emulator.whitening).T
    assert abs(covariance[0, 1] - 0.6) < 0.05


def test_the_misfit_is_minus_twice_the_log_likelihood(cube: np.ndarray) -> None:
    emulator = StatisticsEmulator.fit(cube, simulate(cube, 1))
    points, found = cube[:4], simulate(cube[:1], 2)
    z = emulator.standardise(found)
    mean, spread = emulator.predict(points)
    root = np.linalg.inv(emulator.whitening)
    exact = [
        -2 * multivariate_normal.logpdf(z[0], m, np.outer(s, s) * (root @ root.T))
        for m, s in zip(mean, spread, strict=True)
    ]
    misfit = _misfit(emulator, z, mean, spread)
    np.testing.assert_allclose(np.diff(misfit), np.diff(exact), rtol=1e-8)


def test_what_the_closest_parameters_leave_counts_correlations(cube: np.ndarray) -> None:
    emulator = StatisticsEmulator.fit(cube, simulate(cube, 1))
    found = closest(emulator, simulate(cube[:5], 2), 2)
    root = np.linalg.inv(emulator.whitening)
    exact = np.einsum("ni,ij,nj->n", found.residual, np.linalg.inv(root @ root.T), found.residual)
    np.testing.assert_allclose(found.distance, exact, rtol=1e-8)


def test_rounding_is_no_spread(cube: np.ndarray) -> None:
    never_moves = np.full(len(cube), -1e6 / 3)
    assert never_moves.std() > 0  # the mean is rounded
    statistics = np.column_stack([simulate(cube, 1), never_moves])
    scale = StatisticsEmulator.fit(cube, statistics).scale
    assert scale[-1] == 1.0
    np.testing.assert_allclose(scale[:-1], statistics[:, :-1].std(0))
