"""Simulations needed for a distance, on distances that are given."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from benchmarks.budgets import mean_c2st, needed, simulations_needed

BUDGETS = np.array([500, 1000, 2000, 4000])


@pytest.mark.parametrize(
    ("distances", "wanted"),
    [
        ([0.9, 0.7, 0.6, 0.55], 2000.0),  # reached exactly at a budget
        ([0.9, 0.7, 0.5, 0.5], 1000 * math.sqrt(2)),  # half way, in logarithms
        ([0.6, 0.59, 0.55, 0.5], 500.0),  # from the first on
        ([0.9, 0.8, 0.7, 0.61], math.inf),  # never
        ([0.9, 0.5, 0.7, 0.5], 2000 * math.sqrt(2)),  # once by luck: what counts is to stay
    ],
)
def test_the_budget_is_interpolated(distances: list[float], wanted: float) -> None:
    assert simulations_needed(BUDGETS, np.array(distances), 0.6) == pytest.approx(wanted)


def test_means_over_data_sets_lead_to_what_is_needed() -> None:
    rows = [
        {"game": "g", "estimator": name, "budget": budget, "simulations": used, "c2st": c2st}
        for name, budget, used, values in (
            ("npe", 200, 200, [0.9, 0.7]),
            ("npe", 800, 800, [0.6, 0.4]),
            ("smc_abc", 200, 180, [0.9, 0.9]),
            ("smc_abc", 800, 790, [0.8, 0.8]),
        )
        for c2st in values
    ]
    means = mean_c2st(pd.DataFrame(rows))
    assert means.c2st.tolist() == pytest.approx([0.8, 0.5, 0.9, 0.8])
    assert means.standard_error.tolist() == pytest.approx([0.1, 0.1, 0.0, 0.0])
    assert means.simulations.tolist() == [400, 1600, 360, 1580]
    found = needed(means, 0.65).set_index("estimator").simulations_needed
    assert found["npe"] == pytest.approx(400.0)
    assert found["smc_abc"] == math.inf
