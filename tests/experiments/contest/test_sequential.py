"""Sequential Monte Carlo ABC, on a model with a known posterior."""

from __future__ import annotations

import numpy as np
import torch

from experiments.contest.sequential import FIRST, Fit, fit, resampled

NOISE = 0.05


def simulator(bias: float = 0.0, failing: float = 0.0):
    """Statistics are the parameter and noise, and a constant that may be off; some fail."""
    random = np.random.default_rng(0)

    def simulate(cube: np.ndarray) -> np.ndarray:
        found = cube[:, 0] + NOISE * random.standard_normal(len(cube))
        found[random.random(len(cube)) < failing] = np.nan
        return np.stack([found, np.full(len(cube), bias)], axis=1)

    return simulate


def fitted(simulations: int = 12_000, bias: float = 0.0, failing: float = 0.0) -> Fit:
    return fit(
        simulator(bias, failing), np.array([0.4, 0.0]), np.array([0.02, 1.0]), 1,
        particles=500, simulations=simulations, draws=400, seed=1,
    )  # fmt: skip


def test_a_fit_comes_near_the_posterior() -> None:
    found = fitted()
    assert found.last.shape == (400, 1)
    assert found.simulations <= 12_000
    assert found.tolerance < 1.5  # in human standard errors, of 0.02
    # With a flat prior the posterior is N(0.4, 0.05²), widened by the tolerance.
    assert abs(found.last.mean() - 0.4) < 0.01
    assert 0.045 < found.last.std() < 0.06
    assert found.earlier is not None
    assert found.earlier.std() >= 0.95 * found.last.std()


def test_tolerance_counts_from_the_smallest_distance() -> None:
    found = fitted(bias=3.0)  # nothing comes nearer than three standard errors
    assert found.smallest >= 3.0
    assert found.tolerance < 0.5
    assert found.earlier is not None
    assert abs(found.last.mean() - 0.4) < 0.02


def test_simulations_that_fail_are_never_kept() -> None:
    found = fitted(failing=0.3)
    assert 0.045 < found.last.std() < 0.06


def test_too_small_a_budget_has_no_earlier_population() -> None:
    found = fitted(simulations=500 * FIRST)
    assert found.earlier is None
    assert found.last.std() > 0.08


def test_the_same_seed_gives_the_same_fit_and_leaves_torch_alone() -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state()
    one, other = fitted(4000), fitted(4000)
    np.testing.assert_array_equal(one.last, other.last)
    assert torch.equal(before, torch.get_rng_state())


def test_resampling_is_proportional_to_weights() -> None:
    points = np.array([[0.1], [0.2], [0.3]])
    found = resampled(points, np.array([1.0, 2.0, 1.0]), 400)
    values, counts = np.unique(found, return_counts=True)
    assert values.tolist() == [0.1, 0.2, 0.3] and counts.tolist() == [100, 200, 100]
