"""Content of posterior.nc: posterior, prior, predictives, data and SBC of one prior belief."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from satisfice.io.inference_data import dataset, draws_of, numbered, write_inference_data
from satisfice.population.parameters import ParameterSpace
from satisfice.provenance import versions

PRIOR_DRAWS = 2000
"""Number of draws of the prior and the prior predictive in the file."""

Arrays = Mapping[str, np.ndarray]


def write_posterior(
    path: str | Path,
    observed: pd.DataFrame,
    *,
    space: ParameterSpace,
    prior: Arrays,
    theta: np.ndarray,
    predicted: np.ndarray,
    recovery: Arrays,
    misspecification: Mapping[str, Any],
    attributes: Mapping[str, Any],
) -> None:
    """Write everything about one posterior into one ArviZ file.

    The prior's simulations are theta, x and failures; theta has the shape (members, draws,
    parameters). Predictions, shape (draws, statistics), are ordered by member. ``recovery`` and
    ``misspecification`` are the content of calibration.npz and misspecification.json.
    """
    grid = {
        "treatment": list(dict.fromkeys(observed.treatment)),
        "statistic": list(dict.fromkeys(observed.statistic)),
    }
    shape = tuple(map(len, grid.values()))

    def on_grid(values: np.ndarray, chains: int) -> xr.Dataset:
        panel = values.reshape(chains, -1, *shape)
        return dataset({"statistics": panel}, ["chain", "draw", *grid], numbered(panel) | grid)

    def of_data(**columns: pd.Series[Any]) -> xr.Dataset:
        values = {name: column.to_numpy().reshape(shape) for name, column in columns.items()}
        return dataset(values, list(grid), grid)

    kept = np.flatnonzero(prior["failures"] == "")[:PRIOR_DRAWS]
    warning = {"warning": misspecification["warning"]}
    groups = {
        "posterior": draws_of(space, theta).assign_attrs(warning),
        "prior": draws_of(space, prior["theta"][kept][None]),
        "prior_predictive": on_grid(prior["x"][kept], 1),
        "posterior_predictive": on_grid(predicted, len(theta)),
        "observed_data": of_data(statistics=observed.value),
        "constant_data": of_data(
            standard_error=observed.standard_error,
            fitted=observed.split == "fit",
            provenance=observed.provenance,
        ),
        "sbc": _sbc_group(recovery),
    }
    found = {
        **warning,
        "misspecification": misspecification,
        "versions": versions(),
        "space": space.as_json(),
    }
    write_inference_data(path, groups, {**attributes, **found})


def _sbc_group(found: Arrays) -> xr.Dataset:
    """True parameters and derived quantities against their posteriors."""
    columns = ("truth", "mean", "sd", "contraction", "z_score")
    group = dataset(
        {"rank": found["ranks"], **{name: found[name] for name in columns}},
        ["simulation", "parameter"],
        {"parameter": [str(name) for name in found["names"]]},
    ).assign(tarp_rank=("simulation", found["tarp_ranks"]))
    return group.assign_attrs(
        largest_rank=int(found["largest_rank"]), lc2st_p_value=float(found["lc2st"])
    )
