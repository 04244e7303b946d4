"""Bad input stops the workflow with one clear message and touches nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow


def break_value(project: Path) -> Path:
    path = project / "data/cournot/huck2004/statistics.csv"
    lines = path.read_text().splitlines()
    lines[4] = "2,pooled_sd,nan,0.06,primary"
    path.write_text("\n".join(lines))
    return path


def misspell_key(project: Path) -> Path:
    path = project / "workflow/config/smoke.yaml"
    path.write_text(path.read_text().replace("members: 2", "membres: 2"))
    return path


# One of each kind of file; tests/bad_input has all that can be wrong.
CASES: list[tuple[Callable[[Path], Path], str]] = [
    (break_value, "row 5: value is 'nan'"),
    (misspell_key, "Did you mean 'members'?"),
]


@pytest.mark.parametrize(
    ("spoil", "message"), CASES, ids=lambda case: getattr(case, "__name__", "")
)
def test_one_clear_message_and_nothing_touched(
    spoil: Callable[[Path], Path],
    message: str,
    finished_smoke_run: Path,
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
    smoke: list[str],
) -> None:
    results = finished_smoke_run / "results/smoke"
    places = [
        finished_smoke_run / "data/cournot/huck2004/statistics.csv",
        finished_smoke_run / "workflow/config/smoke.yaml",
    ]
    healthy = {path: (path.read_bytes(), path.stat()) for path in places}
    spoilt = spoil(finished_smoke_run)
    before = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
    try:
        done = snakemake(finished_smoke_run, "--cores", "1", *smoke)
        printed = done.stdout + done.stderr
        assert done.returncode != 0
        assert message in printed
        assert "Remedy:" in printed
        assert "Traceback" not in printed
        after = {path: path.stat().st_mtime_ns for path in results.rglob("*") if path.is_file()}
        assert after == before
    finally:
        for path, (content, stat) in healthy.items():
            path.write_bytes(content)
            os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert spoilt in healthy
