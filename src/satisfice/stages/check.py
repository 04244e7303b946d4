"""Rule ``check``: is a posterior right, and can the model produce the human data?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.checks.recovery import recover
from satisfice.checks.settings import MisspecificationSettings
from satisfice.checks.statistics_of import TestedStatistics
from satisfice.checks.two_sample import local_c2st
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.inference.ensemble import Ensemble
from satisfice.inference.training_data import TrainingData, split_simulations
from satisfice.io.files import write_arrays, write_json
from satisfice.io.game_run import GameRun
from satisfice.io.observed import read_observed
from satisfice.io.posterior_file import write_posterior
from satisfice.io.runs import read_draws, read_predictions, read_simulations
from satisfice.learning.populations import load_population
from satisfice.population.derived import quantities
from satisfice.progress import logger
from satisfice.randomness import small_seed

DRAWS = 100
"""Posterior draws of each ensemble member for one data set."""


def check(
    game: str,
    belief: str,
    run: Mapping[str, Any],
    config: Mapping[str, Any],
    dataset: str | Path,
    misspecification: Mapping[str, Any],
    seed: int,
) -> None:
    """Check a posterior on reserved simulations, and the model on the human data.

    Writes calibration.npz, misspecification.json and posterior.nc, which joins them with the
    posterior, the prior, the predictives and the data. The game's config goes into posterior.nc;
    its ``inference.sbc`` is the number of reserved simulations. ``misspecification`` has the
    settings of that test, and the folder ``dataset`` the human data, for the experiment's design.
    """
    who = GameRun(**run)
    simulations, observed = who.simulations(belief), who.file("observed.csv")
    data = split_simulations(simulations, observed, config["inference"]["sbc"])
    table = read_observed(observed)

    judged = Ensemble.load(who.inferred(belief, "ensemble.safetensors"))
    recovery = _recovery(judged, data, config["inference"]["lc2st_trials"], seed)
    write_arrays(who.inferred(belief, "calibration.npz"), **recovery)
    logger.info("posteriors of %d data sets with known parameters", len(recovery["truth"]))

    name = next(name for name, of in who.bounded.items() if of == belief)
    population, _ = load_population(who.policy(belief))
    given = TestedStatistics.of(TrainedPopulation(population), name, dataset, observed, seed, data)
    found = given.findings(MisspecificationSettings(**misspecification))
    write_json(who.inferred(belief, "misspecification.json"), found)

    write_posterior(
        who.inferred(belief, "posterior.nc"),
        table,
        space=data.space,
        prior=read_simulations(simulations),
        theta=read_draws(who.inferred(belief, "posterior.npz"))["theta"],
        predicted=read_predictions(who.predictions(name), len(table)),
        recovery=recovery,
        misspecification=found,
        attributes={"game": game, "prior_belief": belief, "seed": seed, "config": config},
    )


def _recovery(
    judged: Ensemble, data: TrainingData, trials: int, seed: int
) -> dict[str, np.ndarray]:
    """Content of calibration.npz: ranks, moments and joint coverage of true parameters.

    Names of the parameters and derived quantities; ranks, truth, mean, sd, contraction and z_score,
    shape (data sets, names); largest_rank; tarp_ranks; lc2st, the p-value at the human data.
    """
    by_member = judged.sample(data.x_reserved, DRAWS, seed, "sbc")
    draws = np.concatenate(by_member, axis=1)
    truth = data.cube_reserved
    names, of_draws = quantities(data.space, draws)
    _, of_truth = quantities(data.space, truth)
    found = recover(of_draws, of_truth, draws, truth, small_seed(seed, "tarp", judged.name))
    one_each = np.random.default_rng(small_seed(seed, "lc2st", judged.name)).integers(
        draws.shape[1], size=len(draws)
    )
    human = judged.sample(data.x_observed, DRAWS, seed, "lc2st")
    p_value = local_c2st(
        truth,
        data.x_reserved,
        draws[np.arange(len(draws)), one_each],
        data.x_observed[0],
        np.concatenate(human[:, 0]),
        trials=trials,
        seed=small_seed(seed, "classifiers", judged.name),
    )
    return {
        "names": np.array(names),
        **vars(found),
        "largest_rank": np.array(draws.shape[1]),
        "lc2st": np.array(p_value),
    }
