"""What the posterior owes to each part of the data, in numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

from experiments.cross_checks.agreement import compared, finite
from experiments.cross_checks.sensitivity import moments, summarise
from satisfice.population.parameters import Parameter, ParameterSpace, Setting
from satisfice.population.supertypes import SKILL_PARAMETERS

OWN = Parameter("kappa", (0.0, 1.0), "κ")


@pytest.mark.parametrize(
    ("settings", "quantity"),
    [
        ({}, "kappa"),
        ({"mu": 0.5, "sigma": 0.2, "beta": 0.5}, "kappa"),
        # The share of nearly rational agents is always one.
        ({"beta": [0.001, 0.01]}, "kappa"),
    ],
)
def test_a_belief_s_own_parameter_may_shift_most(
    settings: dict[str, Setting], quantity: str
) -> None:
    space = ParameterSpace.of((*SKILL_PARAMETERS, OWN), settings)
    whole = 0.8 * np.random.default_rng(1).random((500, len(space.names)))
    moved = whole + 0.2 * (np.array(space.names) == "kappa")
    drawn = {("all", "all"): whole, ("without", "price"): moved, ("budget", "half"): moved}
    summary = summarise(space, moments(space, drawn), {}, False)
    json.dumps(summary, allow_nan=False)
    assert summary["quantity"] == quantity
    assert summary["statistic"] == "price"
    expected = 0.2 / whole[:, -1].std(ddof=1)
    assert summary["largest_shift_without_one_statistic"] == pytest.approx(expected)
    assert summary["sd_ratio_at_half_the_budget"]["kappa"] == pytest.approx(1.0)


def test_what_has_no_spread_shifts_by_nothing_or_by_no_number() -> None:
    one, zero = np.ones(3), np.zeros(3)
    shift, ratio = compared(np.array([1, 2, 1.5]), np.array([0, 1, 0.5]), one, zero)
    np.testing.assert_array_equal(shift, [0, np.inf, np.inf])
    np.testing.assert_array_equal(ratio, [1, np.inf, np.inf])
    assert [finite(value) for value in (0.5, np.inf, np.nan)] == [0.5, None, None]
