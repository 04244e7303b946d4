"""Snakemake's benchmark files, written here, are grouped and summed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from satisfice.benchmarks.stage_costs import (
    OTHER,
    RULES,
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


@pytest.mark.parametrize(
    ("job", "rule", "stage"),
    [
        ("learn_habit_2", "learn", "training"),
        ("learnt_summaries", "learnt_summaries", "cross checks"),
        ("simulate_uniform_0", "simulate", "simulation"),
        ("simulations_for_c2st_cobweb", "simulations_for_c2st", "benchmark"),
        ("contest_simulate_no_kl", "contest_simulate", "contest"),
        ("cross_check_nle", "cross_check", "cross checks"),
        ("score", "score", "evaluation"),
        ("something_new", "something_new", OTHER),
    ],
)
def test_a_job_belongs_to_a_rule_and_a_stage(job: str, rule: str, stage: str) -> None:
    assert rule_of(job) == rule
    assert RULES.get(rule, OTHER) == stage


def test_every_measured_rule_of_the_workflow_has_a_stage(root: Path) -> None:
    text = "\n".join(path.read_text() for path in sorted((root / "workflow/rules").glob("*.smk")))
    measured = {re.sub(r"_?\{.*", "", job) for job in re.findall(r"benchmarks/(.+?)\.tsv", text)}
    assert len(measured) > 25
    assert {job for job in measured if rule_of(job) not in RULES} == set()


def test_jobs_are_summed_by_game_and_stage(tmp_path: Path) -> None:
    cournot, run = tmp_path / "cournot/benchmarks", tmp_path / "benchmarks"
    write(cournot, "simulate_habit_0", 10.0, 300.5, cpu=4.0)
    write(cournot, "simulate_habit_1", 20.0, 200.0, cpu=5.0)
    write(cournot, "learn_habit", 7.0, 100.0)
    write(run, "pool", 0.2, "NA")
    table = stage_costs(read_jobs([cournot, run]))
    assert table.stage.tolist() == ["training", "simulation", "cross checks"]
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
        "learn_habit": 1.0, "learn_habit_2": 2.0, "fit_habit_0": 4.0, "fit_habit_1": 8.0,
        "fit_uniform_0": 16.0, "posterior_habit": 32.0, "simulate_habit_far_0": 64.0,
    }.items():  # fmt: skip
        write(folder, job, seconds, 1.0)
    jobs = read_jobs([folder])
    assert seconds_of(jobs, "cournot", "learn", "habit") == 1
    assert seconds_of(jobs, "cournot", "fit", "habit") == 12
    assert seconds_of(jobs, "cournot", "posterior", "habit") == 32
    assert np.isnan(seconds_of(jobs, "cournot", "simulate", "habit"))
    assert np.isnan(seconds_of(jobs, "cobweb", "fit", "habit"))
