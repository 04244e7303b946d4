"""Other estimators, on a model whose posterior is known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.cross_checks import sbi_cross_checks
from experiments.cross_checks.sbi_cross_checks import CrossCheck, neural_likelihood, sequential_abc
from satisfice.inference.settings import EstimatorSettings

NOISE = 0.08
TRUTH = np.array([0.45, 0.6])
SETTINGS = EstimatorSettings(hidden=20, batch=100, learning_rate=3e-3, most_epochs=40)


def read(cube: np.ndarray, seed: int = 1) -> np.ndarray:
    """Three noisy readings of two parameters."""
    noise = np.random.default_rng(seed).normal(size=(len(cube), 3))
    clean = np.column_stack([cube, cube.sum(1)])
    return np.asarray(clean + NOISE * noise)


def exact() -> tuple[np.ndarray, np.ndarray]:
    """Mean and SD of the posterior given the noiseless readings of the truth."""
    design = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    covariance = NOISE**2 * np.linalg.inv(design.T @ design)
    return TRUTH, np.sqrt(np.diag(covariance))


def check(found: CrossCheck, spread: float) -> None:
    mean, sd = exact()
    assert found.cube.min() >= 0
    assert found.cube.max() <= 1
    assert (np.abs(found.cube.mean(0) - mean) < 0.5 * sd).all()
    assert (np.abs(found.cube.std(0) / sd - 1) < spread).all()


@pytest.fixture(scope="module")
def by_likelihood() -> CrossCheck:
    cube = np.random.default_rng(0).random((1500, 2))
    observed = np.append(TRUTH, TRUTH.sum())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sbi_cross_checks, "WARM_UP", 20)
        return neural_likelihood(cube, read(cube), observed, SETTINGS, 200, 3)


def test_neural_likelihood_finds_the_posterior(by_likelihood: CrossCheck) -> None:
    check(by_likelihood, 0.3)
    assert by_likelihood.simulations == 1500
    assert by_likelihood.cube.shape == (200, 2)
    assert by_likelihood.record["epochs"] >= 1


def abc(seed: int) -> CrossCheck:
    calls = 0

    def simulate(cube: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return read(cube, calls)

    observed, noise = np.append(TRUTH, TRUTH.sum()), np.full(3, NOISE)
    return sequential_abc(simulate, 2, observed, noise, 8000, 400, seed)


def test_sequential_abc_finds_the_posterior_within_its_budget() -> None:
    found = abc(3)
    check(found, 0.25)
    assert found.cube.shape == (400, 2)
    assert len(np.unique(found.cube, axis=0)) == 400
    assert found.simulations <= 8000 * 1.05
    assert found.record["populations"] >= 2


def test_same_seed_same_draws() -> None:
    np.testing.assert_array_equal(abc(3).cube, abc(3).cube)
