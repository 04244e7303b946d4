"""Rules ``measure_sharing`` and ``sharing``: one shared policy against one for each agent."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.io.files import read_json, read_table, write_json, write_table
from satisfice.learning.sharing_comparison import summarise, train_both_ways
from satisfice.report.figures_sharing import sharing_figure
from satisfice.report.style import drawing, save


def measure_sharing(
    settings: Mapping[str, Any], seed: int, table_path: str | Path, summary_path: str | Path
) -> None:
    """Train both ways at several numbers of agents and compare each with the exact equilibrium.

    Args:
        settings: The config block experiments.sharing.
        seed: The run's seed.
        table_path: Where the table goes, one row for each number of agents and method.
        summary_path: Where growth with n and differences between methods go.
    """
    table = train_both_ways(settings, seed)
    write_table(table_path, table)
    write_json(summary_path, summarise(table, settings))


def draw_sharing(table_path: str | Path, summary_path: str | Path, output: str | Path) -> None:
    """Draw the experiment's figure from its table."""
    with drawing():
        picture = sharing_figure(read_table(table_path), read_json(summary_path))
    save(picture, output)
