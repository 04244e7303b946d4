"""What posterior.nc must hold for a report, checked before anything is drawn from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from satisfice.errors import SatisficeError
from satisfice.population.parameters import ParameterSpace

REMEDY = "Delete the file and rerun the rule assemble."
ATTRIBUTES = ("warning", "misspecification", "space")
DRAWN = ("chain", "draw")
RANKED = ("simulation", "parameter")

NEEDED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "posterior": {},
    "prior": {},
    "observed_data": {"statistics": ("treatment", "statistic")},
    "constant_data": {},
    "sbc": {
        **dict.fromkeys(("rank", "truth", "mean", "sd", "contraction", "z_score"), RANKED),
        "tarp_rank": ("simulation",),
    },
}
"""Groups that a report cannot do without, with variables and their dimensions."""


def check_groups(
    path: str | Path, groups: Mapping[str, xr.Dataset], attributes: Mapping[str, Any]
) -> None:
    """Check groups, their variables and attributes.

    Args:
        path: The file, for messages.
        groups: Its groups by name.
        attributes: Its attributes.

    Raises:
        SatisficeError: One is missing, or has other dimensions.
    """
    for group, variables in NEEDED.items():
        if group not in groups:
            raise _lacks(path, f"the group '{group}'")
        for name, dims in variables.items():
            _check(path, groups, group, name, dims)
    for name in ATTRIBUTES:
        if name not in attributes:
            raise _lacks(path, f"the attribute '{name}'")
    try:
        ParameterSpace.from_json(str(attributes["space"]))
    except ValueError as error:
        raise SatisficeError(path, f"says of its parameters what is {error}.", REMEDY) from error
    if "largest_rank" not in groups["sbc"].attrs:
        raise _lacks(path, "the attribute 'largest_rank' of the group 'sbc'")


def check_draws(
    path: str | Path, groups: Mapping[str, xr.Dataset], parameters: Iterable[str]
) -> None:
    """Check the draws of each parameter, from the prior and from the posterior.

    Raises:
        SatisficeError: They are missing, have other dimensions, or are no finite numbers.
    """
    for name in parameters:
        for group in ("posterior", "prior"):
            _check(path, groups, group, name, DRAWN)
            if not np.isfinite(groups[group][name].to_numpy()).all():
                problem = f"variable '{name}' of '{group}' holds NaN or infinity."
                raise SatisficeError(path, problem, REMEDY)


def _check(
    path: str | Path, groups: Mapping[str, xr.Dataset], group: str, name: str, dims: tuple[str, ...]
) -> None:
    if name not in groups[group]:
        raise _lacks(path, f"the variable '{name}' of the group '{group}'")
    found = groups[group][name].dims
    if found != dims:
        problem = f"variable '{name}' of '{group}' has the dimensions {found}, not {dims}."
        raise SatisficeError(path, problem, REMEDY)


def _lacks(path: str | Path, what: str) -> SatisficeError:
    return SatisficeError(path, f"lacks {what}.", REMEDY)
