"""The benchmark's jobs on a tiny run: their files, never how long anything takes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from benchmarks.retraining import measure_retraining
from benchmarks.scaling import measure_scaling
from benchmarks.summary import keep_reference, summarise
from benchmarks.targets import TIMES_CHEAPER
from benchmarks.throughput import measure_throughput

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"
PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
SCALING = {"agents": [2, 4, 8], "markets": [1, 2], "simulations": [5, 9], "decisions": 1,
           "window": 0.001}  # fmt: skip
MADE = {
    *(f"{name}.csv" for name in ("throughput", "scaling", "exponents", "retraining", "costs")),
    *("plan.csv", "summary.csv", "throughput.png", "scaling.png", "costs.png"),
}


def job(folder: Path, name: str, seconds: float, memory: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    row = f"{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t50\t{seconds / 2}"
    (folder / f"{name}.tsv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")


@pytest.fixture
def dataset(tmp_path: Path, write_dataset: Any) -> Path:
    found: Path = write_dataset(tmp_path / "data", {"2": 2, "3": 2})
    return found


@pytest.fixture
def speeds(
    tmp_path: Path, dataset: Path, variants: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> Path:
    """The table of throughput of untrained policies."""
    monkeypatch.setattr("benchmarks.throughput.REPETITIONS", 1)
    measure_throughput(
        "cournot",
        policies=[],
        dataset=dataset,
        beliefs={name: variants[name] for name in ("habit", "uniform")},
        default_belief="habit",
        parameter_prior=PRIOR,
        seed=1,
        table=tmp_path / "throughput/cournot.csv",
    )
    return tmp_path / "throughput/cournot.csv"


def test_untrained_policies_are_timed_where_none_is_trained(speeds: Path) -> None:
    table = pd.read_csv(speeds)
    assert len(table) == 2 * 5 and set(table["policy"]) == {"untrained"}
    assert (table["default"] == (table["belief"] == "habit")).all()
    assert (table["memoryless"] == (table["belief"] == "uniform")).all()
    assert ((table["smallest"] > 0) & (table["smallest"] <= table["median"])).all()
    assert (table["median"] <= table["largest"]).all()
    rate = table.set_index(["belief", "measure"])["median"]
    for belief in ("habit", "uniform"):
        # A batch of markets is much faster than one agent at a time, on any machine.
        assert rate[belief, "simulator_over_environment"] == pytest.approx(
            rate[belief, "simulator"] / rate[belief, "environment"], rel=0.9
        )
        assert rate[belief, "simulator_over_environment"] > 3


def test_all_tables_and_figures_follow_from_a_tiny_run(
    tmp_path: Path, dataset: Path, variants: dict[str, Any], speeds: Path
) -> None:
    sizes, trainings = tmp_path / "scaling/cournot.csv", tmp_path / "retraining/cournot.csv"
    habit = {"variant": variants["habit"], "parameter_prior": PRIOR}
    measure_scaling("cournot", dataset=dataset, **habit, settings=SCALING, table=sizes)
    jobs = tmp_path / "run/cournot/benchmarks"
    for name, seconds in {"learn_habit": 8.0, "simulate_habit_0": 2.0, "figures": 1.0}.items():
        job(jobs, name, seconds, 100 * seconds)
    measure_retraining(
        "cournot", belief="habit", **habit, simulations=300, benchmarks=jobs, iterations=1, seed=7,
        table=trainings,
    )  # fmt: skip
    row = pd.read_csv(trainings).iloc[0]
    assert (row.seconds_of_learn, row.seconds_of_calibration, row.thetas) == (8.0, 2.0, 3)
    assert np.isnan(row.seconds_of_infer)
    retraining = 300 * 5 * row.seconds_per_iteration + 2.0
    assert row.times_cheaper_with_learning == pytest.approx(retraining / 10)

    summary = tmp_path / "summary.csv"
    summarise(
        throughput=[speeds], scaling=[sizes], retraining=[trainings], needed=[],
        folders=[tmp_path / "run"], rules=["simulate", "learn"], budgets={}, summary=summary,
    )  # fmt: skip
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == MADE
    for name in ("throughput.png", "scaling.png", "costs.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    fits = pd.read_csv(tmp_path / "exponents.csv")
    assert list(zip(fits.varied, fits.points, strict=True)) == [
        ("agents", 2), ("markets", 1), ("simulations", 1), ("recorded", 4),
    ]  # fmt: skip
    assert pd.read_csv(tmp_path / "costs.csv").peak_memory_mebibytes.tolist() == [200, 800]
    plan = pd.read_csv(tmp_path / "plan.csv").iloc[0]
    assert plan.extrapolated and plan.core_hours == pytest.approx(
        10**6 * plan.seconds_per_simulation / 3600
    )
    found = pd.read_csv(summary).set_index("target")
    assert found.measured.iloc[-1] == 800 and found.met.iloc[-1]
    trained = found.loc[
        "cournot: retraining for every theta, over calibration with its one training"
    ]
    assert trained.met == (row.times_cheaper_with_learning >= TIMES_CHEAPER)


def test_a_benchmark_is_kept_with_how_it_was_made(tmp_path: Path) -> None:
    source, folder = tmp_path / "benchmark", tmp_path / "reference"
    names = [*MADE, "simulations_for_c2st/cobweb.csv", "simulations_for_c2st/cobweb.png"]
    for name in [*names, "scaling/cobweb.csv", "logs/scaling_cobweb.log"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name, encoding="utf-8")
    settings = {"retraining": {"iterations": 10}}
    keep_reference(
        summary=source / "summary.csv", run="mine", settings=settings, seed=7,
        manifest=folder / "manifest.json",
    )  # fmt: skip
    kept = {path.relative_to(folder).as_posix() for path in folder.rglob("*.*")}
    assert kept == {*names, "manifest.json"}
    assert all((folder / name).read_text() == name for name in names)
    manifest = json.loads((folder / "manifest.json").read_text())
    assert (manifest["run"], manifest["seed"], manifest["config"]) == ("mine", 7, settings)
