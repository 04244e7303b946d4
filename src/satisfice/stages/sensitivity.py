"""Rule ``sensitivity``: what the posterior owes to each statistic, treatment and simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from satisfice.checks.sensitivity import DRAWS, calibration_gates, half_and_full, moments, summarise
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.pooling import POINTS, pool, strength
from satisfice.inference.sensitivity import PartialEstimator, parts_of
from satisfice.inference.training_data import split_simulations
from satisfice.io.files import read_json, write_json, write_table
from satisfice.io.observed import labels_of, read_observed
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.progress import logger
from satisfice.randomness import small_seed


def posterior_sensitivity(
    ensemble: str | Path,
    simulations: str | Path,
    observed: str | Path,
    misspecification: str | Path,
    inference: dict[str, Any],
    partial_estimator: dict[str, Any],
    seed: int,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Leave out each statistic, all treatments but one, and half of the simulations.

    Args:
        ensemble: The safetensors file of the ensemble.
        simulations: The npz file of all simulations.
        observed: observed.csv.
        misspecification: What the test of misspecification found, as JSON.
        inference: The config's ``inference``, as the ensemble was trained with.
        partial_estimator: Settings of the estimator that takes parts of the statistics.
        seed: The run's seed.
        table: A CSV file with means and SDs of every quantity given every part.
        summary: A JSON file with the largest shifts, the Bayes factor of one population for all
            treatments, and the verdicts on the calibration of the posteriors given parts.
        figure: Where the figure goes.
    """
    from satisfice.report.figures_sensitivity import sensitivity  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    data = split_simulations(simulations, observed, inference["sbc"])
    human = read_observed(observed)
    fitted = human[human.split == "fit"]
    cube, space, key = data.cube, data.space, (seed, "sensitivity", Path(simulations).stem)
    parts = parts_of(labels_of(fitted))
    network = PartialEstimator.train(
        cube, data.x, parts, EstimatorSettings(**partial_estimator), small_seed(*key)
    )
    logger.info("trained on %d parts of the statistics", len(parts))
    drawn = {
        (part.kind, part.name): network.sample(
            data.x_observed, part, DRAWS, small_seed(*key, part.name)
        )[0]
        for part in parts
    }
    budgets = half_and_full(Ensemble.load(ensemble), cube, data, inference, seed)
    found = pd.concat(
        [moments(space, drawn), moments(space, {("budget", k): v for k, v in budgets.items()})],
        ignore_index=True,
    )
    write_table(table, found)
    gates = {
        part.name: calibration_gates(network, part, data, key)
        for part in parts
        if part.kind != "without"
    }
    treatments = {
        part.name: network.density(data.x_observed[0], part)
        for part in parts
        if part.kind == "only"
    }
    warned = bool(read_json(misspecification)["warning"])
    content = summarise(space, found, gates, warned)
    if treatments and space.names == SKILL_SPACE.names:
        factor = pool(treatments, POINTS, 1, small_seed(*key, "pool")).log_bayes_factor
        content["log_bayes_factor_of_one_population_for_all_treatments"] = factor
        content["treatments"] = strength(factor)
    write_json(summary, content)
    logger.info("%s", content["sentence"])
    with drawing():
        save(sensitivity(space, found, str(content["sentence"])), figure)
