"""Rule ``reference_posteriors``: how good is the estimator where exact answers can be had?"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from satisfice.checks.reference_comparison import compare_one, summarise
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.exact_statistics import ExactStatistics
from satisfice.io.files import write_json, write_table
from satisfice.progress import Progress


def reference_posteriors(
    folder: str | Path,
    ensemble: str | Path,
    dataset: str | Path,
    observed: str | Path,
    budget: int,
    settings: dict[str, int],
    seed: int,
    table: str | Path,
    summary: str | Path,
) -> None:
    """Compare the ensemble and sequential ABC with references on exactly simulated data sets.

    Args:
        folder: Folder of the trained policy, of a memoryless population.
        ensemble: The safetensors file of the ensemble.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        budget: Simulations that the ensemble had, and that sequential ABC is given.
        settings: The config's ``cross_checks.reference``.
        seed: The run's seed.
        table: Where the CSV file goes, one row for each data set and quantity.
        summary: Where the JSON file goes.
    """
    exact = ExactStatistics.solve(folder, dataset, observed, settings["solves"], seed)
    pilot, judged = exact.pilot(settings["pilot"]), Ensemble.load(ensemble)
    truths = exact.truths(settings["data_sets"])
    report, rows = Progress(len(truths), "data sets"), []
    for number, truth in enumerate(truths):
        rows.append(compare_one(exact, pilot, judged, truth, number, budget, settings, seed))
        report(number + 1)
    joined = pd.concat(rows, ignore_index=True)
    write_table(table, joined)
    write_json(summary, summarise(joined, exact.behaviour, budget, settings))
