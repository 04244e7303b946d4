"""Rejection: the nearest simulations."""

from __future__ import annotations

import numpy as np

from satisfice.inference.nearest import nearest


def test_the_nearest_are_kept_in_units_of_the_standard_error() -> None:
    statistics = np.array([[0.0, 5.0], [1.0, 0.0], [0.0, 1.0], [np.nan, 0.0]])
    found = nearest(statistics, np.zeros(2), np.array([1.0, 10.0]), 2)
    assert found.tolist() == [2, 0]
    assert nearest(statistics, np.zeros(2), np.ones(2), 9).tolist() == [1, 2, 0]
