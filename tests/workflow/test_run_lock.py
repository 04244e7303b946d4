"""Two runs at once: of one name the second ends with one line, of two names both complete."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow

Snakemake = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[..., "subprocess.Popen[bytes]"]

SLOW = """
import time
from pathlib import Path
if Path("slow").exists():
    Path("begun").touch()
    while not Path("go").exists():
        time.sleep(0.02)
"""


def observed(run: str) -> str:
    return f"results/{run}/cournot/observed.csv"


@pytest.fixture
def project(copy_project: Callable[[Path], Path], tmp_path: Path) -> Path:
    """A project in which a job that finds the file ``slow`` waits for the file ``go``."""
    project = copy_project(tmp_path / "project")
    script = project / "workflow/scripts/run.py"
    script.write_text(SLOW + script.read_text(encoding="utf-8"), encoding="utf-8")
    return project


def wait_for_job(project: Path, running: subprocess.Popen[bytes]) -> None:
    while not (project / "begun").exists():
        assert running.poll() is None
        time.sleep(0.05)
    for name in ("slow", "begun"):  # Later jobs are quick again.
        (project / name).unlink()


def test_a_second_run_is_told_and_one_of_another_name_goes_on_beside(
    project: Path, start_snakemake: Start, snakemake: Snakemake, smoke: list[str]
) -> None:
    command = ["--cores", "1", *smoke]
    (project / "slow").touch()
    first = start_snakemake(project, observed("smoke"), *command)
    try:
        wait_for_job(project, first)

        second = snakemake(project, observed("smoke"), *command)
        assert second.returncode != 0
        (told,) = [line for line in second.stderr.splitlines() if "ERROR" in line]
        assert f"ERROR results/smoke: another run (process {first.pid} on " in told
        assert "Remedy: Wait for it, or stop it" in told
        assert "Traceback" not in second.stderr

        dry = snakemake(project, "-n", observed("smoke"), *command)
        assert dry.returncode == 0 and observed("smoke") in dry.stdout + dry.stderr

        other = snakemake(project, observed("other"), *command, "--config", "run=other")
        assert other.returncode == 0, other.stderr[-4000:]
        assert first.poll() is None
    finally:
        (project / "go").touch()
    assert first.wait(timeout=60) == 0
    assert (project / observed("smoke")).is_file() and (project / observed("other")).is_file()
    assert not [path for path in (project / "results").rglob("*") if "lock" in path.name]


def test_a_killed_run_leaves_no_lock_even_where_its_job_lives_on(
    project: Path, start_snakemake: Start, snakemake: Snakemake, smoke: list[str]
) -> None:
    command = [observed("smoke"), "--cores", "1", *smoke]
    (project / "slow").touch()
    first = start_snakemake(project, *command)
    try:
        wait_for_job(project, first)
        os.kill(first.pid, signal.SIGKILL)  # It alone, not the group of its jobs.
        first.wait()
        again = snakemake(project, *command)
    finally:
        (project / "go").touch()
    assert again.returncode == 0, again.stderr[-4000:]
    assert (project / observed("smoke")).is_file()
