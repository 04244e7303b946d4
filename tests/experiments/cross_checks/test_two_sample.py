"""The classifier two-sample test."""

from __future__ import annotations

import numpy as np

from experiments.cross_checks.two_sample import c2st

RANDOM = np.random.default_rng(2)


def test_equal_draws_cannot_be_told_apart() -> None:
    one, other = RANDOM.normal(size=(2, 800, 2))
    assert abs(c2st(one, other) - 0.5) < 0.05


def test_a_shift_is_seen_as_much_as_it_can_be() -> None:
    one, other = RANDOM.normal(size=(2, 1500, 2))
    other[:, 0] += 1.0
    # The best classifier of two Gaussians one SD apart is right in Phi(1/2) of all cases.
    assert abs(c2st(one, other) - 0.691) < 0.04
