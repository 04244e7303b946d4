"""Rules ``cross_check`` and ``compare_estimators``: the same posterior by other estimators."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.emulator import StatisticsEmulator, noise_near
from satisfice.inference.sbi_compat import sample_estimator, train_estimator
from satisfice.inference.sbi_cross_checks import CrossCheck, neural_likelihood, sequential_abc
from satisfice.inference.training_data import split_simulations
from satisfice.io.benchmarks import read_costs
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays, read_json, write_arrays, write_json, write_table
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_draws
from satisfice.learning.populations import load_population
from satisfice.learning.rollout import Population
from satisfice.population.derived import DERIVED, quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger
from satisfice.randomness import seed_sequence, small_seed
from satisfice.simulation.simulator import BLOCK, Experiment, population_player, simulate

ESTIMATORS = ("nle", "smc_abc", "truncated")
"""Neural likelihood; sequential Monte Carlo ABC; posterior estimation in a truncated prior."""

FIRST_SHARE, SECOND_SHARE = 0.25, 0.25
"""Simulations of the truncated estimator's two rounds, as shares of the table's."""

KEPT = 0.9995
"""Central share of the first posterior, in each parameter, that bounds the second round's prior."""

MOST_SHIFT, MOST_SPREAD = 0.3, 0.25
"""How far means, in posterior SDs, and SDs, as shares, may lie apart."""

Simulate = Callable[[np.ndarray], np.ndarray]


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
        output: A npz file with theta, shape (1, draws, parameters), and roles; a JSON file with
            the number of simulations goes beside it.
    """
    population, description = load_population(folder)
    prior = ParameterPrior.from_config(description["parameter_prior"])
    data = split_simulations(simulations, observed, reserved)
    cube, human = prior.to_unit(data["theta"]), data["x_observed"][0]
    key = (population.game.name, description["variant_name"], estimator)
    number, trained = small_seed(seed, *key), EstimatorSettings(**settings)
    more = _simulator(population, dataset, observed, prior, seed, key)
    if estimator == "nle":
        found = neural_likelihood(cube, data["x"], human, trained, draws, number)
    elif estimator == "smc_abc":
        noise = noise_near(StatisticsEmulator.fit(cube, data["x"]), human, cube.shape[1])
        found = sequential_abc(more, cube.shape[1], human, noise, len(cube), draws, number)
    elif estimator == "truncated":
        found = _truncated(cube, data["x"], more, human, trained, draws, number)
    else:
        raise ValueError(f"{estimator} is none of {', '.join(ESTIMATORS)}")
    logger.info("%s: %d simulations, %s", estimator, found.simulations, found.record)
    write_json(
        Path(output).with_suffix(".json"), {"simulations": found.simulations, **found.record}
    )
    roles = np.array(prior.roles, dtype="U")
    write_arrays(output, theta=prior.from_unit(found.cube[None]), roles=roles)


def _simulator(
    population: Population,
    dataset: str | Path,
    observed: str | Path,
    prior: ParameterPrior,
    seed: int,
    key: tuple[str, ...],
) -> Simulate:
    """Simulations with the learnt policy, fitted statistics only; each call has its own chance."""
    experiment = Experiment(population.game, load_dataset(dataset, population.game).markets)
    fitted = (read_observed(observed).split == "fit").to_numpy()
    done = 0

    def more(cube: np.ndarray) -> np.ndarray:
        nonlocal done
        statistics, _ = simulate(
            experiment,
            population_player(population),
            prior.from_unit(cube),
            seed_sequence(seed, "more", *key),
            first=done,
        )
        done += -(-len(cube) // BLOCK) * BLOCK
        return statistics[:, fitted]

    return more


def _truncated(
    cube: np.ndarray,
    statistics: np.ndarray,
    more: Simulate,
    human: np.ndarray,
    settings: EstimatorSettings,
    draws: int,
    seed: int,
) -> CrossCheck:
    """Two rounds: where a first posterior has mass, the second one's simulations are drawn.

    The prior is truncated to a box, so it stays uniform there and nothing needs a weight, as in
    Deistler, Goncalves and Macke (2022), whose region is the posterior's own.
    """
    random = np.random.default_rng(seed)
    first = int(FIRST_SHARE * len(cube))
    rough, _ = train_estimator(cube[:first], statistics[:first], settings, seed)
    drawn = sample_estimator(rough, human[None], 4000, seed)[0]
    low, high = np.quantile(drawn, [(1 - KEPT) / 2, (1 + KEPT) / 2], axis=0)
    margin = 0.05 * (high - low)
    low, high = np.maximum(low - margin, 0.0), np.minimum(high + margin, 1.0)
    inside = random.random((int(SECOND_SHARE * len(cube)), cube.shape[1]))
    simulated = more(low + (high - low) * inside)
    usable = np.isfinite(simulated).all(-1)
    fine, record = train_estimator(inside[usable], simulated[usable], settings, seed + 1)
    final = low + (high - low) * sample_estimator(fine, human[None], draws, seed + 1)[0]
    volume = float(np.prod(high - low))
    told = {"epochs": record["epochs"], "share_of_prior": volume}
    return CrossCheck(final, first + len(inside), told)


def compare_estimators(
    posterior: str | Path,
    others: Mapping[str, str | Path],
    benchmarks: Mapping[str, list[str]],
    simulations: int,
    parameter_prior: dict[str, Any],
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
        parameter_prior: Bounds of the prior.
        warning: misspecification.json, which explains gaps where the model misfits.
        table: Where the CSV file goes: mean and SD of every quantity, their distance from the
            ensemble's, simulations, seconds and memory.
        summary: Where the JSON file goes: whether they agree on the derived quantities, and why
            they need not.
        figure: Where the figure goes.
    """
    from satisfice.report.figures_estimators import estimators  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    prior = ParameterPrior.from_config(parameter_prior)
    found = {"npe": read_draws(posterior)["theta"]}
    used = {"npe": simulations}
    for name, path in others.items():
        found[name] = read_arrays(path)["theta"]
        used[name] = int(read_json(Path(path).with_suffix(".json"))["simulations"])
    rows, base = [], pd.DataFrame()
    for name, theta in found.items():
        names, values = quantities(prior, prior.to_unit(theta.reshape(-1, theta.shape[-1])))
        measured = pd.DataFrame({"mean": values.mean(0), "sd": values.std(0, ddof=1)}, index=names)
        measured["q05"], measured["q95"] = np.quantile(values, [0.05, 0.95], axis=0)
        base = measured if name == "npe" else base
        measured["shift"] = (measured["mean"] - base["mean"]) / base["sd"]
        measured["sd_ratio"] = measured["sd"] / base["sd"]
        measured.insert(0, "estimator", name)
        costs = [read_costs(path) for path in benchmarks[name]]
        measured["simulations"] = used[name]
        measured["seconds"] = sum(cost[0] for cost in costs)
        measured["peak_memory_mb"] = max(cost[1] for cost in costs)
        rows.append(measured.rename_axis("quantity").reset_index())
    joined = pd.concat(rows, ignore_index=True)
    write_table(table, joined)
    agreement = _agreement(joined, read_json(warning)["warning"])
    write_json(summary, agreement)
    logger.info("%s", agreement["sentence"])
    with drawing():
        save(estimators(joined, agreement["sentence"]), figure)


