"""A copy of the project in a temporary folder, and runs of the workflow inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from satisfice.warm_python import SWITCH, start

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ["--configfile", "workflow/config/smoke.yaml"]


def _environment(project: Path) -> dict[str, str]:
    """Environment in which the project's own source is imported first."""
    return os.environ | {"PYTHONPATH": str(project / "src"), "PYTHONDONTWRITEBYTECODE": "1"}


def _run(
    python: str, project: Path, *arguments: str, timeout: int = 1800
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [python, "-m", "snakemake", *arguments],
        cwd=project,
        env=_environment(project),
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def _start(project: Path, *arguments: str, forks: bool = True) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "snakemake", *arguments],
        cwd=project,
        env=_environment(project) | {SWITCH: "1" if forks else "0"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def _copy(target: Path) -> Path:
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "Snakefile", target)
    for folder in ("profiles", "workflow", "data", "docs", "src"):
        ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
        shutil.copytree(ROOT / folder, target / folder, ignore=ignored)
    return target


@pytest.fixture(scope="session")
def smoke() -> list[str]:
    """Arguments that choose the smoke configuration."""
    return SMOKE


@pytest.fixture(scope="session")
def warm_python() -> str:
    """A Python that has the libraries already, for Snakemake itself too."""
    folder = start()
    return str(folder / "python") if folder else sys.executable


@pytest.fixture(scope="session")
def snakemake(warm_python: str) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Snakemake in a project and returns what it printed."""
    return partial(_run, warm_python)


@pytest.fixture(scope="session")
def start_snakemake() -> Callable[..., subprocess.Popen[bytes]]:
    """Starts a fresh Snakemake in a process group of its own, so that a test can kill all of it.

    Its jobs are forks, as everybody's are, or fresh processes.
    """
    return _start


@pytest.fixture(scope="session")
def copy_project() -> Callable[[Path], Path]:
    """Copies what the workflow needs; the copy's own package is the one that runs."""
    return _copy


@pytest.fixture(scope="session")
def finished_smoke_run(
    tmp_path_factory: pytest.TempPathFactory,
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
) -> Path:
    """A project in which the smoke configuration has run on two cores."""
    project = _copy(tmp_path_factory.mktemp("smoke") / "project")
    done = snakemake(project, "--cores", "2", *SMOKE)
    assert done.returncode == 0, done.stderr[-4000:]
    return project
