"""Rule ``simulations_for_c2st``: how many simulations does an estimator need?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.cross_checks.exact_statistics import ExactStatistics
from experiments.cross_checks.reference_comparison import DRAWS, LARGEST_C2ST
from experiments.cross_checks.reference_posterior import abc_posterior
from satisfice.benchmarks.budgets import mean_c2st, needed
from satisfice.benchmarks.estimators_at_budgets import abc_row, neural_row, train_at_budgets
from satisfice.io.files import write_table
from satisfice.progress import Progress
from satisfice.randomness import small_seed


def simulations_for_c2st(
    folder: str | Path,
    dataset: str | Path,
    observed: str | Path,
    estimator: Mapping[str, Any],
    reference: Mapping[str, int],
    settings: Mapping[str, Any],
    seed: int,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Hold NPE and sequential ABC against reference posteriors at several budgets.

    Both are given exact simulations, so that nothing but the estimator differs. NPE's serve all
    data sets; ABC simulates anew for each.

    Args:
        folder: Folder of the trained policy, of a memoryless population.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        estimator: The config's ``inference.estimator``.
        reference: The config's ``cross_checks.reference`` of the game.
        settings: The config's ``benchmark.simulations_for_c2st``.
        seed: The run's seed.
        table: Where the CSV file goes, one row for each estimator, budget and data set.
        summary: Where the CSV file of simulations needed goes.
        figure: Where the figure goes.
    """
    from satisfice.report.figures_benchmark import budgets_figure  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    exact = ExactStatistics.solve(folder, dataset, observed, reference["solves"], seed)
    pilot = exact.pilot(reference["pilot"])
    neural = train_at_budgets(exact, estimator, settings, seed)
    draws = min(DRAWS, reference["simulations"] // 100)
    rows, report = [], Progress(settings["data_sets"], "data sets")
    for number, truth in enumerate(exact.truths(settings["data_sets"])):
        data, _ = exact.one(truth, number)
        known = abc_posterior(
            pilot,
            lambda cube, number=number: exact.simulate(cube, "box", number),  # type: ignore[misc]
            data,
            reference["simulations"],
            draws,
            small_seed(seed, "reference", number),
        )
        for budget, members in neural.items():
            common = {"data_set": number, "budget": budget}
            rows.append(common | neural_row(members, known, data, budget, seed, number))
            rows.append(common | abc_row(exact, pilot, known, data, budget, seed, number))
        report(number + 1)
    found = pd.DataFrame(rows)
    found.insert(0, "game", exact.behaviour.game.name)
    # NPE is trained once for all data sets, so its simulations count once.
    found.loc[(found.estimator == "npe") & (found.data_set > 0), "simulations"] = 0
    write_table(table, found)
    means = mean_c2st(found)
    wanted = needed(means, LARGEST_C2ST)
    write_table(summary, wanted)
    with drawing():
        save(budgets_figure(means, wanted), figure)
