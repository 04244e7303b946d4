"""Rule single_agent: what it writes, and that it is reproducible."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.single_agent.comparison import compare_single_agent
from satisfice.io.files import read_json

FILES = ["figure.png", "summary.json", "table.csv"]
TINY: dict[str, Any] = {
    "costs": 3, "agents": 2, "iterations": 5, "markets": 16, "chance_draws": 1,
}  # fmt: skip


def run_experiment(folder: Path, seed: int = 7) -> None:
    table, summary, figure = (folder / n for n in ("table.csv", "summary.json", "figure.png"))
    compare_single_agent(TINY, seed, table, summary, figure)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("single_agent")
    run_experiment(made)
    return made


def test_the_folder_holds_table_summary_and_figure(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == FILES
    assert (folder / "figure.png").read_bytes().startswith(b"\x89PNG")
    table = pd.read_csv(folder / "table.csv")
    assert len(table) == 3 * 2 * 3
    groups = table.groupby(["belief", "treatment"], sort=False).processing_cost
    assert {belief for belief, _ in groups.groups} == {"uniform", "habit", "anchor"}
    for _, costs in groups:
        np.testing.assert_allclose(costs, np.geomspace(0.01, 2.0, 3))
    assert np.isfinite(table.select_dtypes("number").to_numpy()).all()
    assert (table.total_variation_mean <= table.total_variation_max).all()


def test_the_summary_follows_from_the_table(folder: Path) -> None:
    summary = read_json(folder / "summary.json")
    table = pd.read_csv(folder / "table.csv")
    for belief, rows in table.groupby("belief"):
        found = summary["beliefs"][belief]
        assert found["total_variation_max"] == pytest.approx(rows.total_variation_max.max())
        assert found["total_variation_mean"] == pytest.approx(rows.total_variation_mean.mean())
    assert summary["settings"] == TINY
    assert summary["tolerance"] == 0.01
    assert summary["passed"] is False  # five iterations are far too few
    assert "habit" in summary["figure"] and "0.01" in summary["figure"]


def test_the_seed_decides_everything(folder: Path, tmp_path: Path) -> None:
    run_experiment(tmp_path / "again")
    run_experiment(tmp_path / "other", seed=8)
    for name in FILES:
        first = (folder / name).read_bytes()
        assert (tmp_path / "again" / name).read_bytes() == first
        assert (tmp_path / "other" / name).read_bytes() != first
