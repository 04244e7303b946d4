"""Rejection: the nearest simulations."""

from __future__ import annotations

import numpy as np

from experiments.contest.nearest import nearest, nearest_parameters


def test_the_nearest_are_kept_in_units_of_the_standard_error() -> None:
    statistics = np.array([[0.0, 5.0], [1.0, 0.0], [0.0, 1.0], [np.nan, 0.0]])
    found = nearest(statistics, np.zeros(2), np.array([1.0, 10.0]), 2)
    assert found.tolist() == [2, 0]
    assert nearest(statistics, np.zeros(2), np.ones(2), 9).tolist() == [1, 2, 0]


def test_what_may_be_seen_decides_which_are_nearest() -> None:
    simulated = {
        "theta": np.array([[0.1], [0.2], [0.3], [0.4]]),
        "x": np.array([[0.0, 3.0], [1.0, 2.0], [2.0, 1.0], [0.0, 0.0]]),
        "failures": np.array(["", "", "", "not finite"]),
    }
    first, second = np.array([True, False]), np.array([False, True])

    def fitted(accepted: int, draws: int) -> np.ndarray | None:
        zero, one = np.zeros(2), np.ones(2)
        return nearest_parameters(simulated, zero, one, [first, second], accepted, draws)

    found = fitted(2, 4)
    assert found is not None
    # Every draw that is kept is played equally often; the failed simulation never.
    assert found[..., 0].tolist() == [[0.1, 0.2, 0.1, 0.2], [0.3, 0.2, 0.3, 0.2]]
    assert fitted(4, 4) is None
    assert fitted(9, 4) is None
