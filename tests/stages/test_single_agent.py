"""Rule single_agent: what it writes, that it is reproducible, and that it can fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from satisfice.config import resolve
from satisfice.errors import SatisficeError
from satisfice.io.files import read_json
from satisfice.stages.single_agent import run_experiment

ROOT = Path(__file__).resolve().parents[2]
FILES = ["figure.png", "summary.json", "table.csv"]
LEARNING = {"iterations": 5, "markets": 16, "minibatches": 2, "hidden": 8, "action_basis": 4}


def resolved(**changes: Any) -> dict[str, Any]:
    """The shipped settings with changes."""
    config = yaml.safe_load((ROOT / "workflow/config/default.yaml").read_text(encoding="utf-8"))
    config["experiments"]["single_agent"] |= changes
    schema = ROOT / "workflow/schemas/config.schema.yaml"
    settings: dict[str, Any] = resolve(config, schema, [])["experiments"]["single_agent"]
    return settings


TINY = resolved(learning=LEARNING, costs=3, agents=2)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("single_agent")
    run_experiment(TINY, 7, made)
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
    run_experiment(TINY, 7, tmp_path / "again")
    run_experiment(TINY, 8, tmp_path / "other")
    for name in FILES:
        first = (folder / name).read_bytes()
        assert (tmp_path / "again" / name).read_bytes() == first
        assert (tmp_path / "other" / name).read_bytes() != first


def test_roles_and_impossible_costs_are_refused(tmp_path: Path) -> None:
    with_roles = TINY["parameter_prior"] | {"roles": ["retailer"]}
    with pytest.raises(SatisficeError, match="not the roles of the game"):
        run_experiment({**TINY, "parameter_prior": with_roles}, 7, tmp_path)
    with pytest.raises(SatisficeError, match="hardly any agent"):
        run_experiment({**TINY, "highest_cost": 4.5}, 7, tmp_path)
    assert not list(tmp_path.iterdir())
