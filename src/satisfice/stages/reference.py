"""Rule ``reference``: the small tables and figures of a run that documentation may quote."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.io.benchmarks import read_costs
from satisfice.io.datasets import provenance_in_words
from satisfice.io.files import (
    read_json,
    read_table,
    write_json,
    write_table,
    written_whole,
)
from satisfice.io.inference_data import read_inference_data
from satisfice.io.runs import read_predictions
from satisfice.provenance import versions

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

BENCHMARK_FILES = (
    "summary.csv", "throughput.csv", "throughput.png", "scaling.csv", "scaling.png",
    "exponents.csv", "retraining.csv", "costs.csv", "costs.png", "plan.csv",
)  # fmt: skip
"""What is kept of the benchmark, beside all of simulations_for_c2st."""

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
            summary = _posterior_summary(source / "inference" / belief / "posterior.nc")
            write_table(target / f"posterior_{belief}.csv", summary)
            tested = read_json(source / "inference" / belief / "misspecification.json")
            write_json(target / f"misspecification_{belief}.json", tested)
        write_table(target / "predictive.csv", _predictive_summary(source))
        write_table(target / "benchmarks.csv", _benchmarks(source / "benchmarks"))
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


def collect_benchmark(
    run: str | Path,
    benchmark: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    command: str,
    output: str | Path,
) -> None:
    """Copy what is small and quotable of a finished benchmark.

    Args:
        run: Folder of the run whose stages were measured.
        benchmark: Folder of the benchmark.
        settings: The config's ``benchmark``.
        seed: The run's seed.
        command: The command line that made the benchmark.
        output: Path of benchmark/manifest.json; the other files go beside it.
    """
    source, folder = Path(benchmark), Path(output).parent
    exact = sorted((source / "simulations_for_c2st").iterdir())
    for path in [*(source / name for name in BENCHMARK_FILES), *exact]:
        _copy(path, folder / path.relative_to(source))
    _write_manifest(output, command, Path(run), seed, settings)


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


def score_table(folder: Path) -> str:
    """Markdown table of the scores of all models, for README.md to quote as it stands."""
    scores = read_table(folder / "scores.csv")
    provenance = {
        game: provenance_in_words(read_table(folder / game / "predictive.csv").provenance)
        for game in scores.game.unique()
    }
    lines = [
        "| game | model | CRPS, fitted | CRPS, held out | held-out 90 % interval covers | "
        "human figures |",
        "|---|---|---|---|---|---|",
    ]
    for (game, model), rows in scores.groupby(["game", "model"], sort=False):
        found = {(row.score, row.split): row for row in rows.itertuples()}
        cells = [
            f"{row.value:.2f} [{row.low:.2f}, {row.high:.2f}]"
            for row in (found["crps", "fit"], found["crps", "held_out"])
        ]
        covered = found["coverage_90", "held_out"].value
        lines.append(
            f"| {game} | {model} | {cells[0]} | {cells[1]} | {covered:.0%} | {provenance[game]} |"
        )
    return "\n".join(lines) + "\n"


def learning_table(folder: Path, games: Mapping[str, Mapping[str, Any]]) -> str:
    """Markdown table of how far each policy is from equilibrium, for docs/ to quote."""
    lines = [
        "| game | policy | gain of a best response, mean | 95th percentile | found | "
        "total variation from the exact QRE, mean | 95th percentile |",
        "|---|---|---|---|---|---|---|",
    ]
    for game, config in games.items():
        for variant in [*config["beliefs"], "ppo"]:
            found = read_json(folder / game / f"verification_{variant}.json")
            gain = found["exploitability"]
            distance = found.get("exact_qre", {}).get("total_variation")
            exact = [f"{distance[part]:.4f}" if distance else "" for part in ("mean", "p95")]
            cells = [f"{gain['mean']:.4f}", f"{gain['p95']:.4f}", gain["method"], *exact]
            lines.append(f"| {game} | {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _copy(source: Path, target: Path) -> None:
    with written_whole(target) as temporary:
        temporary.write_bytes(source.read_bytes())


def _posterior_summary(path: Path) -> pd.DataFrame:
    """Mean, spread and central 90 % interval of theta and of the derived quantities."""
    posterior = read_inference_data(path)["posterior"]
    rows = []
    for name in posterior.data_vars:
        values = posterior[name].to_numpy().ravel()
        low, middle, high = pd.Series(values).quantile([0.05, 0.5, 0.95])
        rows.append([str(name), values.mean(), values.std(ddof=1), low, middle, high])
    columns = ["quantity", "mean", "sd", "q05", "median", "q95"]
    return pd.DataFrame(rows, columns=columns).round(4)


def _predictive_summary(folder: Path) -> pd.DataFrame:
    """Human statistics with provenance beside every model's mean and central 90 % interval."""
    human = read_table(folder / "observed.csv")
    tables = []
    for model in dict.fromkeys(read_table(folder / "scores.csv").model):
        values = read_predictions(folder / "predictive" / f"{model}.npz", len(human))
        low, high = np.quantile(values, [0.05, 0.95], axis=0)
        summary = {"mean": values.mean(axis=0), "q05": low, "q95": high}
        tables.append(human.assign(model=model, **summary))
    return pd.concat(tables).round(4)


def _benchmarks(folder: Path) -> pd.DataFrame:
    """Wall seconds and peak memory of the long jobs, from Snakemake's benchmark files."""
    rows = [[path.stem, *read_costs(path)] for path in sorted(folder.glob("*.tsv"))]
    return pd.DataFrame(rows, columns=["job", "seconds", "peak_memory_mb"])
