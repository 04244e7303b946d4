"""Targets are met or not by the numbers alone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks.targets import compare

EXPONENTS = pd.DataFrame(
    {"game": ["a", "b", "b"], "varied": ["agents", "markets", "agents"],
     "exponent": [1.05, 1.06, np.nan]}
)  # fmt: skip
THROUGHPUT = pd.DataFrame(
    {"game": ["a", "beer_game", "a", "a"], "default": [True, True, True, False],
     "measure": ["simulator_over_forward_passes"] * 2 + ["simulator_over_environment"] * 2,
     "median": [0.4, 0.4, 100.0, 1.0]}
)  # fmt: skip
RETRAINING = pd.DataFrame({"game": ["a", "b"], "times_cheaper_with_learning": [100.0, 99.9]})
COSTS = pd.DataFrame({"peak_memory_mebibytes": [2048.0, np.nan, 12.0]})


def needed(npe: float, abc: float) -> pd.DataFrame:
    return pd.DataFrame(
        {"game": "a", "estimator": ["npe", "smc_abc"], "level": 0.58,
         "simulations_needed": [npe, abc]}
    )  # fmt: skip


def test_limits_are_met_at_the_limit_and_not_beyond() -> None:
    table = compare(THROUGHPUT, EXPONENTS, RETRAINING, needed(1000.0, 500.0), {"a": 1000}, COSTS)
    assert list(table.columns) == ["target", "unit", "measured", "sense", "limit", "met"]
    speeds, others = table.met.tolist()[:3], table.met.tolist()[3:]
    # A market has to reach half of the network's speed, the beer game less.
    assert speeds == [False, True, True]
    assert others == [True, False, False, True, False, True, True]
    assert table[["measured", "limit"]].iloc[8].tolist() == [1000, 1000]
    assert table.unit.iloc[9] == "mebibytes"


@pytest.mark.parametrize(
    ("npe", "abc", "met"), [(7000, np.inf, True), (7501, 1000, False), (np.inf, np.inf, False)]
)
def test_the_runs_own_simulations_should_suffice(npe: float, abc: float, met: bool) -> None:
    table = compare(THROUGHPUT, EXPONENTS, RETRAINING, needed(npe, abc), {"a": 7500}, COSTS)
    assert table.met.iloc[8] == met


def test_without_exact_posteriors_that_target_is_left_out() -> None:
    nothing = needed(1.0, 1.0).iloc[:0]
    assert len(compare(THROUGHPUT, EXPONENTS, RETRAINING, nothing, {}, COSTS)) == 9
