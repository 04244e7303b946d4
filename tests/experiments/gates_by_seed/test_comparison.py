"""Verdicts of runs that differ in their seed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from experiments.gates_by_seed.comparison import compare_gates, gates_table
from satisfice.io.files import read_json, read_table, write_json


def gate(name: str, value: float, threshold: float, model: str = "bounded") -> dict[str, Any]:
    passed = value <= threshold
    return {"model": model, "name": name, "value": value, "threshold": threshold, "passed": passed}


RUNS = {
    "full": {"cobweb": [gate("firm", 1.0, 10.0), gate("close", 1.9, 2.0), gate("count", 0.0, 0.0)]},
    "second": {
        "cobweb": [gate("firm", 2.0, 10.0), gate("close", 2.1, 2.0), gate("count", 0.0, 0.0)]
    },
    "third": {
        "cobweb": [gate("firm", 3.0, 10.0), gate("close", 1.8, 2.0), gate("count", 0.0, 0.0)]
    },
}


def test_margins_are_in_standard_deviations_over_seeds() -> None:
    table = gates_table(RUNS).set_index("gate")
    firm = table.loc["firm"]
    assert (firm.value_full, firm.value_second, firm.value_third) == (1.0, 2.0, 3.0)
    assert firm.sd == pytest.approx(1.0) and firm.margin == pytest.approx(7.0)
    assert firm.passed == 3 and firm.same
    assert table.loc["close"].passed == 2 and not table.loc["close"].same
    assert table.loc["close"].margin == pytest.approx(0.1 / np.std([1.9, 2.1, 1.8], ddof=1))
    assert np.isinf(table.loc["count"].margin)


def test_a_gate_that_only_one_run_has_is_not_the_same() -> None:
    lacking = RUNS | {"third": {"cobweb": RUNS["third"]["cobweb"][1:]}}
    assert not gates_table(lacking).set_index("gate").loc["firm"].same


def test_gates_that_differ_are_listed(tmp_path: Path) -> None:
    for run, games in RUNS.items():
        write_json(tmp_path / f"{run}.json", games["cobweb"])
    paths = {run: {"cobweb": tmp_path / f"{run}.json"} for run in RUNS}
    table, summary = tmp_path / "table.csv", tmp_path / "summary.json"
    compare_gates(paths, table=table, summary=summary)
    assert len(read_table(table)) == 3
    found = read_json(summary)
    assert found["differ"] == ["cobweb bounded close"]
    assert (found["gates"], found["pass_in_all"], found["fail_in_all"]) == (3, 2, 0)
