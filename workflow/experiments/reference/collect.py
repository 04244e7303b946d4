"""Rules ``reference*``: copy small tables and figures for the documentation."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from experiments.reference.tables import (
    decision_table,
    job_costs,
    learning_table,
    origin_table,
    posterior_summary,
    predictive_summary,
    score_table,
)
from satisfice.io.files import read_json, read_table, write_json, write_table, written_whole
from satisfice.io.game_run import RATIONAL
from satisfice.provenance import versions
from satisfice.report.catalogue import DECISION_FIGURES

FIGURES = (
    "posterior_predictive", "scores", "prior_posterior", "verification", "misspecification",
    "recovery",
)  # fmt: skip

RUN_TABLES = ("scores.csv", "misspecification.csv")
"""Tables of the whole run to keep."""

DECIDED_TABLES = ("comparison.csv", "individuals.csv")
DECIDED_FIGURES = tuple(f"{name}.png" for name in DECISION_FIGURES)
"""Files about single decisions to keep of each game whose data set has them."""

EXPERIMENT_FILES = ("table.csv", "summary.json", "figure.png")
"""Files to keep of each numerical experiment and cross-check."""

NEURAL_FILES = tuple(f"neural_decisions.{ending}" for ending in ("csv", "json", "png"))
"""Files to keep of the comparison of the neural posterior from decisions with their likelihood."""

ESTIMATOR_FILES = ("estimators.csv", "estimators.json", "estimators.png")
"""Files to keep of the comparison of estimators."""

CONTEST_FILES = (
    "scores.csv", "differences.csv", "weights.csv", "fits.csv", "summary.json", "figure.png",
)  # fmt: skip
"""Files to keep of each game's contest."""

UNSEEN_FILES = ("scores.csv", "distances.csv", "figure.png")
"""Files to keep of each game's policies that have not met some treatments."""

DECISION_FILES = ("decision_scores.csv", "decision_scores.png")
"""Further files, if the data set has decisions."""


def collect_reference(
    scores: str | Path,
    *,
    games: Mapping[str, Mapping[str, Any]],
    decided: Sequence[str],
    seed: int,
    manifest: str | Path,
) -> None:
    """Copy small tables and figures of a finished run.

    Args:
        scores: scores.csv of the run, in its folder.
        games: The resolved config of each game.
        decided: Names of the games whose data sets have decisions.
        seed: The run's seed.
        manifest: Path of manifest.json; the other files go beside it.
    """
    run, folder = Path(scores).parent, Path(manifest).parent
    for name in RUN_TABLES:
        write_table(folder / name, read_table(run / name).round(4))
    for game, config in games.items():
        source, target = run / game, folder / game
        keep(source / "diagnostics.json", target / "diagnostics.json")
        for variant in [*config["beliefs"], RATIONAL]:
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
            keep(source / "figures" / f"{name}.png", target / f"{name}.png")
        _collect_decisions(source / "decisions", target / "decisions", present=game in decided)
    made = [score_table(folder), origin_table(folder), decision_table(folder, decided)]
    findings = "\n".join(filter(None, made))
    tables = {"table.md": findings, "learning.md": learning_table(folder, games)}
    for name, text in tables.items():
        with written_whole(folder / name) as temporary:
            temporary.write_text(text, encoding="utf-8")
    write_manifest(manifest, "snakemake --cores all reference", run, seed, dict(games))


def _collect_decisions(source: Path, target: Path, *, present: bool) -> None:
    if present:
        for name in DECIDED_TABLES:
            write_table(target / name, read_table(source / name).round(4))
        for name in DECIDED_FIGURES:
            keep(source / "figures" / name, target / name)
    else:  # Files of an earlier run must not remain.
        for name in (*DECIDED_TABLES, *DECIDED_FIGURES):
            (target / name).unlink(missing_ok=True)


