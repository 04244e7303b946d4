"""The npz files of a run: simulations, posterior draws and predictions."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from satisfice.errors import SatisficeError
from satisfice.io.files import REMEDY, read_arrays
from satisfice.population.parameters import ParameterSpace


def read_simulations(path: str | Path) -> dict[str, np.ndarray]:
    """Read the npz file of simulations that the rule ``simulate`` wrote.

    Raises:
        SatisficeError: It is broken, or its arrays do not fit together.
    """
    return read_arrays(
        path,
        theta="simulations parameters",
        x="simulations statistics",
        failures="simulations",
        labels="statistics pair",
    )


def read_draws(path: str | Path) -> dict[str, np.ndarray]:
    """Read the npz file of posterior draws that the rule ``infer`` wrote.

    Raises:
        SatisficeError: It is broken, or theta does not have the shape (members, draws, parameters).
    """
    return read_arrays(path, theta="members draws parameters")


def space_in(archive: Mapping[str, np.ndarray], path: str | Path) -> ParameterSpace:
    """The parameters of the simulations or draws in an npz file.

    Raises:
        SatisficeError: The file does not name them.
    """
    try:
        return ParameterSpace.from_json(str(archive["space"].item()))
    except (KeyError, ValueError) as error:
        raise SatisficeError(path, "does not name its parameters.", REMEDY) from error


def read_predictions(path: str | Path, statistics: int) -> np.ndarray:
    """Read predicted statistics, shape (..., draws, statistics).

    Raises:
        SatisficeError: The file is broken, or has another number of statistics.
    """
    x = read_arrays(path)["x"]
    if x.ndim < 2 or x.shape[-1] != statistics:
        problem = f"array x has the shape {x.shape}, not (draws, {statistics})."
        raise SatisficeError(path, problem, REMEDY)
    if not np.isfinite(x).all():
        raise SatisficeError(path, "holds predictions that are not finite.", REMEDY)
    return x
