"""Growth exponents and comparisons of shared and individual policies."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from experiments.sharing.comparison import compare, growth_with_agents, over_seeds


@pytest.mark.parametrize("power", [-0.5, 0.0, 1.0, 1.7])
def test_growth_finds_the_power(power: float) -> None:
    agents = np.array([2, 5, 10, 20, 50])
    rows = pd.DataFrame({"agents": agents, "cost": 3.0 * agents**power})
    found = growth_with_agents(rows, "cost")
    assert found == {"all": pytest.approx(power), "upper_half": pytest.approx(power)}


def test_growth_over_the_upper_half_leaves_fixed_costs_behind() -> None:
    agents = np.array([2, 5, 10, 20, 50])
    found = growth_with_agents(pd.DataFrame({"agents": agents, "cost": 10.0 + agents}), "cost")
    upper = np.polyfit(np.log(agents[2:]), np.log(10.0 + agents[2:]), 1)[0]
    assert found["all"] is not None
    assert found["upper_half"] == pytest.approx(upper, abs=1e-4)
    assert 0 < found["all"] < upper < 1


def test_growth_of_what_was_not_always_reached_is_unknown() -> None:
    rows = pd.DataFrame({"agents": [2, 5, 10], "cost": [1.0, np.nan, 2.0]})
    assert growth_with_agents(rows, "cost") == {"all": None, "upper_half": None}


def test_over_seeds_gives_means_and_standard_errors() -> None:
    values = {"decisions": [10] * 3, "net_return": [0.1, 0.2, 0.6], "decisions_until_close": [5.0]}
    row = over_seeds(pd.DataFrame(values | {"decisions_until_close": [5.0, np.nan, 6.0]}))
    assert isinstance(row["decisions"], int)
    assert row["decisions"] == 10
    assert row["net_return"] == pytest.approx(0.3)
    assert row["net_return_se"] == pytest.approx(stats.sem([0.1, 0.2, 0.6]))
    assert np.isnan(row["decisions_until_close"])
    assert "decisions_se" not in row


def test_returns_are_equal_within_the_interval_of_students_t() -> None:
    rows = [
        {"agents": n, "method": method, "net_return": net, "net_return_se": 0.1}
        for n, gap in ((2, 0.3), (5, -0.5))
        for method, net in (("shared", 1.0 + gap), ("individual", 1.0))
    ]
    found = compare(pd.DataFrame(rows), "shared", "individual", seeds=3)
    half_width = stats.t.ppf(0.975, 4) * np.hypot(0.1, 0.1)
    assert found["2"]["difference"] == pytest.approx(0.3)
    assert found["5"]["difference"] == pytest.approx(-0.5)
    assert found["2"]["half_width"] == pytest.approx(half_width)
    assert [found[n]["equal_within_error"] for n in ("2", "5")] == [True, False]
