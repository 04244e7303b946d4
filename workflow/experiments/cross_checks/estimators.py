"""Rules ``cross_check`` and ``compare_estimators``: the same posterior by other estimators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from experiments.costs import read_costs
from experiments.cross_checks import figures
from experiments.cross_checks.agreement import agreement, compare
from experiments.cross_checks.other_estimators import estimate, more_simulations
from satisfice.inference.settings import EstimatorSettings
from satisfice.inference.training_data import split_simulations
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, read_json, write_arrays, write_json, write_table
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_draws, space_in
from satisfice.learning.populations import load_population
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save
from satisfice.simulation.simulator import Experiment


def cross_check(
    game: str,
    estimator: str,
    *,
    policy: str | Path,
    dataset: str | Path,
    simulations: str | Path,
    observed: str | Path,
    inference: Mapping[str, Any],
    seed: int,
    draws: str | Path,
    record: str | Path,
) -> None:
    """Estimate the posterior given the human statistics by another method.

    Args:
        game: Name of the game.
        estimator: One of ``ESTIMATORS``.
        policy: Folder of the trained policy, for methods that simulate more.
        dataset: Folder of the human data, for the experiment's design.
        simulations: The npz file of simulations from the prior.
        observed: observed.csv.
        inference: The config's ``inference``.
        seed: The run's seed.
        draws: An npz file with theta, shape (1, draws, parameters), and their space.
        record: A JSON file with the number of simulations.
    """
    population, description = load_population(policy)
    data = split_simulations(simulations, observed, inference["sbc"])
    key = (game, description["variant_name"], estimator)
    fitted = (read_observed(observed).split == "fit").to_numpy()
    experiment = Experiment(population.game, load_dataset(dataset, population.game).markets)
    found = estimate(
        estimator,
        data.cube,
        data.x,
        data.x_observed[0],
        more_simulations(experiment, population, fitted, seed, key),
        EstimatorSettings(**inference["estimator"]),
        inference["draws"],
        small_seed(seed, *key),
    )
    logger.info("%s: %d simulations, %s", estimator, found.simulations, found.record)
    write_json(record, {"simulations": found.simulations, **found.record})
    space = population.space
    write_arrays(draws, theta=space.from_unit(found.cube[None]), space=np.array(space.as_json()))


def compare_estimators(
    game: str,
    *,
    posterior: str | Path,
    others: Sequence[str | Path],
    records: Sequence[str | Path],
    costs: Mapping[str, str | Path],
    simulations: int,
    misspecification: str | Path,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Compare the ensemble's posterior with those of other estimators.

    Args:
        game: Name of the game.
        posterior: The npz file of the ensemble's draws.
        others: The npz file of each other estimator's draws.
        records: The JSON file of each other estimator.
        costs: Snakemake's benchmark file of each estimator's job, the ensemble's, ``npe``, first.
        simulations: Simulations behind the ensemble.
        misspecification: misspecification.json, which explains gaps where the model misfits.
        table: Output: CSV file: mean and SD of every quantity, their distance from the
            ensemble's, simulations, seconds and memory.
        summary: Output: JSON file: whether they agree on what data can identify, and why
            they need not.
        figure: Output: the figure.
    """
    drawn, (npe, *names) = read_draws(posterior), costs
    space = space_in(drawn, posterior)
    used = [int(read_json(path)["simulations"]) for path in records]
    joined = compare(
        space,
        {npe: drawn["theta"]}
        | {name: read_arrays(path)["theta"] for name, path in zip(names, others, strict=True)},
        dict(zip(costs, [simulations, *used], strict=True)),
        {name: read_costs(path) for name, path in costs.items()},
    )
    write_table(table, joined)
    verdict = agreement(space, joined, read_json(misspecification)["warning"])
    write_json(summary, verdict)
    logger.info("%s: %s", game, verdict["sentence"])
    with drawing():
        save(figures.estimators(space, joined, verdict["sentence"]), figure)
