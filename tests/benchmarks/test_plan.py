"""The plan follows from unit costs by arithmetic."""

from __future__ import annotations

import pandas as pd
import pytest

from benchmarks.plan import plan

SCALING = pd.DataFrame(
    {
        "game": "cournot",
        "varied": ["agents"] * 4 + ["markets"],
        "size": [10, 100, 1000, 10000, 10000],
        "simulations": [64, 64, 8, 2, 9],
        "decisions": [64 * 250, 64 * 2500, 8 * 25000, 2 * 250000, 1],
        "seconds_per_simulation": [0.0005, 0.005, 0.05, 0.5, 99.0],
        "peak_memory_mebibytes": [300.0, 310.0, 350.0, 400.0, 9999.0],
    }
)


def test_measured_unit_costs_are_multiplied() -> None:
    row = plan(SCALING, {"cournot": 16}, 10000, 1_000_000, hours=1.0).iloc[0]
    assert row.core_hours == pytest.approx(500_000 / 3600)
    assert (row.simulations_per_job, row.jobs) == (7200, 139)  # 138.9, rounded up
    assert row.hours_per_job == pytest.approx(1.0)
    assert row.bytes_of_results == 16 * 8 * 1_000_000
    assert row.memory_mebibytes_per_job == pytest.approx(400 + 7200 * 16 * 8 / 2**20)
    assert row.bytes_if_every_decision_were_kept == 25 * 10_000 * 8 * 1_000_000
    assert not row.extrapolated


def test_a_size_that_was_not_measured_lies_on_the_fitted_line() -> None:
    row = plan(SCALING, {"cournot": 16}, 50_000, 100, hours=1.0).iloc[0]
    assert row.extrapolated
    assert row.seconds_per_simulation == pytest.approx(2.5)
    assert (row.jobs, row.simulations_per_job) == (1, 100)
