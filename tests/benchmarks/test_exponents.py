"""Exponents of costs, on costs whose growth is known."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import linregress

from benchmarks.exponents import fit_exponent, fit_large_end

SIZES = np.array([2, 10, 30, 100, 300, 1000, 3000, 10000])


@pytest.mark.parametrize("power", [0.0, 0.7, 1.0, 1.3])
def test_the_power_is_found(power: float) -> None:
    found = fit_exponent(SIZES, 0.03 * SIZES**power)
    assert found.exponent == pytest.approx(power, abs=1e-12)
    assert found.standard_error == pytest.approx(0.0, abs=1e-7)
    assert found.factor == pytest.approx(0.03)
    assert found.at(500) == pytest.approx(0.03 * 500**power)


def test_the_line_and_its_error_are_those_of_least_squares() -> None:
    costs = 0.1 * SIZES**1.1 * np.exp(np.random.default_rng(1).normal(0, 0.2, len(SIZES)))
    found, wanted = fit_exponent(SIZES, costs), linregress(np.log(SIZES), np.log(costs))
    assert found.exponent == pytest.approx(wanted.slope)
    assert found.standard_error == pytest.approx(wanted.stderr)
    assert np.log(found.factor) == pytest.approx(wanted.intercept)


def test_the_large_end_leaves_fixed_costs_behind() -> None:
    costs = 5.0 + 0.1 * SIZES  # fixed costs bend the whole line down
    whole, large = fit_exponent(SIZES, costs), fit_large_end(SIZES, costs)
    assert (large.from_size, large.points) == (300, 4)
    assert whole.exponent < 0.8 < large.exponent < 1.0


def test_too_few_points_give_no_answer() -> None:
    alone, pair = fit_exponent(SIZES[:1], SIZES[:1]), fit_exponent(SIZES[:2], SIZES[:2])
    assert np.isnan([alone.exponent, alone.standard_error, pair.standard_error]).all()
    assert pair.exponent == pytest.approx(1.0)
