"""Rules decision_sbc_part, decision_sbc, decision_qre and decision_checks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.decision_checks.calibration import join_parts
from experiments.decision_checks.exact_play import compare_with_qre
from experiments.decision_checks.posteriors import check_part
from experiments.decision_checks.table import collect_checks
from satisfice.errors import SatisficeError
from satisfice.io.files import read_arrays, read_json, read_table

SETTINGS: dict[str, Any] = {
    "data_sets": 2,
    "part": 2,
    "markets": 1,
    "draws": 20,
    "live": 20,
    "effective": 50,
    "nodes": 4,
    "supertypes": 3,
    "qre_markets": 2,
}


def calibrate(policy: Path, folder: Path, part: int) -> tuple[dict[str, np.ndarray], Path]:
    """All rules of the calibration, with parts of some size."""
    settings = SETTINGS | {"part": part}
    parts = [folder / f"{number}.npz" for number in range(-(-2 // part))]
    for number, path in enumerate(parts):
        check_part("cournot", str(number), policy, settings, 7, path)
    arrays, summary = folder / "sbc.npz", folder / "sbc.json"
    join_parts("cournot", parts, policy, settings, 7, arrays, summary)
    return read_arrays(arrays), summary


def test_files_do_not_depend_on_the_parts(tiny_run: Any, tmp_path: Path) -> None:
    policy = tiny_run.policies["uniform"]
    once, summary = calibrate(policy, tmp_path / "once", 2)
    parts, _ = calibrate(policy, tmp_path / "parts", 1)
    for name in once.keys() - {"seconds"}:
        np.testing.assert_array_equal(once[name], parts[name])
    assert once["truth"].shape == (2, 3)
    assert once["draws"].shape == (2, 20, 3)
    assert once["below_skill"].shape == (2, 2 + 3 + 4 + 5)
    assert ((once["draws"] >= 0) & (once["draws"] <= 1)).all()

    exact = tmp_path / "qre.json"
    compare_with_qre("cournot", "uniform", policy, SETTINGS, 7, tmp_path / "qre.csv", exact)
    rows = read_table(tmp_path / "qre.csv", "supertype", "treatment", "exact", "learnt")
    assert len(rows) == 3 * 4
    collect_checks([summary], [exact], tmp_path / "table.csv")
    row = read_table(tmp_path / "table.csv").iloc[0]
    found = read_json(summary)
    assert row.game == "cournot"
    assert row.data_sets == 2
    assert row.coverage_skill == pytest.approx(found["individuals"]["skill"]["coverage"])
    assert row.p_mu == pytest.approx(found["sbc_p_value"]["mu"])
    assert row[f"p_{row.worst_p}"] == pytest.approx(min(found["sbc_p_value"].values()))
    mean = read_json(exact)["mean_difference"]
    assert row.qre_mean_difference == pytest.approx(mean)


def test_play_with_memory_has_no_exact_equilibrium(tiny_run: Any, tmp_path: Path) -> None:
    with pytest.raises(SatisficeError, match="exact equilibrium of 'habit' in cournot is not kno"):
        compare_with_qre(
            "cournot",
            "habit",
            tiny_run.policies["habit"],
            SETTINGS,
            7,
            tmp_path / "qre.csv",
            tmp_path / "qre.json",
        )
