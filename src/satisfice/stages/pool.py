"""Rule ``pool``: does one population explain the humans of all games?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.inference.ensemble import Ensemble
from satisfice.inference.pooling import POINTS, check_shared, moments, pool, pooled_in_words
from satisfice.io.files import read_json, write_arrays, write_json, write_table
from satisfice.io.observed import read_observed
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger
from satisfice.randomness import small_seed

DRAWS = 4000
"""Draws of the pooled posterior."""


def pool_games(
    ensembles: Mapping[str, str | Path],
    observed: Mapping[str, str | Path],
    parameter_priors: Mapping[str, dict[str, Any]],
    misspecification: Mapping[str, str | Path],
    seed: int,
    output: str | Path,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Pool the games' posteriors: one skill Gaussian for all, a KL weight for each game.

    Args:
        ensembles: The safetensors file of each game's ensemble.
        observed: observed.csv of each game.
        parameter_priors: The config's ``parameter_prior`` of each game.
        misspecification: misspecification.json of each game.
        seed: The run's seed.
        output: A npz file with the pooled theta of each game, shape (draws, 3).
        table: A CSV file with means and SDs of every quantity, separate and pooled.
        summary: A JSON file with the Bayes factor.
        figure: Where the figure goes.

    Raises:
        SatisficeError: The games have supertypes by role, or other bounds of mu or sigma.
    """
    from satisfice.report.figures_pooling import pooling  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    priors = {game: ParameterPrior.from_config(block) for game, block in parameter_priors.items()}
    check_shared(priors)
    densities, separate = {}, {}
    for game, path in ensembles.items():
        human = read_observed(observed[game])
        statistics = human[human.split == "fit"].value.to_numpy()
        ensemble = Ensemble.load(path)
        densities[game] = partial(ensemble.log_density, statistics=statistics)
        drawn = ensemble.sample(statistics[None], DRAWS // len(ensemble.members), seed, "pool")
        separate[game] = np.concatenate(drawn[:, 0])
    found = pool(densities, POINTS, DRAWS, small_seed(seed, "pool"))
    write_table(table, moments(priors, separate, found.cube))
    warned = [game for game, path in misspecification.items() if read_json(path)["warning"]]
    content = {
        "log_bayes_factor": found.log_bayes_factor,
        "largest_log_bayes_factor_of_the_grid": found.overlap,
        "sentence": pooled_in_words(found.log_bayes_factor, warned),
    }
    write_json(summary, content)
    theta = {game: priors[game].from_unit(cube) for game, cube in found.cube.items()}
    write_arrays(output, **theta)
    shown = {game: priors[game].from_unit(cube) for game, cube in separate.items()}
    logger.info("%s", content["sentence"])
    with drawing():
        save(pooling(shown, next(iter(theta.values())), str(content["sentence"])), figure)
