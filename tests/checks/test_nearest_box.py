"""Sequential rejection finds where a contender's play is nearest to data."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from satisfice.checks.nearest_box import joined, locate, nearest, reflected
from satisfice.randomness import seed_sequence

TRUTH = np.array([0.2, 0.9])


def simulate(cube: np.ndarray, purpose: str) -> np.ndarray:
    """Two statistics that tell theta, and one of pure noise that the data have none like."""
    noise = np.random.default_rng(seed_sequence(0, purpose)).normal(size=(len(cube), 3))
    return np.column_stack([cube, np.zeros(len(cube))]) + 0.02 * noise


def test_the_box_is_small_and_holds_the_truth_though_one_statistic_never_fits() -> None:
    nothing = np.empty((0, 2)), np.empty((0, 3))
    observed = np.array([*TRUTH, 50.0])
    box, cube, statistics = locate(simulate, observed, *nothing, 400, np.random.default_rng(0))
    assert box.holds(TRUTH)
    assert box.volume < 0.1
    assert len(cube) == len(statistics)


def test_earlier_simulations_are_used() -> None:
    earlier = np.random.default_rng(1).random((3000, 2))
    purposes = []

    def counted(cube: np.ndarray, purpose: str) -> np.ndarray:
        purposes.append(purpose)
        return simulate(cube, purpose)

    given_ = earlier, simulate(earlier, "earlier")
    observed = np.array([*TRUTH, 0.0])
    box, cube, _ = locate(counted, observed, *given_, 400, np.random.default_rng(0))
    assert "prior" not in purposes
    assert len(cube) == 3000 + 400 * len(purposes)
    assert box.holds(TRUTH)


def test_the_nearest_are_nearest_on_the_scale_of_the_nearest() -> None:
    statistics = np.random.default_rng(2).normal(size=(2000, 2)) * [1.0, 1000.0]
    rows = nearest(statistics, np.zeros(2))
    assert np.abs(statistics[rows]).max(0)[0] < 1.0
    assert np.abs(statistics[rows]).max(0)[1] < 1000.0


def test_simulations_that_are_not_finite_are_left_out() -> None:
    cube, statistics = joined(
        np.zeros((1, 2)), np.zeros((1, 3)), np.ones((2, 2)), np.array([[1, 2, np.nan], [1, 2, 3]])
    )
    assert cube.tolist() == [[0, 0], [1, 1]]
    assert statistics.tolist() == [[0, 0, 0], [1, 2, 3]]


@given(arrays(float, 5, elements=st.floats(-3, 3)))
def test_reflected_points_are_in_the_cube_and_those_inside_stay(points: np.ndarray) -> None:
    moved = reflected(points)
    assert ((moved >= 0) & (moved <= 1)).all()
    inside = (points >= 0) & (points <= 1)
    np.testing.assert_allclose(moved[inside], points[inside], atol=1e-12)
