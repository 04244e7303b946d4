"""Rule ``sensitivity``: effects of statistics, treatments and simulations on the posterior."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.cross_checks import figures
from experiments.cross_checks.agreement import compared, finite
from experiments.cross_checks.partial_estimator import ALL, Part, PartialEstimator, parts_of
from experiments.cross_checks.pooling import POINTS, pool, strength
from satisfice.checks.diagnostics import coverage_gate, sbc_gate
from satisfice.checks.recovery import recover
from satisfice.inference.ensemble import Ensemble, train_as_configured
from satisfice.inference.settings import EstimatorSettings, RecombinationSettings
from satisfice.inference.training_data import TrainingData, split_simulations
from satisfice.io.files import read_json, write_json, write_table
from satisfice.io.observed import labels_of, read_observed
from satisfice.population.derived import judged, quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

DRAWS = 2000
"""Draws of each posterior given the human data."""

CHECKED_DRAWS = 400
"""Draws for each reserved data set."""

LEARNING_RATE = 3e-3
"""Settings of the estimator that takes subsets of the statistics."""

HALF, FULL = "half", "full"
"""Shares of the simulations' budget."""


def posterior_sensitivity(
    game: str,
    *,
    ensemble: str | Path,
    simulations: str | Path,
    observed: str | Path,
    misspecification: str | Path,
    inference: dict[str, Any],
    settings: dict[str, Any],
    seed: int,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Leave out each statistic, all treatments but one, and half of the simulations.

    Args:
        game: Name of the game.
        ensemble: The safetensors file of the ensemble.
        simulations: The npz file of all simulations.
        observed: observed.csv.
        misspecification: misspecification.json.
        inference: The config's ``inference``, with which the ensemble was trained.
        settings: The config's ``experiments.cross_checks.<game>.sensitivity``.
        seed: The run's seed.
        table: A CSV file with means and SDs of every quantity given every subset.
        summary: A JSON file with the largest shifts, the Bayes factor of one population for all
            treatments, and the gates of the posteriors given subsets.
        figure: Output: the figure.
    """
    data = split_simulations(simulations, observed, inference["sbc"])
    human = read_observed(observed)
    fitted = human[human.split == "fit"]
    cube, space, key = data.cube, data.space, (seed, "sensitivity", Path(simulations).stem)
    parts = parts_of(labels_of(fitted))
    training = {**inference["estimator"], "learning_rate": LEARNING_RATE, **settings}
    network = PartialEstimator.train(
        cube, data.x, parts, EstimatorSettings(**training), small_seed(*key)
    )
    logger.info("%s: trained on %d subsets of the statistics", game, len(parts))
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
        part.name: gates_given_part(network, part, data, key)
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
        save(figures.sensitivity(space, found, str(content["sentence"])), figure)


def gates_given_part(
    network: PartialEstimator,
    part: Part,
    data: TrainingData,
    key: tuple[int, str, str],
) -> list[dict[str, Any]]:
    """Gates of the posteriors given a subset of the statistics."""
    truth, space = data.cube_reserved, data.space
    draws = network.sample(data.x_reserved, part, CHECKED_DRAWS, small_seed(*key, "check"))
    names, values = quantities(space, draws)
    ranks = recover(values, quantities(space, truth)[1], draws, truth, small_seed(*key)).ranks
    gates = (gate(ranks, CHECKED_DRAWS, tuple(names)) for gate in (sbc_gate, coverage_gate))
    return [vars(gate) for gate in gates]


def half_and_full(
    ensemble: Ensemble,
    cube: np.ndarray,
    data: TrainingData,
    inference: dict[str, Any],
    seed: int,
) -> dict[str, np.ndarray]:
    """Draws of the ensemble, and of one trained in the same way on half of the simulations."""
    seeds = [small_seed(seed, "half", number) for number in range(len(ensemble.members))]
    networks, _, _ = train_as_configured(
        cube[: len(cube) // 2],
        data,
        EstimatorSettings(**inference["estimator"]),
        RecombinationSettings(**inference["recombination"]),
        seeds,
    )
    each = DRAWS // len(networks)
    drawn = {
        name: some.sample(data.x_observed, each, seed, "budget")[:, 0]
        for name, some in {HALF: Ensemble(networks, HALF), FULL: ensemble}.items()
    }
    return {name: np.concatenate(draws) for name, draws in drawn.items()}


def moments(space: ParameterSpace, drawn: dict[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """Means and SDs of every quantity, and their change against the full data."""
    rows = []
    whole = next(key for key in drawn if key[1] in (ALL, FULL))
    names, values = quantities(space, drawn[whole])
    centre, spread = values.mean(0), values.std(0, ddof=1)
    for (kind, part), cube in drawn.items():
        values = quantities(space, cube)[1]
        mean, sd = values.mean(0), values.std(0, ddof=1)
        shift, sd_ratio = compared(mean, sd, centre, spread)
        rows.append(
            pd.DataFrame(
                {
                    "kind": kind, "part": part, "quantity": names, "mean": mean, "sd": sd,
                    "shift": shift, "sd_ratio": sd_ratio,
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def summarise(
    space: ParameterSpace, found: pd.DataFrame, gates: dict[str, Any], warned: bool
) -> dict[str, Any]:
    """The largest shifts of what data can identify, in numbers and in a sentence.

    Args:
        space: The parameters.
        found: What :func:`moments` returns.
        gates: Gates by subset.
        warned: Whether the model is misspecified.
    """
    rows = found[found.quantity.isin(judged(space))]
    half = rows[(rows.kind == "budget") & (rows.part == HALF)]
    statistic, quantity, most = _largest(rows[rows.kind == "without"])
    _, halved, change = _largest(half)
    sentence = (
        f"The statistic that matters most is {statistic}: without it {quantity} shifts by "
        f"{most:+.1f} posterior SDs. With half of the simulations the largest shift is "
        f"{change:+.1f} SDs, of {halved}."
    )
    if warned:
        sentence += " The model is misspecified for these data, so statistics disagree about theta."
    return {
        "sentence": sentence,
        "largest_shift_without_one_statistic": most,
        "statistic": statistic,
        "quantity": quantity,
        "largest_shift_at_half_the_budget": change,
        "sd_ratio_at_half_the_budget": dict(
            zip(half.quantity, map(finite, half.sd_ratio), strict=True)
        ),
        "calibration_given_parts": gates,
    }


def _largest(rows: pd.DataFrame) -> tuple[str, str, float]:
    """Subset, quantity and size of the largest finite shift."""
    rows = rows[np.isfinite(rows["shift"])]
    row = int(rows["shift"].abs().to_numpy().argmax())
    part, quantity, shift = rows[["part", "quantity", "shift"]].to_numpy()[row]
    return str(part), str(quantity), float(shift)
