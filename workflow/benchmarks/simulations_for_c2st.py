"""How many simulations NPE and sequential ABC need to come close to the exact posterior."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import expit, logit
from scipy.stats import gaussian_kde
from torch import nn

from benchmarks.budgets import mean_c2st, needed
from benchmarks.figures import budgets_figure
from experiments.cross_checks.exact_statistics import ExactStatistics
from experiments.cross_checks.one_estimator import train_estimator
from experiments.cross_checks.reference_comparison import DRAWS, LARGEST_C2ST
from experiments.cross_checks.reference_posterior import ExactPosterior, Pilot, abc_posterior
from experiments.cross_checks.sbi_cross_checks import noise_near, sequential_abc
from experiments.cross_checks.two_sample import c2st
from satisfice.inference.sbi_compat import sample_estimator
from satisfice.inference.settings import EstimatorSettings
from satisfice.io.files import write_table
from satisfice.progress import Progress
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

MEMBERS = 2
"""Size of NPE's ensemble."""


def measure_budgets(
    game: str,
    *,
    policy: str | Path,
    dataset: str | Path,
    observed: str | Path,
    estimator: Mapping[str, Any],
    reference: Mapping[str, int],
    budgets: Sequence[int],
    data_sets: int,
    seed: int,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Hold NPE and sequential ABC against reference posteriors at several budgets.

    Both are given exact simulations, so that nothing but the estimator differs. NPE's serve all
    data sets; ABC simulates anew for each.

    Args:
        game: Name of the game.
        policy: Folder of the trained policy, of a memoryless population.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        estimator: The config's ``inference.estimator``.
        reference: The config's ``cross_checks.reference`` of the game.
        budgets: Simulations that each estimator is given.
        data_sets: Number of simulated data sets.
        seed: The run's seed.
        table: Output: CSV file, one row for each estimator, budget and data set.
        summary: Output: CSV file of simulations needed.
        figure: Output: the figure.
    """
    exact = ExactStatistics.solve(policy, dataset, observed, reference["solves"], seed)
    pilot = exact.pilot(reference["pilot"])
    neural = train_at_budgets(exact, estimator, budgets, seed)
    draws = min(DRAWS, reference["simulations"] // 100)
    rows, report = [], Progress(data_sets, "data sets")
    for number, truth in enumerate(exact.truths(data_sets)):
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
    found.insert(0, "game", game)
    # NPE is trained once for all data sets, so its simulations count once.
    found.loc[(found.estimator == "npe") & (found.data_set > 0), "simulations"] = 0
    write_table(table, found)
    means = mean_c2st(found)
    wanted = needed(means, LARGEST_C2ST)
    write_table(summary, wanted)
    with drawing():
        save(budgets_figure(means, wanted), figure)


def train_at_budgets(
    exact: ExactStatistics, estimator: Mapping[str, Any], budgets: Sequence[int], seed: int
) -> dict[int, list[nn.Module]]:
    """An ensemble for each budget; a larger budget adds simulations to the smaller one's."""
    random = np.random.default_rng(small_seed(seed, "budgets"))
    cube = random.random((max(budgets), len(exact.space.names)))
    statistics = exact.simulate(cube, "budgets")
    training = EstimatorSettings(**estimator)
    return {
        budget: [
            train_estimator(
                cube[:budget], statistics[:budget], training, small_seed(seed, "budget", member)
            )[0]
            for member in range(MEMBERS)
        ]
        for budget in sorted(budgets)
    }


def neural_row(
    members: list[nn.Module],
    known: ExactPosterior,
    data: np.ndarray,
    budget: int,
    seed: int,
    number: int,
) -> dict[str, Any]:
    """How far NPE's draws for one data set are from the reference."""
    each = len(known.cube) // len(members)
    one_seed = small_seed(seed, "npe", budget, number)
    drawn = [
        sample_estimator(member, data[None], each, one_seed + place)[0]
        for place, member in enumerate(members)
    ]
    accuracy = _distance(known, np.concatenate(drawn), one_seed)
    return {"estimator": "npe", "simulations": budget, "c2st": accuracy}


def abc_row(
    exact: ExactStatistics,
    pilot: Pilot,
    known: ExactPosterior,
    data: np.ndarray,
    budget: int,
    seed: int,
    number: int,
) -> dict[str, Any]:
    """How far the draws of sequential ABC at that budget are from the reference."""
    calls = 0

    def simulate(cube: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return exact.simulate(cube, "abc", budget, number, calls)

    parameters = len(exact.space.names)
    one_seed = small_seed(seed, "abc", budget, number)
    noise = noise_near(pilot.emulator, data, parameters)
    found = sequential_abc(simulate, parameters, data, noise, budget, len(known.cube), one_seed)
    accuracy = _distance(known, smoothed(found.cube, len(known.cube), one_seed), one_seed)
    return {"estimator": "smc_abc", "simulations": found.simulations, "c2st": accuracy}


def smoothed(cube: np.ndarray, draws: int, seed: int) -> np.ndarray:
    """As many draws as wanted, of a Gaussian kernel density where there are fewer.

    A small budget makes few particles, and a classifier that is given few draws finds nothing. So
    they are smoothed, as in the benchmark of Lueckmann et al. (2021), on the logit scale.

    Args:
        cube: Shape (draws found, parameters), on the unit cube.
        draws: Number wanted.
        seed: Seed of the density's draws.

    Returns:
        Shape (draws, parameters), inside the unit cube.
    """
    if len(cube) >= draws:
        return cube[:draws]
    density = gaussian_kde(logit(np.clip(cube, 1e-6, 1 - 1e-6)).T)
    return np.asarray(expit(density.resample(draws, seed=seed).T))


def _distance(known: ExactPosterior, cube: np.ndarray, seed: int) -> float:
    """C2ST between the reference and as many draws."""
    number = min(len(known.cube), len(cube))
    return c2st(known.cube[:number], cube[:number], seed % 1000)