def _agreement(joined: pd.DataFrame, warning: str) -> dict[str, Any]:
    derived = joined.quantity.map(lambda name: str(name).startswith(DERIVED))
    others = joined[derived & (joined.estimator != "npe")]
    apart = (others["shift"].abs() > MOST_SHIFT) | ((others["sd_ratio"] - 1).abs() > MOST_SPREAD)
    worst = {
        str(name): {
            "largest_shift": float(rows["shift"].abs().max()),
            "largest_sd_difference": float((rows["sd_ratio"] - 1).abs().max()),
            "agrees": not bool(apart[rows.index].any()),
        }
        for name, rows in others.groupby("estimator", sort=False)
    }
    agree = [name for name, row in worst.items() if row["agrees"]]
    apart_names = [name for name in worst if name not in agree]
    return {
        "by_estimator": worst,
        "sentence": _sentence(agree, apart_names, warning),
    }


def _sentence(agree: list[str], apart: list[str], warning: str) -> str:
    parts = []
    if agree:
        parts.append(f"Agree with the ensemble on the derived quantities: {', '.join(agree)}.")
    if apart:
        parts.append(
            f"Apart from it by more than {MOST_SHIFT:g} posterior SDs or {MOST_SPREAD:.0%} of the "
            f"SD: {', '.join(apart)}."
        )
        if warning:
            parts.append(
                "The human data lie where no simulation of the model falls, so every estimator "
                f"extrapolates in its own way. {warning}"
            )
    return " ".join(parts)
