"""Time and memory of a run's stages, from the files that Snakemake's ``benchmark:`` writes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

STAGES = {
    "data": ("observe",),
    "training": ("learn", "verify"),
    "simulation": ("simulate", "gather", "predict"),
    "inference": ("fit", "posterior", "calibrate", "misspecify"),
    "evaluation": ("assemble", "default_posterior", "score", "join_scores", "diagnose"),
    "report": ("paths", "figures", "page", "overview"),
    "cross checks": (
        "cross_check", "compare_estimators", "reference_posteriors", "pool", "learnt_summaries",
        "sensitivity",
    ),
    "contest": (
        "contest_simulate", "contest_predict", "contest_judge", "contest_decisions", "contest",
    ),
    "experiments": ("single_agent", "measure_sharing", "measure_skill_shapes"),
    "benchmark": (
        "benchmark_throughput", "measure_scaling", "retraining", "simulations_for_c2st",
    ),
}  # fmt: skip
"""Rules of each stage, as their files in workflow/rules group them."""

OTHER = "other"
"""Stage of rules that are none of these."""

RULES = {rule: stage for stage, rules in STAGES.items() for rule in rules}


def rule_of(job: str) -> str:
    """The rule of a job named ``<rule>`` or ``<rule>_<wildcards>``; the job where it is unknown."""
    found = [rule for rule in RULES if job == rule or job.startswith(f"{rule}_")]
    return max(found, key=len, default=job)


def read_jobs(folders: Iterable[str | Path]) -> pd.DataFrame:
    """All measured jobs.

    Args:
        folders: Folders named ``benchmarks``, each in the folder of a game or of a run.

    Returns:
        One row for each job: game (or the run's folder, for jobs of the whole run), stage, rule,
        job, wall and processor seconds and peak memory in mebibytes, NaN where Snakemake could not
        tell because the job was too short.
    """
    rows = []
    for folder in map(Path, folders):
        for path in sorted(folder.glob("*.tsv")):
            # A repeated benchmark has a row for each repeat; the last is the newest.
            row = pd.read_csv(path, sep="\t", na_values=["-", "NA"]).iloc[-1]
            rule = rule_of(path.stem)
            rows.append(
                {
                    "game": folder.parent.name,
                    "stage": RULES.get(rule, OTHER),
                    "rule": rule,
                    "job": path.stem,
                    "seconds": float(row["s"]),
                    "cpu_seconds": float(row["cpu_time"]),
                    "peak_memory_mebibytes": float(row["max_rss"]),
                }
            )
    columns = ["game", "stage", "rule", "job", "seconds", "cpu_seconds", "peak_memory_mebibytes"]
    return pd.DataFrame(rows, columns=columns)


def stage_costs(jobs: pd.DataFrame) -> pd.DataFrame:
    """Sums of time and the largest memory, for each game and stage.

    Args:
        jobs: The rows of :func:`read_jobs`.

    Returns:
        One row for each game and stage, stages in the order of :data:`STAGES`.
    """
    order = [*STAGES, OTHER]
    rows = []
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
    rows.sort(key=lambda row: order.index(str(row["stage"])))
    return pd.DataFrame(rows)


def seconds_of(jobs: pd.DataFrame, game: str, rule: str, belief: str) -> float:
    """Seconds of all of a rule's jobs for one prior belief of a game; NaN if none was measured."""
    name = f"{rule}_{belief}"
    of_belief = (jobs.job == name) | jobs.job.str.fullmatch(rf"{name}_\d+")
    # A training with another seed is named like a numbered part, but is one of its own.
    of_belief &= (jobs.job == name) if rule == "learn" else True
    part = jobs[(jobs.game == game) & (jobs.rule == rule) & of_belief]
    return float(part.seconds.sum()) if len(part) else float("nan")
