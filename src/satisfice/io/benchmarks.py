"""What jobs cost, from the files that Snakemake's ``benchmark:`` writes."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def read_costs(path: str | Path) -> tuple[float, float]:
    """Wall seconds and peak memory (MB) of one job."""
    row = pd.read_csv(path, sep="\t").iloc[0]
    return float(row["s"]), float(row["max_rss"])
