"""Lint, format and types are part of the tests."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
CHECKS = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "."],
    "mypy": ["mypy"],
    "snakefmt": ["snakefmt", "--check", "Snakefile", "workflow"],
    "snakemake lint": ["snakemake", "--lint"],
}


@pytest.mark.parametrize("check", CHECKS)
def test_source_is_clean(check: str) -> None:
    command, *arguments = CHECKS[check]
    program = shutil.which(command, path=str(Path(sys.executable).parent))
    assert program, f"{command} is not installed: pip install -e '.[test]'"
    done = subprocess.run(
        [program, *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
