"""Rules ``cross_check`` and ``compare_estimators``: the same posterior by other estimators."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.checks.estimator_agreement import agreement, compare
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.other_estimators import estimate, more_simulations
from satisfice.inference.training_data import split_simulations
from satisfice.io.benchmarks import read_costs
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, read_json, write_arrays, write_json, write_table
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_draws, space_in
from satisfice.learning.populations import load_population
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.simulation.simulator import Experiment


def cross_check(
    estimator: str,
    folder: str | Path,
    dataset: str | Path,
    simulations: str | Path,
    observed: str | Path,
    reserved: int,
    settings: dict[str, Any],
    draws: int,
    seed: int,
    output: str | Path,
) -> None:
    """Estimate the posterior given the human statistics by another method.

    Args:
        estimator: One of ``ESTIMATORS``.
        folder: Folder of the trained policy, for methods that simulate more.
        dataset: Folder of the human data, for the experiment's design.
        simulations: The npz file of simulations from the prior.
        observed: observed.csv.
        reserved: Simulations set aside for calibration checks.
        settings: The config's ``inference.estimator``.
        draws: Posterior draws.
        seed: The run's seed.
        output: A npz file with theta, shape (1, draws, parameters), and their space; a JSON file
            with the number of simulations goes beside it.
    """
    population, description = load_population(folder)
    data = split_simulations(simulations, observed, reserved)
    cube, human = data.cube, data.x_observed[0]
    key = (population.game.name, description["variant_name"], estimator)
    number, trained = small_seed(seed, *key), EstimatorSettings(**settings)
    fitted = (read_observed(observed).split == "fit").to_numpy()
    experiment = Experiment(population.game, load_dataset(dataset, population.game).markets)
    more = more_simulations(experiment, population, fitted, seed, key)
    found = estimate(estimator, cube, data.x, human, more, trained, draws, number)
    logger.info("%s: %d simulations, %s", estimator, found.simulations, found.record)
    write_json(
        Path(output).with_suffix(".json"), {"simulations": found.simulations, **found.record}
    )
    space = population.space
    write_arrays(output, theta=space.from_unit(found.cube[None]), space=np.array(space.as_json()))


def compare_estimators(
    posterior: str | Path,
    others: Mapping[str, str | Path],
    benchmarks: Mapping[str, list[str]],
    simulations: int,
    warning: str | Path,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Compare the ensemble's posterior with those of other estimators.

    Args:
        posterior: The npz file of the ensemble's draws.
        others: The npz file of each other estimator's draws.
        benchmarks: Snakemake's benchmark files of each estimator, the ensemble's under ``npe``.
        simulations: Simulations behind the ensemble.
        warning: misspecification.json, which explains gaps where the model misfits.
        table: Where the CSV file goes: mean and SD of every quantity, their distance from the
            ensemble's, simulations, seconds and memory.
        summary: Where the JSON file goes: whether they agree on what data can identify, and why
            they need not.
        figure: Where the figure goes.
    """
    from satisfice.report.figures_estimators import estimators  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    drawn = read_draws(posterior)
    found = {"npe": drawn["theta"]}
    used = {"npe": simulations}
    for name, path in others.items():
        found[name] = read_arrays(path)["theta"]
        used[name] = int(read_json(Path(path).with_suffix(".json"))["simulations"])
    costs = {name: [read_costs(path) for path in benchmarks[name]] for name in found}
    space = space_in(drawn, posterior)
    joined = compare(space, found, used, costs)
    write_table(table, joined)
    verdict = agreement(space, joined, read_json(warning)["warning"])
    write_json(summary, verdict)
    logger.info("%s", verdict["sentence"])
    with drawing():
        save(estimators(space, joined, verdict["sentence"]), figure)
