"""Reference posteriors, on a model whose posterior is known."""

from __future__ import annotations

import numpy as np

from experiments.cross_checks.reference_posterior import Pilot, abc_posterior, likelihood_posterior
from experiments.cross_checks.two_sample import c2st

NOISE = 0.06
TRUTH = np.array([0.4, 0.7])
DESIGN = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [1.0, -1.0]])
OBSERVED = TRUTH @ DESIGN.T


def exact_draws(number: int) -> np.ndarray:
    covariance = NOISE**2 * np.linalg.inv(DESIGN.T @ DESIGN)
    return np.random.default_rng(7).multivariate_normal(TRUTH, covariance, number)


def test_abc_is_as_good_as_exact() -> None:
    random = np.random.default_rng(1)

    def simulate(cube: np.ndarray) -> np.ndarray:
        return np.asarray(cube @ DESIGN.T + NOISE * random.normal(size=(len(cube), 4)))

    pilot = Pilot.run(simulate, 4000, 2, seed=2)
    found = abc_posterior(pilot, simulate, OBSERVED, 100_000, 1000, seed=3)
    assert found.cube.shape == (1000, 2)
    assert len(np.unique(found.cube, axis=0)) == 1000
    assert found.stability < 0.15
    assert c2st(found.cube, exact_draws(1000)) < 0.55


def test_many_noisy_statistics_lose_nothing() -> None:
    random = np.random.default_rng(5)
    design = random.normal(size=(20, 2))

    def simulate(cube: np.ndarray) -> np.ndarray:
        return np.asarray(cube @ design.T + 0.3 * random.normal(size=(len(cube), 20)))

    observed = simulate(TRUTH[None])[0]
    precision = design.T @ design / 0.3**2
    mean = np.linalg.solve(precision, design.T @ observed / 0.3**2)
    exact = np.random.default_rng(7).multivariate_normal(mean, np.linalg.inv(precision), 1000)
    pilot = Pilot.run(simulate, 4000, 2, seed=2)
    found = abc_posterior(pilot, simulate, observed, 40_000, 1000, seed=3)
    assert c2st(found.cube, exact) < 0.56


def log_likelihood(cube: np.ndarray) -> np.ndarray:
    residual = (OBSERVED - cube @ DESIGN.T) / NOISE
    return np.asarray(-0.5 * (residual**2).sum(-1))


def test_importance_sampling_finds_a_narrow_posterior() -> None:
    found = likelihood_posterior(log_likelihood, 2, 4000, 1000, seed=4)
    exact = exact_draws(4000)
    np.testing.assert_allclose(found.cube.mean(0), exact.mean(0), atol=0.005)
    np.testing.assert_allclose(found.cube.std(0), exact.std(0), rtol=0.12)
    assert found.stability < 0.08


def test_a_classifier_tells_a_wrong_reference() -> None:
    found = likelihood_posterior(log_likelihood, 2, 4000, 1000, seed=4)
    assert c2st(found.cube + 0.5 * exact_draws(1000).std(0), exact_draws(1000)) > 0.58
