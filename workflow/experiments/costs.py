"""Time and memory of jobs, from the files that Snakemake's ``benchmark:`` writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from satisfice.errors import SatisficeError


def read_costs(path: str | Path) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one job.

    Raises:
        SatisficeError: The file is missing, or is not a benchmark file.
    """
    try:
        row = pd.read_csv(path, sep="\t").iloc[0]
        return float(row["s"]), float(row["max_rss"])
    except (OSError, ValueError, LookupError) as error:
        problem = f"is not a benchmark file of Snakemake ({error})."
        raise SatisficeError(path, problem, "Rerun the rule that makes it.") from error
