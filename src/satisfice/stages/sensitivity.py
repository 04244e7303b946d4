"""Rule ``sensitivity``: what the posterior owes to each statistic, treatment and simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.calibration import calibrate
from satisfice.checks.diagnostics import coverage_gate, sbc_gate
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import Ensemble, train_as_configured
from satisfice.inference.pooling import POINTS, pool, strength
from satisfice.inference.sensitivity import ALL, Part, PartialEstimator, parts_of
from satisfice.inference.training_data import split_simulations
from satisfice.io.files import read_json, write_json, write_table
from satisfice.io.observed import labels_of, read_observed
from satisfice.population.derived import DERIVED, quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger
from satisfice.randomness import small_seed

DRAWS = 2000
"""Draws of each posterior given the human data."""

CHECKED_DRAWS = 400
"""Draws for each reserved data set."""

HALF, FULL = "half", "full"
"""Parts of the simulations' budget."""


def posterior_sensitivity(
    ensemble: str | Path,
    simulations: str | Path,
    observed: str | Path,
    misspecification: str | Path,
    parameter_prior: dict[str, Any],
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
        parameter_prior: Bounds of the prior.
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

    prior = ParameterPrior.from_config(parameter_prior)
    data = split_simulations(simulations, observed, inference["sbc"])
    human = read_observed(observed)
    fitted = human[human.split == "fit"]
    cube, key = prior.to_unit(data["theta"]), (seed, "sensitivity", Path(simulations).stem)
    parts = parts_of(labels_of(fitted))
    network = PartialEstimator.train(
        cube, data["x"], parts, EstimatorSettings(**partial_estimator), small_seed(*key)
    )
    logger.info("trained on %d parts of the statistics", len(parts))
    drawn = {
        (part.kind, part.name): network.sample(
            data["x_observed"], part, DRAWS, small_seed(*key, part.name)
        )[0]
        for part in parts
    }
    budgets = _budgets(Ensemble.load(ensemble), cube, data, inference, seed)
    found = pd.concat(
        [_moments(prior, drawn), _moments(prior, {("budget", k): v for k, v in budgets.items()})],
        ignore_index=True,
    )
    write_table(table, found)
    gates = {
        part.name: _gates(network, part, prior, data, key)
        for part in parts
        if part.kind != "without"
    }
    treatments = {
        part.name: network.density(data["x_observed"][0], part)
        for part in parts
        if part.kind == "only"
    }
    warned = bool(read_json(misspecification)["warning"])
    content = _summarise(found, gates, warned)
    if treatments and not prior.roles:
        factor = pool(treatments, POINTS, 1, small_seed(*key, "pool")).log_bayes_factor
        content["log_bayes_factor_of_one_population_for_all_treatments"] = factor
        content["treatments"] = strength(factor)
    write_json(summary, content)
    logger.info("%s", content["sentence"])
    with drawing():
        save(sensitivity(found, str(content["sentence"])), figure)


def _gates(
    network: PartialEstimator,
    part: Part,
    prior: ParameterPrior,
    data: dict[str, np.ndarray],
    key: tuple[int, str, str],
) -> list[dict[str, Any]]:
    """Verdicts on the calibration of the posteriors given a part."""
    truth = prior.to_unit(data["theta_reserved"])
    draws = network.sample(data["x_reserved"], part, CHECKED_DRAWS, small_seed(*key, "check"))
    names, values = quantities(prior, draws)
    ranks = calibrate(values, quantities(prior, truth)[1], draws, truth, small_seed(*key)).ranks
    gates = (gate(ranks, CHECKED_DRAWS, tuple(names)) for gate in (sbc_gate, coverage_gate))
    return [gate.as_dict() for gate in gates]


def _budgets(
    ensemble: Ensemble,
    cube: np.ndarray,
    data: dict[str, np.ndarray],
    inference: dict[str, Any],
    seed: int,
) -> dict[str, np.ndarray]:
    """Draws of the ensemble, and of one trained alike on half of the simulations."""
    seeds = [small_seed(seed, "half", number) for number in range(len(ensemble.members))]
    networks, _, _ = train_as_configured(cube[: len(cube) // 2], data, inference, seeds)
    each = DRAWS // len(networks)
    drawn = {
        name: some.sample(data["x_observed"], each, seed, "budget")[:, 0]
        for name, some in {HALF: Ensemble(networks, HALF), FULL: ensemble}.items()
    }
    return {name: np.concatenate(draws) for name, draws in drawn.items()}


def _moments(prior: ParameterPrior, drawn: dict[tuple[str, str], np.ndarray]) -> pd.DataFrame:
    """Means and SDs of every quantity, and their change against the whole."""
    rows = []
    whole = next(key for key in drawn if key[1] in (ALL, FULL))
    names, values = quantities(prior, drawn[whole])
    centre, spread = values.mean(0), values.std(0, ddof=1)
    for (kind, part), cube in drawn.items():
        values = quantities(prior, cube)[1]
        mean, sd = values.mean(0), values.std(0, ddof=1)
        rows.append(
            pd.DataFrame(
                {
                    "kind": kind, "part": part, "quantity": names, "mean": mean, "sd": sd,
                    "shift": (mean - centre) / spread, "sd_ratio": sd / spread,
                }
            )
        )  # fmt: skip
    return pd.concat(rows, ignore_index=True)


def _summarise(found: pd.DataFrame, gates: dict[str, Any], warned: bool) -> dict[str, Any]:
    """The largest shifts, in numbers and in a sentence."""
    derived = found[found.quantity.str.startswith(DERIVED)]
    half = derived[(derived.kind == "budget") & (derived.part == HALF)]
    statistic, quantity, most = _largest(derived[derived.kind == "without"])
    _, halved, change = _largest(half)
    sentence = (
        f"The statistic that matters most is {statistic}: without it {quantity} shifts by "
        f"{most:+.1f} posterior SDs. With half of the simulations the largest shift is "
        f"{change:+.1f} SDs, of {halved}."
    )
    if warned:
        sentence += " The model misfits these data, so statistics pull in different directions."
    return {
        "sentence": sentence,
        "largest_shift_without_one_statistic": most,
        "statistic": statistic,
        "quantity": quantity,
        "largest_shift_at_half_the_budget": change,
        "sd_ratio_at_half_the_budget": dict(zip(half.quantity, half.sd_ratio, strict=True)),
        "calibration_given_parts": gates,
    }


def _largest(rows: pd.DataFrame) -> tuple[str, str, float]:
    """Part, quantity and size of the largest shift."""
    row = int(rows["shift"].abs().to_numpy().argmax())
    part, quantity, shift = rows[["part", "quantity", "shift"]].to_numpy()[row]
    return str(part), str(quantity), float(shift)
