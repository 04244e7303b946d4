"""Rules ``assemble``, ``score`` and ``join_scores``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from satisfice.evaluation.rows import Prediction, score_rows, scored_parts
from satisfice.evaluation.scores import Human, held_out_crps
from satisfice.evaluation.splits import DEFAULT, Split
from satisfice.io.files import read_arrays, read_json, read_table, write_table
from satisfice.io.inference_data import dataset, draws_of, numbered, write_inference_data
from satisfice.io.observed import correlation_of, read_observed
from satisfice.io.runs import read_draws, read_predictions, read_simulations, space_in
from satisfice.progress import logger
from satisfice.provenance import versions
from satisfice.randomness import small_seed

PRIOR_DRAWS = 2000
"""Draws of the prior and its predictive that posterior.nc keeps."""


def assemble(
    observed: str | Path,
    simulations: str | Path,
    posterior: str | Path,
    calibration: str | Path,
    misspecification: str | Path,
    predictive: str | Path,
    attributes: Mapping[str, Any],
    output: str | Path,
) -> None:
    """Put everything about one calibration into one ArviZ file.

    Args:
        observed: observed.csv.
        simulations: The npz file of simulations from the prior.
        posterior: The npz file of posterior draws.
        calibration: The npz file of known truths against their posteriors.
        misspecification: What the test of misspecification found, as JSON.
        predictive: The npz file of the posterior predictive.
        attributes: Saved with the file: game, belief, config.
        output: Where posterior.nc goes.
    """
    table = read_observed(observed)
    prior, fitted, checked = (
        read_simulations(simulations),
        read_draws(posterior),
        read_arrays(calibration),
    )
    predicted = read_predictions(predictive, len(table))
    verdict = read_json(misspecification)
    treatments = list(dict.fromkeys(table.treatment))
    statistics = list(dict.fromkeys(table.statistic))
    grid = {"treatment": treatments, "statistic": statistics}
    shape = (len(treatments), len(statistics))
    members = len(fitted["theta"])

    def on_grid(values: np.ndarray, chains: int) -> xr.Dataset:
        panel = values.reshape(chains, -1, *shape)
        dims = ["chain", "draw", "treatment", "statistic"]
        return dataset({"statistics": panel}, dims, numbered(panel) | grid)

    space = space_in(fitted, posterior)

    usable = prior["failures"] == ""
    kept = np.flatnonzero(usable)[:PRIOR_DRAWS]
    constants = {
        "standard_error": table.standard_error.to_numpy().reshape(shape),
        "fitted": (table.split == "fit").to_numpy().reshape(shape),
        "provenance": table.provenance.to_numpy(dtype="U").reshape(shape),
    }
    human = table.value.to_numpy().reshape(shape)
    groups = {
        "posterior": draws_of(space, fitted["theta"]).assign_attrs(warning=verdict["warning"]),
        "prior": draws_of(space, prior["theta"][kept][None]),
        "prior_predictive": on_grid(prior["x"][kept], 1),
        "posterior_predictive": on_grid(predicted, members),
        "observed_data": dataset({"statistics": human}, ["treatment", "statistic"], grid),
        "constant_data": dataset(constants, ["treatment", "statistic"], grid),
        "sbc": _calibration_group(checked),
    }
    found = {
        "warning": verdict["warning"],
        "misspecification": verdict,
        "versions": versions(),
        "space": space.as_json(),
    }
    write_inference_data(output, groups, {**attributes, **found})


def _calibration_group(checked: Mapping[str, np.ndarray]) -> xr.Dataset:
    """Known truths against their posteriors, for parameters and derived quantities."""
    columns = ("truth", "mean", "sd", "contraction", "z_score")
    group = dataset(
        {"rank": checked["ranks"], **{name: checked[name] for name in columns}},
        ["simulation", "parameter"],
        {"parameter": [str(name) for name in checked["names"]]},
    ).assign(tarp_rank=("simulation", checked["tarp_ranks"]))
    return group.assign_attrs(
        largest_rank=int(checked["largest_rank"]), lc2st_p_value=float(checked["lc2st"])
    )


def score(
    observed: str | Path,
    predictions: Mapping[str, str | Path],
    groups: Mapping[str, str],
    replicates: int,
    seed: int,
    output: str | Path,
    correlations: str | Path | None = None,
) -> None:
    """Score every contender on the fitted and on the held-out statistics.

    Args:
        observed: observed.csv.
        predictions: The npz file of each contender's predictions.
        groups: What each contender is.
        replicates: Redraws of the human statistics, for intervals.
        seed: The run's seed.
        output: Where scores.csv goes.
        correlations: correlations.csv of the data set, where it has one.
    """
    table = read_observed(observed)
    people = Human.of(
        table.value.to_numpy(),
        table.standard_error.to_numpy(),
        replicates,
        small_seed(seed, "score"),
        correlation_of(table, correlations),
    )
    predicted = {
        name: Prediction.read(path, groups[name], len(table)) for name, path in predictions.items()
    }
    held_out = (table.split == "held_out").to_numpy()
    parts = scored_parts(predicted, [Split(DEFAULT, ~held_out, held_out)], people)
    scores = pd.concat([score_rows(predicted, *part) for part in parts], ignore_index=True)
    write_table(output, scores)
    for name, crps in held_out_crps(scores).items():
        logger.info("held-out CRPS of %s: %.2f", name, crps)


def join_scores(paths: Mapping[str, str | Path], output: str | Path) -> None:
    """Join the games' scores into one table with a column ``game``."""
    tables = [read_table(path).assign(game=game) for game, path in paths.items()]
    joined = pd.concat(tables)
    write_table(output, joined[["game", *joined.columns.drop("game")]])
