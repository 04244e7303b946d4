"""Posterior files; only this module depends on ArviZ's version."""

from __future__ import annotations

import io
import json
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5netcdf
import numpy as np
import xarray as xr
from xarray.backends import H5NetCDFStore

from satisfice.errors import SatisficeError
from satisfice.io.files import REMAKE, REMEDY, write_bytes
from satisfice.population.derived import derived_quantities
from satisfice.population.parameters import ParameterSpace

if TYPE_CHECKING:
    import arviz as az

Groups = Mapping[str, xr.Dataset]


def dataset(
    variables: Mapping[str, np.ndarray], dims: list[str], coords: Mapping[str, Any] | None = None
) -> xr.Dataset:
    """Build a dataset whose variables all have the same dimensions."""
    data = {name: (dims, np.asarray(values)) for name, values in variables.items()}
    return xr.Dataset(data, coords=dict(coords or {}))


def draws_of(space: ParameterSpace, theta: np.ndarray) -> xr.Dataset:
    """Draws of parameters, shape (chains, draws, columns), and of derived quantities.

    One variable for each, with the dimensions chain and draw.
    """
    named = {name: theta[..., index] for index, name in enumerate(space.names)}
    return dataset(named | derived_quantities(theta, space), ["chain", "draw"], numbered(theta))


def numbered(values: np.ndarray) -> dict[str, np.ndarray]:
    """Coordinates of values whose first dimensions are chain and draw."""
    return {"chain": np.arange(values.shape[0]), "draw": np.arange(values.shape[1])}


def inference_data(groups: Groups) -> az.InferenceData:
    """Join groups in ArviZ's form."""
    import arviz as az  # noqa: PLC0415 - takes seconds

    with warnings.catch_warnings():
        # ArviZ warns of groups outside its schema, such as "sbc".
        warnings.simplefilter("ignore", UserWarning)
        return az.InferenceData(**dict(groups))  # type: ignore[arg-type]


def write_inference_data(path: str | Path, groups: Groups, attributes: Mapping[str, Any]) -> None:
    """Write one ArviZ file; attributes other than texts and numbers become JSON."""
    plain = {
        name: value if isinstance(value, str | int | float) else json.dumps(value)
        for name, value in attributes.items()
    }
    # HDF5 ends the whole process if the disk is full, so it writes to memory.
    memory = io.BytesIO()
    with h5netcdf.File(memory, "w") as file:
        file.attrs.update(plain)
        for name, data in groups.items():
            store = H5NetCDFStore(file.create_group(name))
            numbers = [key for key, each in data.variables.items() if each.dtype.kind in "biuf"]
            data.dump_to_store(store, encoding={key: {"zlib": True} for key in numbers})
    write_bytes(path, memory.getvalue())


def read_inference_data(path: str | Path) -> tuple[dict[str, xr.Dataset], dict[str, Any]]:
    """Read an ArviZ file: its groups by name, and its attributes.

    Raises:
        SatisficeError: The file is missing or is not a complete NetCDF file.
    """
    if not Path(path).is_file():
        raise SatisficeError(path, "file not found.", REMAKE)
    try:
        with xr.open_datatree(path, engine="h5netcdf") as tree:
            groups = {name: group.to_dataset().load() for name, group in tree.children.items()}
            return groups, {str(name): value for name, value in tree.attrs.items()}
    except Exception as error:  # h5py, h5netcdf and xarray raise errors of their own
        problem = f"is not a complete NetCDF file ({error})."
        raise SatisficeError(path, problem, REMEDY) from error
