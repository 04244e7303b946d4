"""Snakemake's benchmark files, written here, are grouped and summed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks.stage_costs import (
    read_jobs,
    rule_of,
    seconds_of,
    stage_costs,
)

HEADER = "s\th:m:s\tmax_rss\tmax_vms\tmax_uss\tmax_pss\tio_in\tio_out\tmean_load\tcpu_time"


def write(folder: Path, job: str, seconds: float, memory: float | str, cpu: float = 1.0) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    row = f"{seconds}\t0:00:01\t{memory}\t1\t1\t1\t0\t0\t50\t{cpu}"
    (folder / f"{job}.tsv").write_text(f"{HEADER}\n{row}\n", encoding="utf-8")


RULES = ("learn", "learnt_summaries", "simulate", "simulations_for_c2st", "infer", "pool")


@pytest.mark.parametrize(
    ("job", "rule"),
    [
        ("learn_habit_2", "learn"),
        ("learnt_summaries", "learnt_summaries"),
        ("simulate_uniform_0", "simulate"),
        ("simulations_for_c2st_cobweb", "simulations_for_c2st"),
        ("something_old", ""),
    ],
)
def test_a_job_belongs_to_the_rule_that_it_is_named_after(job: str, rule: str) -> None:
    assert rule_of(job, RULES) == rule


def test_jobs_are_summed_by_game_and_stage(tmp_path: Path) -> None:
    cournot, run = tmp_path / "cournot/benchmarks", tmp_path / "benchmarks"
    write(cournot, "simulate_habit_0", 10.0, 300.5, cpu=4.0)
    write(cournot, "simulate_habit_1", 20.0, 200.0, cpu=5.0)
    write(cournot, "learn_habit", 7.0, 100.0)
    write(run, "pool", 0.2, "NA")
    write(run, "something_old", 1.0, 1.0)
    table = stage_costs(read_jobs([cournot, run]), RULES)
    assert table.stage.tolist() == ["learn", "simulate", "pool"]
    simulation = table.iloc[1]
    assert (simulation.game, simulation.jobs, simulation.seconds) == ("cournot", 2, 30.0)
    assert (simulation.cpu_seconds, simulation.longest_seconds) == (9.0, 20.0)
    assert simulation.peak_memory_mebibytes == 300.5
    assert simulation.job_of_peak == "simulate_habit_0"
    assert table.iloc[2].game == tmp_path.name
    assert np.isnan(table.iloc[2].peak_memory_mebibytes)


def test_seconds_of_one_belief_leave_out_other_beliefs_and_seeds(tmp_path: Path) -> None:
    folder = tmp_path / "cournot/benchmarks"
    for job, seconds in {
        "learn_habit": 1.0, "learn_habit_2": 2.0, "simulate_habit_0": 4.0, "simulate_habit_1": 8.0,
        "simulate_uniform_0": 16.0, "infer_habit": 32.0, "verify_habit_far_0": 64.0,
    }.items():  # fmt: skip
        write(folder, job, seconds, 1.0)
    jobs = read_jobs([folder])
    assert seconds_of(jobs, "learn", "habit") == 1
    assert seconds_of(jobs, "simulate", "habit") == 12
    assert seconds_of(jobs, "infer", "habit") == 32
    assert np.isnan(seconds_of(jobs, "verify", "habit"))
