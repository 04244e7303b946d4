"""Experiments and benchmarks are planned beside a finished run."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("experiments", "cross_checks", "contest", "decision_checks", "misspecification_checks",
         "gates_by_seed", "unseen_treatments", "benchmark", "reference", "reference_contest",
         "reference_decisions", "reference_unseen", "reference_experiments",
         "reference_benchmark")  # fmt: skip


def rules_in(folder: str) -> set[str]:
    """Names of the rules in a folder's files."""
    texts = [file.read_text("utf-8") for file in (ROOT / "workflow" / folder).rglob("*.smk")]
    return set(re.findall(r"^(?:use )?rule (?:\w+ as )?(\w+)", "\n".join(texts), re.MULTILINE))


def planned_in(told: str) -> set[str]:
    return set(re.findall(r"^(?:local)?rule (\w+):$", told, re.MULTILINE))


def test_all_are_planned_and_nothing_of_the_calibration_is_done_again(
    finished_smoke_run: Path,
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
    smoke: list[str],
    examples: Callable[[str], dict[str, str]],
) -> None:
    # With the contender of one's own in the docs.
    written = examples((ROOT / "docs/contest.md").read_text("utf-8"))
    for name, content in written.items():
        (finished_smoke_run / name).write_text(content, "utf-8")
    try:
        done = snakemake(finished_smoke_run, *PARTS, "-n", *smoke, "mine.yaml")
    finally:
        for name in written:
            (finished_smoke_run / name).unlink()
    assert done.returncode == 0, done.stderr[-2000:]
    told = done.stdout + done.stderr
    others = rules_in("experiments") | rules_in("benchmarks") | set(PARTS)
    assert planned_in(told) == others
    assert "contest/stubborn/predictions.npz" in told


def test_new_decisions_are_observed_and_compared(
    finished_smoke_run: Path,
    snakemake: Callable[..., subprocess.CompletedProcess[str]],
    smoke: list[str],
) -> None:
    folder = finished_smoke_run / "data/cournot/huck2004"
    decisions, statistics = folder / "decisions.csv", folder / "statistics.csv"
    shutil.copy(ROOT / "docs/examples/cournot_decisions.csv", decisions)
    aside = statistics.rename(folder / "statistics.csv.aside")  # those of other decisions
    try:
        done = snakemake(finished_smoke_run, "contest", "-n", *smoke)
    finally:
        decisions.unlink()
        aside.rename(statistics)
    assert done.returncode == 0, done.stderr[-2000:]
    assert {"observe", "simulate", "contest_decisions"} <= planned_in(done.stdout + done.stderr)
