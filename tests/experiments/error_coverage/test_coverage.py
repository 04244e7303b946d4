"""The rules of the experiment: their files and columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from experiments.error_coverage.coverage import coverage_table, join, measure
from experiments.error_coverage.methods import METHODS, PAIRS
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_table
from satisfice.io.observed import observed_table

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    game, path = load_game("cobweb"), tmp_path_factory.mktemp("observed") / "observed.csv"
    held_out = {"treatments": ["strongly_unstable"]}
    write_table(
        path, observed_table(game, load_dataset(DATA / "cobweb/hommes2007", game), held_out)
    )
    return path


def measured(observed: Path, path: Path) -> pd.DataFrame:
    names = ["noisy_equilibrium"]
    numbers = {"panels": 30, "replicates": 40, "tried": 40, "seed": 1}
    measure("cobweb", observed=observed, contenders=names, **numbers, table=path)
    return pd.read_csv(path)


def test_every_statistic_and_method_has_a_row(observed: Path, tmp_path: Path) -> None:
    table = measured(observed, tmp_path / "a.csv")
    assert list(table.columns) == [
        "game", "contender", "statistic", "method", "nominal", "coverage", "standard_error",
        "lowest",
    ]  # fmt: skip
    assert set(table.game) == {"cobweb"} and set(table.contender) == {"noisy_equilibrium"}
    assert list(table.statistic.unique()) == ["price_mean", "price_variance", *PAIRS]
    assert list(table.method) == list(METHODS) * 4
    assert (table.lowest <= table.coverage).all()
    assert table.coverage.between(0.6, 1.0).all()
    measured(observed, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    join([tmp_path / "a.csv", tmp_path / "b.csv"], tmp_path / "joined.csv")
    assert len(pd.read_csv(tmp_path / "joined.csv")) == 2 * len(table)


def test_coverage_is_over_all_panels_of_all_treatments() -> None:
    nothing = np.full(4, np.nan)
    one, two = np.array([1.0, 1.0, 1.0, 0.0]), np.array([1.0, 0.0, 0.0, 0.0])
    held = {"package": [np.stack([one, nothing], 1), np.stack([two, nothing], 1)]}
    table = coverage_table(["mean", "constant"], held)
    assert table.statistic.tolist() == ["mean"]
    row = table.iloc[0]
    assert (row.coverage, row.lowest, row.nominal) == (0.5, 0.25, 0.9)
    assert row.standard_error == pytest.approx(np.sqrt(2 / 7 / 8), abs=1e-4)
