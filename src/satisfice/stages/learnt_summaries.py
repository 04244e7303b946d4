"""Rule ``learnt_summaries``: a game's own statistics against summaries learnt from whole paths.

Both are given the same simulations and the same training. What the learnt summaries add says how
much of what agents do the statistics lose; they cannot be applied to the human data, of which only
statistics are at hand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from satisfice.checks.learnt_summaries import judge
from satisfice.checks.summary_comparison import SummaryComparison
from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.path_embedding import EmbeddingSettings
from satisfice.inference.simulated_paths import BOTH, PATHS, STATISTICS, simulate_paths
from satisfice.io.files import write_json, write_table
from satisfice.population.derived import quantities
from satisfice.progress import logger
from satisfice.randomness import small_seed


def compare_summaries(
    folder: str | Path,
    dataset: str | Path,
    observed: str | Path,
    simulations: int,
    reserved: int,
    settings: Mapping[str, Any],
    seed: int,
    table_path: str | Path,
    summary_path: str | Path,
    figure_path: str | Path,
) -> None:
    """Train estimators on statistics, on paths and on both, and compare their posteriors.

    Args:
        folder: Folder of the trained policy.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        simulations: Number of simulations: the first of the main table's.
        reserved: Simulations set aside for the comparison.
        settings: ``estimator`` and ``embedding``, the settings of both, and whether estimators
            on both together are trained too, ``both``.
        seed: The run's seed.
        table_path: Where the table goes, one row for each measure.
        summary_path: Where the gates and what was found in a few words go.
        figure_path: Where the figure goes.

    Raises:
        SatisficeError: Too few usable simulations.
    """
    from satisfice.report.figures_summaries import learnt_summaries  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    data = simulate_paths(folder, dataset, observed, simulations, seed)
    if len(data.cube) < reserved + 100:
        raise SatisficeError(
            folder,
            f"only {len(data.cube)} of {simulations} simulations are usable.",
            "Raise the number of simulations, or reserve fewer of them.",
        )
    found = {
        summaries: judge(data, summaries, reserved, settings, seed)
        for summaries in (STATISTICS, PATHS, *([BOTH] if settings["both"] else []))
    }
    names, _ = quantities(data.space, data.cube[:1])
    compared = SummaryComparison(found, names, small_seed(seed, "learnt_summaries"))
    table, answer = compared.table(), compared.answer()
    logger.info(answer)
    with drawing():
        save(learnt_summaries(data.space, table, answer), figure_path)
    write_table(table_path, table)
    write_json(
        summary_path,
        {
            **compared.summary(),
            "simulations": len(data.cube),
            "treatments": list(data.layout.treatments),
            "settings": {
                "estimator": asdict(EstimatorSettings(**settings["estimator"])),
                "embedding": asdict(EmbeddingSettings(**settings["embedding"])),
            },
        },
    )
