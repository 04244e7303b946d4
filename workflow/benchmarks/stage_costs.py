"""Time and memory of a run's stages, from the files that Snakemake's ``benchmark:`` writes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd


def read_jobs(folders: Iterable[str | Path]) -> pd.DataFrame:
    """All measured jobs.

    Args:
        folders: Folders named ``benchmarks``, each in the folder of a game or of a run.

    Returns:
        One row for each job: game (or the run's folder, for jobs of the whole run), job, wall and
        processor seconds and peak memory in mebibytes; NaN if the job was too short for
        Snakemake to measure.
    """
    rows = []
    for folder in map(Path, folders):
        for path in sorted(folder.glob("*.tsv")):
            # A repeated benchmark has a row for each repeat; the last one is the newest.
            row = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).iloc[-1]
            rows.append(
                {
                    "game": folder.parent.name,
                    "job": path.stem,
                    "seconds": float(row["s"]),
                    "cpu_seconds": float(row["cpu_time"]),
                    "peak_memory_mebibytes": float(row["max_rss"]),
                }
            )
    columns = ["game", "job", "seconds", "cpu_seconds", "peak_memory_mebibytes"]
    return pd.DataFrame(rows, columns=columns)


def rule_of(job: str, rules: Sequence[str]) -> str:
    """The rule of a job named ``<rule>`` or ``<rule>_<wildcards>``; empty if there is none."""
    return max((rule for rule in rules if f"{job}_".startswith(f"{rule}_")), key=len, default="")


def stage_costs(jobs: pd.DataFrame, rules: Sequence[str]) -> pd.DataFrame:
    """Sums of time and the largest memory, for each game and stage.

    Args:
        jobs: The rows of :func:`read_jobs`. Jobs of unknown rules are left out.
        rules: Names of the workflow's rules; each is a stage.

    Returns:
        One row for each game and stage, stages in the order of the rules.
    """
    stages, rows = pd.Series([rule_of(job, rules) for job in jobs.job], jobs.index, str), []
    jobs = jobs.assign(stage=stages)[stages != ""]
    for (game, stage), part in jobs.groupby(["game", "stage"], sort=False):
        memory = part.peak_memory_mebibytes.to_numpy()
        known = not np.isnan(memory).all()
        rows.append(
            {
                "game": game,
                "stage": stage,
                "jobs": len(part),
                "seconds": part.seconds.sum(),
                "cpu_seconds": part.cpu_seconds.sum(),
                "longest_seconds": part.seconds.max(),
                "peak_memory_mebibytes": np.nanmax(memory) if known else np.nan,
                "job_of_peak": part.job.iloc[int(np.nanargmax(memory))] if known else "",
            }
        )
    rows.sort(key=lambda row: rules.index(str(row["stage"])))
    return pd.DataFrame(rows)


def seconds_of(jobs: pd.DataFrame, rule: str, belief: str) -> float:
    """Seconds of all of a rule's jobs for one prior belief of a game; NaN if none was measured."""
    # The name of a training with another seed looks like a numbered part, but is not one.
    part = "" if rule == "learn" else r"(_\d+)?"
    found = jobs[jobs.job.str.fullmatch(f"{rule}_{belief}{part}")]
    return float(found.seconds.sum()) if len(found) else float("nan")
