"""The experiment on sharing: its files, growth exponents and comparisons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from experiments.sharing.comparison import RIVALS, compare_sharing
from experiments.sharing.training import METHODS
from satisfice.io.files import read_json

SETTINGS: dict[str, Any] = {"agents": [2, 4], "decisions": 12, "seeds": 2, "iterations": 5}


def measured(folder: Path, seed: int = 7) -> tuple[pd.DataFrame, dict[str, Any]]:
    outputs = (folder / name for name in ("table.csv", "summary.json", "figure.png"))
    compare_sharing(SETTINGS, seed, *outputs)
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
    assert (tmp_path / "a/figure.png").read_bytes().startswith(b"\x89PNG")
