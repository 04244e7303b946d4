"""The experiment on the shape of skills: its files and what it says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.skill_shapes.comparison import compare_skill_shapes
from experiments.skill_shapes.equilibria import SHAPES
from satisfice.io.files import read_json

SETTINGS: dict[str, Any] = {
    "games": ["cournot"],
    "means": [0.5],
    "betas": [0.3],
    "iterations": 5,
    "markets": 4,
}
FILES = ("table.csv", "curves.csv", "summary.json")


def measured(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame, dict[str, Any]]:
    table, curves, summary = (folder / name for name in FILES)
    compare_skill_shapes(SETTINGS, 7, table, curves, summary, folder / "figure.png")
    return pd.read_csv(table), pd.read_csv(curves), read_json(summary)


def test_the_same_seed_gives_the_same_files(tmp_path: Path) -> None:
    table, curves, summary = measured(tmp_path / "a")
    measured(tmp_path / "b")
    for name in (*FILES, "figure.png"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert table.treatment.tolist() == [2, 2, 3, 3, 4, 4, 5, 5]
    assert curves["shape"].tolist() == list(SHAPES)
    check_table(table)
    found = summary["overall"]["mean_total_variation_of_shapes"]
    assert found == pytest.approx(table.total_variation_of_shapes.mean())
    ratio = table.mean_total_quantity_uniform / table.mean_total_quantity_gaussian - 1
    game = summary["games"]["cournot"]
    largest = game["largest_relative_difference"]["mean_total_quantity"]
    assert largest == pytest.approx(ratio.abs().max())
    assert game["learning"]["uniform"]["decisions"] == 5 * 4 * 14


def check_table(table: pd.DataFrame) -> None:
    for label in SHAPES:
        np.testing.assert_allclose(table[f"lambda_mean_{label}"], 0.15, rtol=1e-6)
        np.testing.assert_allclose(table[f"lambda_sd_{label}"], 0.3 * table.sd_skill, rtol=1e-5)
        np.testing.assert_allclose(table[f"lambda_q50_{label}"], 0.15, atol=1e-6)
        assert (table[f"residual_{label}"] < 1e-7).all()
        assert (table[f"net_payoff_{label}"] < table[f"payoff_{label}"]).all()
    # The middle nine tenths of a uniform distribution are nine tenths of its width.
    middle = table.lambda_q95_uniform - table.lambda_q05_uniform
    np.testing.assert_allclose(middle, 0.9 * 2 * 3**0.5 * table.lambda_sd_uniform, rtol=1e-4)
    assert (table.total_variation_of_shapes < table.total_variation_of_spread).all()
    wide, narrow = table[table.sd_skill > 0.2], table[table.sd_skill < 0.2]
    assert wide.total_variation_of_shapes.min() > narrow.total_variation_of_shapes.max()
