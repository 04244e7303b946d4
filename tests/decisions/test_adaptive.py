"""Adaptive importance sampling, against posteriors that are known."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from scipy.stats import beta

from satisfice.decisions.adaptive import LARGEST_KHAT, Sample, adapted

Target = Callable[[np.ndarray], np.ndarray]

SHAPES = np.array([[1.0, 40.0], [30.0, 70.0], [300.0, 5.0]])
"""Of independent beta distributions; the first is largest at a bound."""


def known(cube: np.ndarray) -> np.ndarray:
    """Log-density of the beta distributions, times exp(3)."""
    found: np.ndarray = beta(*SHAPES.T).logpdf(cube).sum(1)
    return found + 3.0


def sampled(target: Target, columns: int, seed: int = 1, enough: float = 500) -> Sample | None:
    """Start from points that are uniform in the cube."""
    cube = np.random.default_rng(seed).random((400, columns))
    return adapted(target, cube, np.full(400, -np.log(400)), enough, np.random.default_rng(seed))


def test_moments_and_evidence() -> None:
    found = sampled(known, 3)
    assert found is not None and found.khat <= LARGEST_KHAT
    weight, exact = np.exp(found.log_weight), beta(*SHAPES.T)
    mean = weight @ found.cube
    assert weight.sum() == pytest.approx(1.0)
    np.testing.assert_allclose(mean, exact.mean(), atol=0.15 * exact.std().max())
    sd = np.sqrt(weight @ (found.cube - mean) ** 2)
    np.testing.assert_allclose(sd, exact.std(), rtol=0.15)
    assert found.log_evidence == pytest.approx(3.0, abs=0.1)


def test_two_peaks_far_apart() -> None:
    def target(cube: np.ndarray) -> np.ndarray:
        peaks = [beta(50, 200).logpdf(cube[:, 0]), beta(200, 50).logpdf(cube[:, 0])]
        return np.asarray(np.logaddexp(*peaks))

    found = sampled(target, 1)
    assert found is not None
    assert np.exp(found.log_weight)[found.cube[:, 0] < 0.5].sum() == pytest.approx(0.5, abs=0.1)
    assert found.log_evidence == pytest.approx(np.log(2), abs=0.1)


def test_every_likelihood_is_a_point_and_a_seed_gives_one_result() -> None:
    calls: list[np.ndarray] = []

    def target(cube: np.ndarray) -> np.ndarray:
        calls.append(cube)
        return known(cube)

    found, again = sampled(target, 3), sampled(known, 3)
    assert found is not None and again is not None
    np.testing.assert_allclose(np.concatenate(calls), found.cube)
    np.testing.assert_array_equal(found.log_weight, again.log_weight)


def test_what_it_cannot_sample_is_told() -> None:
    assert sampled(known, 3, enough=1e6) is None
