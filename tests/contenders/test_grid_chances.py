"""Probabilities on a grid against integrals worked out on their own."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import quad
from scipy.stats import norm

from satisfice.contenders.grid_chances import (
    SMALLEST,
    between_neighbours,
    mixed_normal,
    point_mass,
    rounded_normal,
    rounded_normal_by_distance,
)
from satisfice.games.base import mix_between_neighbours

GRID = torch.arange(2.0, 7.1, 0.5)
ACTIONS = torch.arange(len(GRID))

means = st.floats(0, 9)
widths = st.floats(-3, 2).map(lambda power: 10.0**power)


def wide(value: float) -> torch.Tensor:
    return torch.tensor(value, dtype=torch.float64)


@given(mean=means, sd=widths)
def test_rounded_normal_is_the_mass_around_each_action(mean: float, sd: float) -> None:
    found = rounded_normal(GRID, ACTIONS, wide(mean), wide(sd)).numpy()
    bounds = np.concatenate([[-np.inf], GRID[:-1].double().numpy() + 0.25, [np.inf]])
    np.testing.assert_allclose(found, np.diff(norm.cdf(bounds, mean, sd)), atol=1e-12)
    assert found.sum() == pytest.approx(1.0, abs=1e-12)


@given(mean=means, sd=widths)
def test_mixed_normal_sums_to_one_and_has_the_clipped_mean(mean: float, sd: float) -> None:
    found = mixed_normal(GRID, ACTIONS, wide(mean), wide(sd)).numpy()
    assert found.sum() == pytest.approx(1.0, abs=1e-9)
    low, high = (2.0 - mean) / sd, (7.0 - mean) / sd
    inside = mean * (norm.cdf(high) - norm.cdf(low)) - sd * (norm.pdf(high) - norm.pdf(low))
    clipped = 2.0 * norm.cdf(low) + inside + 7.0 * norm.sf(high)
    assert found @ GRID.numpy() == pytest.approx(clipped, abs=1e-8)


@pytest.mark.parametrize(("mean", "sd"), [(4.1, 0.3), (4.1, 2.0), (1.5, 0.6), (6.9, 0.05)])
def test_mixed_normal_is_the_integral_of_a_triangle(mean: float, sd: float) -> None:
    found = mixed_normal(GRID, ACTIONS, wide(mean), wide(sd))
    for action, value in enumerate(GRID.tolist()):

        def share(x: float, value: float = value) -> float:
            clipped = min(max(x, 2.0), 7.0)
            return max(0.0, 1.0 - abs(clipped - value) / 0.5) * norm.pdf(x, mean, sd)

        kinks = [
            point for point in (value - 0.5, value, value + 0.5) if abs(point - mean) < 12 * sd
        ]
        wanted = quad(share, mean - 12 * sd, mean + 12 * sd, points=kinks, limit=200)[0]
        assert found[action].item() == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("chances", [rounded_normal, mixed_normal])
def test_tails_are_exact_and_never_zero(chances: object) -> None:
    assert callable(chances)
    grid, sd = torch.arange(101.0), wide(2.0)
    found = chances(grid, torch.arange(101), wide(20.0), sd).log()
    assert found.isfinite().all()
    for action in (60, 80):
        # Rounding takes the tail beyond a - 1/2, mixing what is left of the triangle's foot.
        bound = action - (0.5 if chances is rounded_normal else 1.0)
        upper = norm.logsf(bound, 20, 2)
        assert upper - 12 < found[action] < upper
    assert found[100] == np.log(SMALLEST) or found[100] > -900
    mirrored = chances(grid, torch.arange(101), wide(80.0), sd).log().flip(0)
    torch.testing.assert_close(found, mirrored)


def test_without_noise_everybody_plays_the_nearest_action() -> None:
    found = rounded_normal(GRID, ACTIONS, wide(4.2), wide(0.0))
    assert found.argmax() == 4
    assert found.max() == 1.0


@given(mean=st.integers(0, 10), width=widths)
def test_by_distance_it_is_the_same(mean: int, width: float) -> None:
    table = rounded_normal_by_distance(len(GRID), wide(width).reshape(1))[0]
    at_end = torch.isin(ACTIONS, ACTIONS[[0, -1]]).long()
    found = table[at_end, (ACTIONS - mean).abs()]
    torch.testing.assert_close(found, rounded_normal(GRID, ACTIONS, GRID[mean], wide(width / 2)))


@given(wanted=st.floats(1, 8))
def test_between_neighbours_are_the_shares_that_mix(wanted: float) -> None:
    even = (torch.arange(2000) + 0.5) / 2000
    drawn = mix_between_neighbours(GRID, torch.full((2000,), wanted), even)
    share = torch.bincount(drawn, minlength=len(GRID)) / 2000
    found = between_neighbours(GRID, ACTIONS, wide(wanted))
    np.testing.assert_allclose(found.numpy(), share.numpy(), atol=1e-3)


def test_point_mass_is_one_or_zero() -> None:
    assert point_mass(torch.tensor([0, 1, 2]), torch.tensor(1)).tolist() == [0.0, 1.0, 0.0]
