"""The benchmark's last step: targets beside measurements, and all tables and figures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from benchmarks.figures import costs_figure, scaling_figure, throughput_figure
from benchmarks.plan import plan
from benchmarks.scaling import exponents
from benchmarks.stage_costs import read_jobs, stage_costs
from benchmarks.targets import compare
from satisfice.games import load_game
from satisfice.io.files import read_table, write_bytes, write_json, write_table
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.provenance import versions
from satisfice.report.style import drawing, save

KEPT = (".csv", ".png")
"""Endings of the files to keep of a benchmark."""


def summarise(
    *,
    throughput: Sequence[str | Path],
    scaling: Sequence[str | Path],
    retraining: Sequence[str | Path],
    needed: Sequence[str | Path],
    folders: Sequence[str | Path],
    rules: Sequence[str],
    budgets: Mapping[str, int],
    summary: str | Path,
) -> None:
    """Join the measurements of all games, and make all tables and figures.

    Args:
        throughput: Each game's file of :func:`benchmarks.throughput.measure_throughput`.
        scaling: Each game's file of :func:`benchmarks.scaling.measure_scaling`.
        retraining: Each game's file of :func:`benchmarks.retraining.measure_retraining`.
        needed: Files of simulations needed; none if no game has an exact posterior.
        folders: Folders that contain ``benchmarks`` folders of Snakemake's measurements.
        rules: Names of the workflow's rules.
        budgets: Number of simulations of each game's estimator in the run.
        summary: Output: summary.csv; the other files go beside it.
    """
    speeds, sizes, trainings = _joined(throughput), _joined(scaling), _joined(retraining)
    empty = pd.DataFrame(columns=["game", "estimator", "level", "simulations_needed"])
    wanted = _joined(needed) if needed else empty
    measured = {path for each in folders for path in Path(each).glob("**/benchmarks")}
    costs, fits = stage_costs(read_jobs(sorted(measured)), rules), exponents(sizes)
    # Parameters, one treatment's statistics, the number of the simulation and its failure flag.
    kept = {
        name: len(SKILL_PARAMETERS) + len(load_game(name).statistics) + 2
        for name in sizes.game.unique()
    }
    tables = {
        "throughput": speeds,
        "scaling": sizes,
        "exponents": fits,
        "retraining": trainings,
        "costs": costs,
        "plan": plan(sizes, kept),
        "summary": compare(speeds, fits, trainings, wanted, budgets, costs),
    }
    for name, table in tables.items():
        write_table(Path(summary).with_name(f"{name}.csv"), table)
    with drawing():
        save(throughput_figure(speeds), Path(summary).with_name("throughput.png"))
        save(scaling_figure(sizes, fits), Path(summary).with_name("scaling.png"))
        save(costs_figure(costs), Path(summary).with_name("costs.png"))


def _joined(files: Sequence[str | Path]) -> pd.DataFrame:
    return pd.concat([read_table(file) for file in files], ignore_index=True)


def keep_reference(
    *, summary: str | Path, run: str, settings: Mapping[str, Any], seed: int, manifest: str | Path
) -> None:
    """Copy small tables and figures of a finished benchmark.

    Args:
        summary: summary.csv, beside the benchmark's other tables and figures.
        run: Name of the run whose stages were measured.
        settings: The config's ``benchmark``.
        seed: The run's seed.
        manifest: Path of manifest.json; the other files go beside it.
    """
    source, folder = Path(summary).parent, Path(manifest).parent
    for path in [*source.iterdir(), *(source / "simulations_for_c2st").glob("*")]:
        if path.suffix in KEPT:
            write_bytes(folder / path.relative_to(source), path.read_bytes())
    made = {
        "command": "snakemake --cores 2 reference_benchmark",
        "run": run,
        "seed": seed,
        "config": settings,
        "versions": versions(),
        "cores": os.cpu_count(),
    }
    write_json(manifest, made)
