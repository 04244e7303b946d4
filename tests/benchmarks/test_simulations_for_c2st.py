"""Draws that are compared with a reference."""

from __future__ import annotations

import numpy as np

from benchmarks.simulations_for_c2st import smoothed


def test_few_draws_are_smoothed_and_many_are_kept() -> None:
    cube = np.random.default_rng(3).beta(3, 2, (400, 3))
    np.testing.assert_array_equal(smoothed(cube, 250, 1), cube[:250])
    more = smoothed(cube[:100], 5000, 1)
    assert more.shape == (5000, 3)
    assert ((more > 0) & (more < 1)).all()
    np.testing.assert_allclose(more.mean(0), cube[:100].mean(0), atol=0.03)
    np.testing.assert_array_equal(more, smoothed(cube[:100], 5000, 1))
