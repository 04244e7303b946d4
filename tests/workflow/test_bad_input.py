"""Bad input stops the workflow with one clear message and touches nothing."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow


def break_header(project: Path) -> Path:
    path = project / "data/cournot/huck2004/statistics.csv"
    path.write_text(path.read_text().replace("standard_error", "se", 1))
    return path


def break_value(project: Path) -> Path:
    path = project / "data/cournot/huck2004/statistics.csv"
    lines = path.read_text().splitlines()
    lines[4] = "2,pooled_sd,nan,0.06,primary"
    path.write_text("\n".join(lines))
    return path


def remove_statistics(project: Path) -> Path:
    path = project / "data/cournot/huck2004/statistics.csv"
    path.unlink()
    return path


def truncate_checkpoint(project: Path) -> Path:
    path = project / "results/smoke/cournot/policy/habit/policy.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    return path


def misspell_key(project: Path) -> Path:
    path = project / "workflow/config/smoke.yaml"
    path.write_text(path.read_text().replace("members: 2", "membres: 2"))
    return path


def hold_out_unknown_statistic(project: Path) -> Path:
    path = project / "workflow/config/default.yaml"
    path.write_text(path.read_text().replace('"*_week"', '"*_month"'))
    return path


def give_roles_to_cournot(project: Path) -> Path:
    path = project / "workflow/config/smoke.yaml"
    roles = "  cournot:\n    parameter_prior: {roles: [retailer]}\n"
    path.write_text(path.read_text().replace("  cournot:\n", roles))
    return path


def name_unknown_game(project: Path) -> Path:
    for name in ("default", "smoke"):
        path = project / f"workflow/config/{name}.yaml"
        path.write_text(path.read_text().replace("  cournot:\n", "  curnot:\n", 1))
    return path


CASES: list[tuple[Callable[[Path], Path], str]] = [
    (break_header, "row 1: the header lacks standard_error"),
    (break_value, "row 5: value is 'nan'"),
    (remove_statistics, "statistics.csv: file not found"),
    (truncate_checkpoint, "not a complete safetensors file"),
    (misspell_key, "Did you mean 'members'?"),
    (hold_out_unknown_statistic, "'*_month' is none of the data set"),
    (give_roles_to_cournot, "[retailer] are not the roles of the game"),
    (name_unknown_game, "games.curnot: unknown game"),
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
        finished_smoke_run / "results/smoke/cournot/policy/habit/policy.safetensors",
        finished_smoke_run / "workflow/config/smoke.yaml",
        finished_smoke_run / "workflow/config/default.yaml",
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


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("predictive/nosuch.npz", "cournot has no contender 'nosuch'. Remedy: Use one of: bounded"),
        ("predictive/noisy_equilibrium.npz", "cournot has no contender 'noisy_equilibrium'"),
        ("contest/nosuch/predictions.npz", "cournot has no contender 'nosuch'. Remedy: Use one"),
    ],
)
def test_a_prediction_that_nobody_makes_is_told_while_planning(
    file: str,
    message: str,
    tmp_path: Path,
    copy_project: Callable[[Path], Path],
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
    smoke: list[str],
) -> None:
    project = copy_project(tmp_path / "project")
    done = snakemake(project, f"results/smoke/cournot/{file}", "-n", *smoke)
    printed = done.stdout + done.stderr
    assert done.returncode != 0
    assert message in printed
    assert "Remedy:" in printed
    assert "Traceback" not in printed
