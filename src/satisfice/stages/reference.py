"""Rule ``reference``: the small tables and figures of a run that documentation may quote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.io.files import read_json, read_table, write_json, write_table, written_whole
from satisfice.provenance import versions
from satisfice.report.reference_tables import (
    job_costs,
    learning_table,
    posterior_summary,
    predictive_summary,
    score_table,
)

FIGURES = (
    "posterior_predictive", "scores", "prior_posterior", "verification", "misspecification",
    "recovery",
)  # fmt: skip

EXPERIMENT_FILES = ("table.csv", "summary.json", "figure.png")
"""What is kept of each of the learning method's own experiments and of the cross-checks."""

ESTIMATOR_FILES = ("estimators.csv", "estimators.json", "estimators.png")
"""What is kept of the comparison of estimators."""

CONTEST_FILES = ("scores.csv", "differences.csv", "weights.csv", "summary.json", "figure.png")
"""What is kept of each game's contest."""

DECISION_FILES = ("decision_scores.csv", "decision_scores.png")
"""The same, where the data set has decisions."""


def collect_reference(
    run: str | Path,
    games: Mapping[str, Mapping[str, Any]],
    seed: int,
    command: str,
    output: str | Path,
) -> None:
    """Copy what is small and quotable of a finished run.

    Args:
        run: Folder of the run.
        games: The resolved config of each game.
        seed: The run's seed.
        command: The command line that made the run.
        output: Path of manifest.json; the other files go beside it.
    """
    run, folder = Path(run), Path(output).parent
    write_table(folder / "scores.csv", read_table(run / "scores.csv").round(4))
    for game, config in games.items():
        source, target = run / game, folder / game
        _copy(source / "diagnostics.json", target / "diagnostics.json")
        for variant in [*config["beliefs"], "ppo"]:
            found = read_json(source / "policy" / variant / "verification.json")
            write_json(target / f"verification_{variant}.json", found)
        for belief in config["beliefs"]:
            summary = posterior_summary(source / "inference" / belief / "posterior.nc")
            write_table(target / f"posterior_{belief}.csv", summary)
            tested = read_json(source / "inference" / belief / "misspecification.json")
            write_json(target / f"misspecification_{belief}.json", tested)
        write_table(target / "predictive.csv", predictive_summary(source))
        write_table(target / "benchmarks.csv", job_costs(source / "benchmarks"))
        for name in FIGURES:
            _copy(source / "figures" / f"{name}.png", target / f"{name}.png")
    for path in sorted((run / "experiments").glob("*/*")):
        if path.name in EXPERIMENT_FILES:
            _copy(path, folder / "experiments" / path.parent.name / path.name)
    for path in sorted(path for game in games for path in (run / game / "cross_checks").rglob("*")):
        if path.name in EXPERIMENT_FILES + ESTIMATOR_FILES:
            _copy(path, folder / path.relative_to(run))
    for name in EXPERIMENT_FILES:
        _copy(run / "pooled" / name, folder / "pooled" / name)
    tables = {"table.md": score_table(folder), "learning.md": learning_table(folder, games)}
    for name, text in tables.items():
        with written_whole(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    _write_manifest(output, command, run, seed, dict(games))


def collect_contest(
    run: str | Path,
    games: Mapping[str, Mapping[str, Any]],
    seed: int,
    command: str,
    output: str | Path,
) -> None:
    """Copy what is small and quotable of a finished contest.

    Args:
        run: Folder of the run.
        games: The resolved config of each game.
        seed: The run's seed.
        command: The command line that made the contest.
        output: Path of contest/manifest.json; each game's files go to its own folder beside.
    """
    run, folder = Path(run), Path(output).parent
    for game in games:
        for name in CONTEST_FILES:
            _copy(run / game / "contest" / name, folder / game / name)
        for name in DECISION_FILES:
            if (run / game / "contest" / name).is_file():
                _copy(run / game / "contest" / name, folder / game / name)
            else:  # What an earlier run had kept would be taken for this one's.
                (folder / game / name).unlink(missing_ok=True)
    for name in ("table.csv", "table.md"):
        _copy(run / "contest" / name, folder / name)
    contests = {game: config["contest"] for game, config in games.items()}
    _write_manifest(output, command, run, seed, contests)


def _write_manifest(
    output: str | Path, command: str, run: Path, seed: int, config: Mapping[str, Any]
) -> None:
    """Say how what is kept beside the manifest was made."""
    manifest = {
        "command": command,
        "run": run.name,
        "seed": seed,
        "config": config,
        "versions": versions(),
        "cores": os.cpu_count(),
    }
    write_json(output, manifest)


def _copy(source: Path, target: Path) -> None:
    with written_whole(target) as temporary:
        temporary.write_bytes(source.read_bytes())
