"""Rule ``calibrate``: known truths against the posteriors that their simulations get."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from satisfice.checks.calibration import calibrate
from satisfice.checks.two_sample import local_c2st
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.training_data import split_simulations
from satisfice.io.files import write_arrays
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger
from satisfice.randomness import small_seed

DRAWS = 100
"""Posterior draws of each ensemble member for one data set."""


def calibrate_posterior(
    ensemble: str | Path,
    simulations: str | Path,
    observed: str | Path,
    parameter_prior: dict[str, Any],
    reserved: int,
    trials: int,
    seed: int,
    output: str | Path,
) -> None:
    """Check the ensemble on simulations that it has not seen.

    Args:
        ensemble: The safetensors file of the ensemble.
        simulations: The npz file of all simulations.
        observed: observed.csv.
        parameter_prior: Bounds of the prior.
        reserved: Simulations set aside for these checks.
        trials: Null trials of the local test.
        seed: The run's seed.
        output: A npz file: names of the parameters and derived quantities; ranks, truth, mean,
            sd, contraction and z_score, shape (data sets, names); largest_rank; tarp_ranks; and
            lc2st, the p-value of the local test at the human data.
    """
    prior = ParameterPrior.from_config(parameter_prior)
    data = split_simulations(simulations, observed, reserved)
    judged = Ensemble.load(ensemble)
    name = Path(output).parent.name
    by_member = judged.sample(data["x_reserved"], DRAWS, seed, "sbc")
    draws = np.concatenate(by_member, axis=1)
    truth = prior.to_unit(data["theta_reserved"])
    names, of_draws = quantities(prior, draws)
    _, of_truth = quantities(prior, truth)
    found = calibrate(of_draws, of_truth, draws, truth, small_seed(seed, "tarp", name))
    logger.info("%d data sets compared with their truths", len(truth))
    one_each = np.random.default_rng(small_seed(seed, "lc2st", name)).integers(
        draws.shape[1], size=len(draws)
    )
    human = judged.sample(data["x_observed"], DRAWS, seed, "lc2st")
    p_value = local_c2st(
        truth,
        data["x_reserved"],
        draws[np.arange(len(draws)), one_each],
        data["x_observed"][0],
        np.concatenate(human[:, 0]),
        trials=trials,
        seed=small_seed(seed, "classifiers", name),
    )
    write_arrays(
        output,
        names=np.array(names),
        **vars(found),
        largest_rank=np.array(draws.shape[1]),
        lc2st=np.array(p_value),
    )
