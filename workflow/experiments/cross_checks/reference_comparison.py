"""Rule ``reference_posteriors``: how good is the estimator where exact answers can be had?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.cross_checks.exact_simulator import ExactBehaviour
from experiments.cross_checks.exact_statistics import ExactStatistics
from experiments.cross_checks.reference_posterior import Pilot, abc_posterior, likelihood_posterior
from experiments.cross_checks.sbi_cross_checks import noise_near, sequential_abc
from experiments.cross_checks.two_sample import c2st
from satisfice.inference.ensemble import Ensemble
from satisfice.io.files import write_json, write_table
from satisfice.population.derived import quantities
from satisfice.progress import Progress
from satisfice.randomness import small_seed

DRAWS = 1000
"""Most draws of each posterior that a classifier is given; fewer where few are accepted."""

LARGEST_C2ST = 0.58
"""Mean accuracy of the classifier up to which the estimator counts as right."""


def reference_posteriors(
    game: str,
    belief: str,
    *,
    policy: str | Path,
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
        game: Name of the game.
        belief: Name of the prior belief, under which play is memoryless.
        policy: Folder of the trained policy.
        ensemble: The safetensors file of the ensemble.
        dataset: Folder of the human data, for the experiment's design.
        observed: observed.csv, which says what is fitted.
        budget: Simulations that the ensemble had, and that sequential ABC is given.
        settings: The config's ``experiments.cross_checks.<game>.reference``.
        seed: The run's seed.
        table: Output: CSV file, one row for each data set and quantity.
        summary: Output: JSON file.
    """
    exact = ExactStatistics.solve(policy, dataset, observed, settings["solves"], seed)
    pilot, judged = exact.pilot(settings["pilot"]), Ensemble.load(ensemble)
    truths = exact.truths(settings["data_sets"])
    report, rows = Progress(len(truths), f"data sets of {game} {belief}"), []
    for number, truth in enumerate(truths):
        rows.append(compare_one(exact, pilot, judged, truth, number, budget, settings, seed))
        report(number + 1)
    joined = pd.concat(rows, ignore_index=True)
    write_table(table, joined)
    write_json(summary, summarise(joined, exact.behaviour, budget, settings))


def compare_one(
    exact: ExactStatistics,
    pilot: Pilot,
    ensemble: Ensemble,
    truth: np.ndarray,
    number: int,
    budget: int,
    settings: dict[str, int],
    seed: int,
) -> pd.DataFrame:
    """Compare the ensemble and sequential ABC with the references of one data set.

    Args:
        exact: The exact simulator.
        pilot: Its simulations from the whole prior.
        ensemble: The estimator.
        truth: Shape (parameters,), on the unit cube.
        number: Of the data set, which seeds it.
        budget: Simulations that sequential ABC is given.
        settings: See :func:`reference_posteriors`.
        seed: The run's seed.

    Returns:
        One row for each quantity.
    """
    data, counts = exact.one(truth, number)
    draws = min(DRAWS, settings["simulations"] // 100)
    one_seed = small_seed(seed, "reference", number)
    reference = abc_posterior(
        pilot, lambda cube: exact.simulate(cube, "box", number), data,
        settings["simulations"], draws, one_seed,
    )  # fmt: skip
    decisions = likelihood_posterior(
        lambda cube: exact.behaviour.log_likelihood(counts, cube),
        len(truth), settings["points"], draws, one_seed,
    )  # fmt: skip
    calls = 0

    def simulate(cube: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        return exact.simulate(cube, "abc", number, calls)

    noise = noise_near(pilot.emulator, data, len(truth))
    abc = sequential_abc(simulate, len(truth), data, noise, budget, draws // 2, one_seed)
    drawn = ensemble.sample(data[None], draws // len(ensemble.members), seed, f"reference {number}")
    neural = np.concatenate(drawn[:, 0])
    names, _ = quantities(exact.space, truth)
    spread = {
        name: quantities(exact.space, cube)[1].std(0)
        for name, cube in {
            "npe": neural, "reference": reference.cube, "decisions": decisions.cube,
            "smc_abc": abc.cube,
        }.items()
    }  # fmt: skip
    return pd.DataFrame(
        {
            "data_set": number,
            "quantity": names,
            "truth": quantities(exact.space, truth)[1],
            **{f"sd_{name}": values for name, values in spread.items()},
            "c2st_npe": c2st(reference.cube[: len(neural)], neural, one_seed % 1000),
            "c2st_smc_abc": c2st(reference.cube[: len(abc.cube)], abc.cube, one_seed % 1000),
            "simulations_smc_abc": abc.simulations,
            "instability_of_reference": reference.stability,
        }
    )


def summarise(
    joined: pd.DataFrame, behaviour: ExactBehaviour, budget: int, settings: dict[str, int]
) -> dict[str, Any]:
    """All data sets in a few numbers, and whether the estimator is right."""
    sets = joined.drop_duplicates("data_set")
    sharper = joined.sd_decisions / joined.sd_reference
    npe = float(sets.c2st_npe.mean())
    return {
        "data_sets": len(sets),
        "simulations_of_estimator": budget,
        "c2st_npe": npe,
        "c2st_smc_abc": float(sets.c2st_smc_abc.mean()),
        "largest_c2st_npe": float(sets.c2st_npe.max()),
        "threshold": LARGEST_C2ST,
        "passed": npe <= LARGEST_C2ST,
        "median_instability_of_reference": float(sets.instability_of_reference.median()),
        "simulations_of_reference": settings["pilot"] + len(sets) * settings["simulations"],
        "sd_with_decisions_over_sd_with_statistics": {
            str(name): float(values.median())
            for name, values in sharper.groupby(joined.quantity, sort=False)
        },
        "interpolation_total_variation": dict(behaviour.error),
    }
