"""Rule learnt_summaries."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cross_checks.learnt_summaries import compare_summaries
from experiments.cross_checks.paths import PathLayout
from experiments.cross_checks.simulated_paths import PATHS, STATISTICS, simulate_paths
from satisfice.errors import SatisficeError
from satisfice.io.files import read_arrays, read_json
from satisfice.population.derived import DERIVED_NAMES

SETTINGS = {"batch": 50, "most_epochs": 2}
MEASURED = ("seconds", "memory_mb")


def compared(run: Any, folder: Path, **other: Any) -> tuple[Any, Any]:
    compare_summaries(
        run.game,
        policy=run.policies[run.beliefs[0]],
        dataset=run.dataset,
        observed=run.observed,
        reserved=run.reserved,
        settings=SETTINGS,
        seed=7,
        table=folder / "table.csv",
        summary=folder / "summary.json",
        figure=folder / "figure.png",
        **{"simulations": run.simulations} | other,
    )
    return pd.read_csv(folder / "table.csv"), read_json(folder / "summary.json")


def test_estimators_are_compared_on_the_same_data_sets(tiny_run: Any, tmp_path: Path) -> None:
    table, summary = compared(tiny_run, tmp_path / "a")
    assert table.columns.tolist() == ["summaries", "quantity", "measure", "value", "low", "high"]
    assert table.summaries.unique().tolist() == [STATISTICS, PATHS]
    by_name = table.set_index(["summaries", "measure", "quantity"]).sort_index()
    for summaries in (STATISTICS, PATHS):
        contraction = by_name.loc[(summaries, "contraction")]
        assert set(contraction.index) == {"mu", "sigma", "beta", *DERIVED_NAMES}
        assert (
            (contraction.low < contraction.value) & (contraction.value < contraction.high)
        ).all()
        rows = by_name.loc[summaries].value
        assert rows["epochs", "training"] == 2
        assert rows["seconds", "training"] > 0
        assert rows["memory_mb", "training"] > 50
        for gate in ("sbc", "expected_coverage", "tarp"):
            assert rows[f"{gate}_passed", "theta"] in (0, 1)
    density = by_name.value[:, "log_density", "theta"]
    gain = by_name.value[:, "log_density_gain", "theta"]
    assert gain.to_dict() == pytest.approx({PATHS: density[PATHS] - density[STATISTICS]})
    assert summary["data_sets"] == 50
    assert summary["simulations"] == 400
    assert summary["treatments"] == ["2"]
    assert summary["log_density_gain"][PATHS]["value"] == pytest.approx(gain[PATHS])
    assert [g["name"] for g in summary["gates"]] == ["sbc", "expected_coverage", "tarp"] * 2
    assert summary["settings"] == SETTINGS
    assert summary["answer"].startswith("Summaries learnt from whole paths tell")
    # The same seed, the same numbers, but for what was measured.
    again, said = compared(tiny_run, tmp_path / "b")
    same = [t[~t.measure.isin(MEASURED)] for t in (table, again)]
    pd.testing.assert_frame_equal(*same)
    assert said["answer"] == summary["answer"]


def test_simulations_are_the_first_of_the_main_table(tiny_run: Any) -> None:
    paths = (tiny_run.policies["habit"], tiny_run.dataset, tiny_run.observed)
    found = simulate_paths(*paths, 100, 7)
    table = read_arrays(tiny_run.folder / "simulations" / "habit.npz")
    np.testing.assert_allclose(found.space.from_unit(found.cube), table["theta"][:100])
    np.testing.assert_array_equal(found.statistics, table["x"][:100, :10])
    assert found.layout == PathLayout(("2",), 2, 2, 25, ("action",), 0)
    assert found.paths.shape == (100, 2 * 2 * 26)
    # The statistics are those of the kept paths: here the mean of the first eight rounds.
    first = found.paths.reshape(100, 4, 26)[:, :, :8].mean(axis=(1, 2)) / 33
    np.testing.assert_allclose(first, found.statistics[:, 0], rtol=1e-5)
    assert found.inputs(STATISTICS).shape == (100, 10)
    assert found.inputs(PATHS) is found.paths


def test_roles_have_quantities_each(tiny_beer_game: Any, tmp_path: Path) -> None:
    table, summary = compared(tiny_beer_game, tmp_path)
    contraction = table[(table.measure == "contraction") & (table.summaries == PATHS)]
    assert len(contraction) == 24
    assert "mean_lambda_factory" in set(contraction.quantity)
    assert summary["treatments"] == ["step"]


def test_too_few_simulations_are_told(tiny_run: Any, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError, match="only 64 of 64 simulations are usable"):
        compared(tiny_run, tmp_path, simulations=64)
    assert list(tmp_path.iterdir()) == []
