"""The experiment on sharing: its files, growth exponents and comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from satisfice.io.files import read_json
from satisfice.learning.sharing import METHODS
from satisfice.learning.sharing_comparison import RIVALS, compare, growth_with_agents, over_seeds
from satisfice.stages.sharing import draw_sharing, measure_sharing

SETTINGS: dict[str, Any] = {
    "agents": [2, 4],
    "supertype": {"mu": 0.5, "sigma": 0.2, "beta": 0.3},
    "decisions": 12,
    "seeds": 2,
    "close": 0.5,
    "learning": {"iterations": 5, "hidden": 8, "markets": 999},
}


def measured(folder: Path, seed: int = 7) -> tuple[pd.DataFrame, dict[str, Any]]:
    measure_sharing(SETTINGS, seed, folder / "table.csv", folder / "summary.json")
    return pd.read_csv(folder / "table.csv"), read_json(folder / "summary.json")


def test_a_seed_decides_every_number_but_the_time(tmp_path: Path) -> None:
    (one, summary), (two, _) = measured(tmp_path / "a"), measured(tmp_path / "b")
    (other, _) = measured(tmp_path / "c", seed=8)
    pd.testing.assert_frame_equal(one.drop(columns="cpu_seconds"), two.drop(columns="cpu_seconds"))
    assert not one.net_return.equals(other.net_return)
    assert one.exact_net_return.equals(other.exact_net_return)
    assert list(zip(one.agents, one.method, strict=True)) == [
        (number, method) for number in (2, 4) for method in METHODS
    ]
    assert one.decisions.tolist() == [60, 120, 120, 60, 60, 240, 240, 60]
    assert (one.net_return_se > 0).all()
    assert summary["growth_exponents"]["shared"]["parameters"]["all"] == 0
    assert summary["growth_exponents"]["individual"]["parameters"]["all"] == 1
    assert set(summary["differences_of_net_return"]) == set(RIVALS)
    assert "B/n markets" in summary["accounting"]
    draw_sharing(tmp_path / "a/table.csv", tmp_path / "a/summary.json", tmp_path / "figure.png")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


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
