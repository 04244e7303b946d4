"""A copy of the project in a temporary folder, and runs of the workflow inside it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SMOKE = ["--configfile", "workflow/config/smoke.yaml"]


def _call(project: Path, *arguments: str) -> dict[str, Any]:
    """How to call Snakemake so that the project's own source is imported first."""
    own = {"PYTHONPATH": str(project / "src")}
    command = [sys.executable, "-m", "snakemake", *arguments]
    return {"args": command, "cwd": project, "env": os.environ | own}


def _run(project: Path, *arguments: str, timeout: int = 1800) -> subprocess.CompletedProcess[str]:
    call = _call(project, *arguments)
    return subprocess.run(**call, capture_output=True, text=True, timeout=timeout, check=False)


def _start(project: Path, *arguments: str) -> subprocess.Popen[bytes]:
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen(**_call(project, *arguments), **silent, start_new_session=True)


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
def snakemake() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs Snakemake in a project and returns what it printed."""
    return _run


@pytest.fixture(scope="session")
def start_snakemake() -> Callable[..., subprocess.Popen[bytes]]:
    """Starts Snakemake in a process group of its own, so that a test can kill all of it."""
    return _start


@pytest.fixture(scope="session")
def copy_project() -> Callable[[Path], Path]:
    """Copies what the workflow needs; the copy's own package is the one that runs."""
    return _copy


@pytest.fixture(scope="session")
def finished_smoke_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project in which the smoke configuration has run on two cores."""
    project = _copy(tmp_path_factory.mktemp("smoke") / "project")
    done = _run(project, "--cores", "2", *SMOKE)
    assert done.returncode == 0, done.stderr[-4000:]
    return project
