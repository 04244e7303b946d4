"""Posterior files: the only place that knows ArviZ's version."""

from __future__ import annotations

import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import xarray as xr

from satisfice.errors import SatisficeError
from satisfice.io.files import written_whole

if TYPE_CHECKING:
    import arviz as az

Groups = Mapping[str, xr.Dataset]


def dataset(
    variables: Mapping[str, np.ndarray],
    dims: list[str],
    coords: Mapping[str, Any] | None = None,
) -> xr.Dataset:
    """Build a dataset whose variables all have the same dimensions."""
    data = {name: (dims, np.asarray(values)) for name, values in variables.items()}
    return xr.Dataset(data, coords=dict(coords or {}))


def inference_data(groups: Groups) -> az.InferenceData:
    """Join groups in the form that ArviZ users expect."""
    import arviz as az  # noqa: PLC0415 - takes seconds

    with warnings.catch_warnings():
        # ArviZ warns of groups outside its schema; "sbc" is one by intention.
        warnings.simplefilter("ignore", UserWarning)
        return az.InferenceData(**dict(groups))  # type: ignore[arg-type]


def write_inference_data(path: str | Path, groups: Groups, attributes: Mapping[str, Any]) -> None:
    """Write one ArviZ file.

    Args:
        path: Where to; NetCDF.
        groups: Datasets by the name of their group.
        attributes: Saved with the file; texts and numbers as they are, the rest as JSON.
    """
    data = inference_data(groups)
    data.attrs = {
        name: value if isinstance(value, str | int | float) else json.dumps(value)
        for name, value in attributes.items()
    }
    with written_whole(path) as temporary:
        data.to_netcdf(str(temporary), engine="h5netcdf")


def read_inference_data(path: str | Path) -> az.InferenceData:
    """Read an ArviZ file.

    Raises:
        SatisficeError: The file is missing or is not a complete NetCDF file.
    """
    import arviz as az  # noqa: PLC0415

    if not Path(path).is_file():
        raise SatisficeError(path, "file not found.", "Rerun the rule that makes it.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            data: az.InferenceData = az.from_netcdf(str(path), engine="h5netcdf")  # type: ignore[no-untyped-call]
            # A broken part is found now, and not when somebody looks at it.
            data.load()
            return data
    except Exception as error:  # h5py, h5netcdf and xarray each have their own kind
        problem = f"is not a complete NetCDF file ({error})."
        remedy = "Delete the file and run again; the workflow makes it anew."
        raise SatisficeError(path, problem, remedy) from error