def collect_experiments(
    pooled: str | Path, *, games: Sequence[str], seed: int, manifest: str | Path
) -> None:
    """Copy small tables and figures of finished experiments and cross-checks.

    Args:
        pooled: pooled/summary.json of the run.
        games: Names of the games.
        seed: The run's seed.
        manifest: Path of experiments/manifest.json; other files go into folders beside it.
    """
    run, folder = Path(pooled).parents[1], Path(manifest).parents[1]
    for path in sorted((run / "experiments").glob("*/*")):
        if path.name in EXPERIMENT_FILES:
            keep(path, folder / "experiments" / path.parent.name / path.name)
    for path in sorted(path for game in games for path in (run / game / "cross_checks").rglob("*")):
        if path.name in EXPERIMENT_FILES + ESTIMATOR_FILES:
            keep(path, folder / path.relative_to(run))
    for name in EXPERIMENT_FILES:
        keep(run / "pooled" / name, folder / "pooled" / name)
    command = "snakemake --cores all reference_experiments"
    write_manifest(manifest, command, run, seed, {})


def collect_contest(
    table: str | Path, *, contests: Mapping[str, Mapping[str, Any]], seed: int, manifest: str | Path
) -> None:
    """Copy small tables and figures of a finished contest.

    Args:
        table: contest/table.csv of the run.
        contests: The contest's settings of each game.
        seed: The run's seed.
        manifest: Path of contest/manifest.json; each game's files go into a folder beside it.
    """
    run, folder = Path(table).parents[1], Path(manifest).parent
    for game in contests:
        for name in CONTEST_FILES:
            keep(run / game / "contest" / name, folder / game / name)
        for name in DECISION_FILES:
            if (run / game / "contest" / name).is_file():
                keep(run / game / "contest" / name, folder / game / name)
            else:  # Files of an earlier run must not remain.
                (folder / game / name).unlink(missing_ok=True)
    for name in ("table.csv", "table.md"):
        keep(run / "contest" / name, folder / name)
    command = "snakemake --cores all reference_contest"
    write_manifest(manifest, command, run, seed, contests)


def collect_decision_checks(
    checks: str | Path, *, decided: Sequence[str], seed: int, manifest: str | Path
) -> None:
    """Copy the checks of posteriors from decisions.

    Args:
        checks: decision_checks.csv of the run.
        decided: Names of the games whose data sets have decisions.
        seed: The run's seed.
        manifest: Path of manifest.json; the table goes beside it, and the comparisons with the
            neural posterior to the cross-checks of each game.
    """
    run, folder = Path(checks).parent, Path(manifest).parent
    write_table(folder / Path(checks).name, read_table(checks).round(4))
    for game in decided:
        for name in NEURAL_FILES:
            keep(run / game / "cross_checks" / name, folder.parent / game / "cross_checks" / name)
    write_manifest(manifest, "snakemake --cores all reference_decisions", run, seed, {})


def collect_unseen_treatments(
    table: str | Path, *, games: Sequence[str], seed: int, manifest: str | Path
) -> None:
    """Copy the comparison with policies that have not met the held-out treatments.

    Args:
        table: unseen_treatments.csv of the run.
        games: Names of the experiment's games.
        seed: The run's seed.
        manifest: Path of manifest.json; the table goes beside it, each game's files into a folder.
    """
    run, folder = Path(table).parent, Path(manifest).parent
    keep(Path(table), folder / "table.csv")
    for game in games:
        for name in UNSEEN_FILES:
            keep(run / game / "unseen_treatments" / name, folder / game / name)
    write_manifest(manifest, "snakemake --cores all reference_unseen", run, seed, {})


def write_manifest(
    output: str | Path, command: str, run: Path, seed: int, config: Mapping[str, Any]
) -> None:
    """Write how the files beside the manifest were made."""
    manifest = {
        "command": command,
        "run": run.name,
        "seed": seed,
        "config": config,
        "versions": versions(),
        "cores": os.cpu_count(),
    }
    write_json(output, manifest)


def keep(source: Path, target: Path) -> None:
    """Copy a file completely or not at all."""
    with written_whole(target) as temporary:
        temporary.write_bytes(source.read_bytes())
