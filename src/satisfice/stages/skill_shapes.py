"""Rules ``measure_skill_shapes`` and ``skill_shapes``: Gaussian against uniform skills."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.io.files import read_json, read_table, write_json, write_table
from satisfice.learning.skill_shapes_comparison import compare_shapes, summarise
from satisfice.report.figures_skill_shapes import skill_shapes_figure
from satisfice.report.style import drawing, save


def measure_skill_shapes(
    settings: Mapping[str, Any],
    seed: int,
    table_path: str | Path,
    curves_path: str | Path,
    summary_path: str | Path,
) -> None:
    """Compare the equilibria of both shapes, and learn both.

    Args:
        settings: The config block experiments.skill_shapes.
        seed: The run's seed.
        table_path: Where the table goes, one row for each game, treatment and population.
        curves_path: Where the learning curves go.
        summary_path: Where the comparison in a few numbers and one sentence goes.
    """
    table, curves = compare_shapes(settings, seed)
    write_table(table_path, table)
    write_table(curves_path, curves)
    write_json(summary_path, summarise(table, curves, settings["close"]))


def draw_skill_shapes(
    table_path: str | Path, curves_path: str | Path, summary_path: str | Path, output: str | Path
) -> None:
    """Draw the experiment's figure from its tables."""
    with drawing():
        picture = skill_shapes_figure(
            read_table(table_path), read_table(curves_path), read_json(summary_path)
        )
    save(picture, output)
