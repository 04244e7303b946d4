"""Rules of the target benchmark on a tiny run: their files, never how long anything takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.benchmarks.targets import TIMES_CHEAPER
from satisfice.stages.benchmark import (
    collect_costs,
    draw_throughput,
    join_scaling,
    measure_retraining,
    measure_scaling,
    summarise_benchmark,
    write_plan,
)

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"
PRIOR = {"mu": [0.0, 1.0], "sigma": [0.02, 0.5], "beta": [0.02, 2.0]}
SCALING = {"agents": [2, 4, 8], "markets": [1, 2], "simulations": [5, 9], "decisions": 1,
           "repeats": 1, "window": 0.001}  # fmt: skip


def job(folder: Path, name: str, seconds: float, memory: float) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    row = f"{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t50\t{seconds / 2}"
    (folder / f"{name}.tsv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")


@pytest.fixture
def dataset(tmp_path: Path, write_dataset: Any) -> Path:
    found: Path = write_dataset(tmp_path / "data", {"2": 2, "3": 2})
    return found


def test_all_tables_and_figures_follow_from_a_tiny_run(
    tmp_path: Path, dataset: Path, variants: dict[str, Any]
) -> None:
    part, run = tmp_path / "cournot.csv", tmp_path / "run"
    measure_scaling("cournot", dataset, variants["habit"], PRIOR, SCALING, part)
    files = [tmp_path / name for name in ("scaling.csv", "exponents.csv", "scaling.png")]
    join_scaling([part], *files)
    fits = pd.read_csv(files[1])
    assert list(zip(fits.varied, fits.points, strict=True)) == [
        ("agents", 2), ("markets", 1), ("simulations", 1),
    ]  # fmt: skip

    write_plan(files[0], {"agents": 4, "simulations": 1000, "hours": 1.0}, ["cournot"],
               tmp_path / "plan.csv")  # fmt: skip
    plan = pd.read_csv(tmp_path / "plan.csv").iloc[0]
    table = pd.read_csv(files[0])
    unit = table[(table.varied == "agents") & (table["size"] == 4)].seconds_per_simulation.iloc[0]
    assert plan.core_hours == pytest.approx(1000 * unit / 3600)

    for name, seconds in {"learn_habit": 8.0, "simulate_habit_0": 2.0, "fit_habit_0": 1.0}.items():
        job(run / "cournot/benchmarks", name, seconds, 100 * seconds)
    config = {
        "beliefs": variants,
        "parameter_prior": PRIOR | {"roles": []},
        "simulation": {"simulations": 300},
    }
    measure_retraining({"cournot": config}, {"cournot": "habit"}, run,
                       {"thetas": 2, "iterations": 1}, 7, tmp_path / "retraining.csv")  # fmt: skip
    row = pd.read_csv(tmp_path / "retraining.csv").iloc[0]
    assert (row.seconds_of_learn, row.seconds_of_calibration, row.thetas) == (8.0, 3.0, 2)
    assert np.isnan(row.seconds_of_posterior)
    retraining = 300 * 5 * row.seconds_per_iteration + 3.0
    assert row.times_cheaper_with_learning == pytest.approx(retraining / 11)

    collect_costs([run], tmp_path / "costs.csv", tmp_path / "costs.png")
    assert pd.read_csv(tmp_path / "costs.csv").peak_memory_mebibytes.tolist() == [800, 200, 100]
    speeds = {"game": ["cournot"], "default": [True], "median": [0.6]}
    measures = ("simulator_over_forward_passes", "simulator_over_environment")
    parts = [pd.DataFrame(speeds | {"measure": name}) for name in measures]
    pd.concat(parts).to_csv(tmp_path / "throughput.csv", index=False)
    summarise_benchmark(
        tmp_path / "throughput.csv",
        files[1],
        tmp_path / "retraining.csv",
        [],
        {},
        tmp_path / "costs.csv",
        tmp_path / "summary.csv",
    )
    found = pd.read_csv(tmp_path / "summary.csv")
    assert found.measured.iloc[-1] == 800
    assert found.met.iloc[-1]
    assert found.met.iloc[5] == (row.times_cheaper_with_learning >= TIMES_CHEAPER)
    for name in ("scaling.png", "costs.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")


def test_throughput_is_drawn(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {"game": ["cournot", "cobweb", "cournot", "cobweb", "cobweb"],
         "default": [True, True, True, False, True],
         "measure": ["simulator", "simulator", "network", "simulator", "simulator_over_network"],
         "unit": ["decisions per second"] * 4 + ["ratio"],
         "median": [1e5, 2e5, 3e5, 1.0, 0.5], "smallest": [9e4, 1e5, 2e5, 1.0, 0.4],
         "largest": [2e5, 3e5, 4e5, 1.0, 0.6]}
    )  # fmt: skip
    table.to_csv(tmp_path / "throughput.csv", index=False)
    draw_throughput(tmp_path / "throughput.csv", tmp_path / "throughput.png")
    assert (tmp_path / "throughput.png").read_bytes().startswith(b"\x89PNG")
