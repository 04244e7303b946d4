"""Moments of statistics in a box, and the theta nearest to data."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.checks.moments import Box, Moments, independent

WHOLE = Box(np.full(2, 0.5), np.diag([0.5, 0.5]))
UNIT = np.full(3, 1e-4)


def quadratic(cube: np.ndarray, seed: int) -> np.ndarray:
    """Three statistics with known moments: quadratic means, noise that grows, a correlation."""
    noise = np.random.default_rng(seed).normal(size=(len(cube), 3))
    noise[:, 1] = 0.8 * noise[:, 0] + 0.6 * noise[:, 1]
    return np.asarray(means(cube) + sd(cube) * noise)


def means(cube: np.ndarray) -> np.ndarray:
    return np.stack([cube[:, 0] ** 2, cube[:, 0] + cube[:, 1], 2.0 * cube[:, 1]], -1)


def sd(cube: np.ndarray) -> np.ndarray:
    return 0.1 * np.exp(0.5 * cube[:, :1])


@pytest.fixture(scope="module")
def moments() -> Moments:
    cube = np.random.default_rng(0).random((20_000, 2))
    return Moments.fit(WHOLE, cube, quadratic(cube, 1), UNIT)


def test_distances_are_those_of_the_known_moments(moments: Moments) -> None:
    random = np.random.default_rng(2)
    cube = 0.1 + 0.8 * random.random((50, 2))
    data = quadratic(0.1 + 0.8 * random.random((50, 2)), 3)
    correlation = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]])
    z = (data - means(cube)) / sd(cube)
    exact = np.einsum("ni,ij,nj->n", z, np.linalg.inv(correlation), z)
    np.testing.assert_allclose(moments.distances(cube, data), exact, rtol=0.1, atol=0.2)


def test_the_degrees_are_as_low_as_the_moments_allow(moments: Moments) -> None:
    assert moments.degrees[0] == 2
    cube = np.random.default_rng(4).random((500, 2))
    flat = np.random.default_rng(5).normal(size=(500, 3))
    assert Moments.fit(WHOLE, cube, flat, UNIT).degrees == (1, 1, 0)


def test_the_nearest_theta_has_the_smallest_distance(moments: Moments) -> None:
    random = np.random.default_rng(6)
    data = quadratic(random.random((30, 2)), 7)
    near = moments.nearest(data)
    np.testing.assert_allclose(moments.distances(near.cube, data), near.distance)
    grid = np.stack(np.meshgrid(*[np.linspace(0, 1, 81)] * 2), -1).reshape(-1, 2)
    exact = moments.distances(grid, data[:, None]).min(1)
    assert (near.distance <= exact + 0.05).all()
    assert ((near.cube >= 0) & (near.cube <= 1)).all()


def test_statistics_that_are_sums_of_earlier_ones_are_found() -> None:
    x = np.random.default_rng(8).normal(size=(200, 3))
    summed = np.column_stack([x[:, 0], x[:, 1], x[:, 0] - 2 * x[:, 1] + 5, x[:, 2], np.ones(200)])
    assert independent(summed) == [0, 1, 3, 4]


@settings(deadline=None, max_examples=40)
@given(st.integers(1, 5), st.integers(0, 1000))
def test_points_of_a_box_are_in_it(parameters: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    centre = random.random(parameters)
    near = np.clip(centre + 0.2 * random.normal(size=(60, parameters)), 0, 1)
    box = Box.around(near, 0.9)
    points = box.points(100, random)
    assert points.shape == (100, parameters)
    assert ((points >= 0) & (points <= 1)).all()
    assert box.holds(points).mean() > 0.9  # all but those moved to the cube's sides
    assert np.abs(box.scaled(box.middle)).max() < 1e-9
    assert box.shrunk(near[0], 0.5).volume == pytest.approx(box.volume / 2**parameters)


def test_a_box_follows_a_ridge() -> None:
    random = np.random.default_rng(9)
    along = random.random(2000)
    ridge = np.stack([along, 1 - along], -1) + 0.01 * random.normal(size=(2000, 2))
    box = Box.around(ridge, 0.96)
    assert box.volume < 0.2
    assert box.holds(ridge[(ridge > 0).all(1) & (ridge < 1).all(1)]).mean() > 0.95
