"""Estimators against reference posteriors, on data sets whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.two_sample import c2st
from satisfice.inference.emulator import noise_near
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.exact_statistics import ExactStatistics
from satisfice.inference.reference_posterior import Pilot, abc_posterior, likelihood_posterior
from satisfice.inference.sbi_cross_checks import sequential_abc
from satisfice.population.derived import quantities
from satisfice.randomness import small_seed
from satisfice.simulation.exact_simulator import ExactBehaviour

DRAWS = 1000
"""Most draws of each posterior that a classifier is given; fewer where few are accepted."""

LARGEST_C2ST = 0.58
"""Mean accuracy of the classifier up to which the estimator counts as right."""


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
        settings: The config's ``cross_checks.reference``.
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
    names, _ = quantities(exact.prior, truth)
    spread = {
        name: quantities(exact.prior, cube)[1].std(0)
        for name, cube in {
            "npe": neural, "reference": reference.cube, "decisions": decisions.cube,
            "smc_abc": abc.cube,
        }.items()
    }  # fmt: skip
    return pd.DataFrame(
        {
            "data_set": number,
            "quantity": names,
            "truth": quantities(exact.prior, truth)[1],
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
