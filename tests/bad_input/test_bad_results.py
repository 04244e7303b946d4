"""Simulations and posteriors that are not what a rule wrote: refused with file and array."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.games.cournot import Cournot
from satisfice.io.files import write_arrays
from satisfice.io.inference_data import write_inference_data
from satisfice.io.played_paths import read_paths
from satisfice.io.runs import read_draws, read_predictions, read_simulations, space_in
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.report.results import read_posterior

SIMULATED: dict[str, Any] = {
    "theta": np.full((6, 3), 0.5),
    "x": np.full((6, 2), 0.25),
    "seeds": np.arange(6),
    "failures": np.array([""] * 6),
    "labels": np.array([["2", "pooled_sd"], ["2", "share_changed"]]),
}


def saved(**arrays: Any) -> bytes:
    """A npz file, which may hold objects."""
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def with_(**other: Any) -> bytes:
    return saved(**{k: v for k, v in {**SIMULATED, **other}.items() if v is not None})


def packed(content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("theta.npy", content)
    return buffer.getvalue()


def plain() -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, SIMULATED["theta"])
    return buffer.getvalue()


UNREADABLE = "is not a readable npz file"
WHOLE = saved(**SIMULATED)
MIDDLE = WHOLE.index(b"theta.npy") + 200
HUGE = b"\x93NUMPY\x01\x00v\x00{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999,), }"
ARRAYS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", UNREADABLE),
    "cut": (WHOLE[:-40], UNREADABLE),
    "half": (WHOLE[: len(WHOLE) // 2], UNREADABLE),
    "a text": (b"theta,x\n1,2\n", UNREADABLE),
    "one array": (plain(), UNREADABLE),
    "objects": (with_(theta=np.array([{"a": 1}], dtype=object)), UNREADABLE),
    "broken inside": (packed(b"\x93NUMPY\x01\x00v"), UNREADABLE),
    "huge": (packed(HUGE.ljust(127) + b"\n"), UNREADABLE),
    "changed": (WHOLE[:MIDDLE] + b"\x99" + WHOLE[MIDDLE + 1 :], UNREADABLE),
    "no theta": (with_(theta=None), "lacks the array 'theta'"),
    "no x": (with_(x=None), "lacks the array 'x'"),
    "no failures": (with_(failures=None), "lacks the array 'failures'"),
    "no labels": (with_(labels=None), "lacks the array 'labels'"),
    "theta flat": (with_(theta=np.ones(6)), "array theta has the shape (6,)"),
    "theta short": (with_(theta=np.ones((5, 3))), "array x has the shape (6, 2)"),
    "x turned": (with_(x=np.ones((2, 6))), "array x has the shape (2, 6)"),
    "failures short": (with_(failures=np.array([""])), "array failures has the shape (1,)"),
    "labels of others": (with_(labels=np.array([["2", "a"]])), "array labels has the shape (1, 2)"),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_bad_simulations_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    content, problem = ARRAYS[name]
    path = tmp_path / "simulations.npz"
    path.write_bytes(content)
    assert problem in refusal(lambda: read_simulations(path), path)


PREDICTED: dict[str, tuple[Any, str]] = {
    "of others": (np.ones((9, 3)), "array x has the shape (9, 3), not (draws, 2)"),
    "flat": (np.ones(2), "array x has the shape (2,)"),
    "NaN": (np.full((9, 2), np.nan), "holds predictions that are not finite"),
}


@pytest.mark.parametrize("name", PREDICTED)
def test_bad_predictions_are_told(tmp_path: Path, refusal: Callable[..., str], name: str) -> None:
    x, problem = PREDICTED[name]
    path = tmp_path / "bounded.npz"
    write_arrays(path, x=x)
    assert problem in refusal(lambda: read_predictions(path, 2), path)


def test_bad_draws_and_paths_are_told(tmp_path: Path, refusal: Callable[..., str]) -> None:
    path = tmp_path / "posterior.npz"
    write_arrays(path, theta=np.ones((4, 3)))
    assert "array theta has the shape (4, 3), not (members" in refusal(
        lambda: read_draws(path), path
    )
    assert "array 'labels'" in refusal(lambda: read_paths(path, Cournot()), path)


NAMES = ["mu", "sigma", "beta"]
ATTRIBUTES = {"warning": "", "misspecification": {}, "space": SKILL_SPACE.as_json()}


def groups() -> dict[str, xr.Dataset]:
    drawn = {name: (("chain", "draw"), np.full((2, 5), 0.5)) for name in NAMES}
    ranked = {
        name: (("simulation", "parameter"), np.ones((4, 3)))
        for name in ("rank", "truth", "mean", "sd", "contraction", "z_score")
    }
    human = xr.Dataset({"statistics": (("treatment", "statistic"), np.ones((1, 2)))})
    sbc = xr.Dataset({**ranked, "tarp_rank": ("simulation", np.ones(4))}, {"parameter": NAMES})
    sbc.attrs["largest_rank"] = 9
    return {
        "posterior": xr.Dataset(drawn), "prior": xr.Dataset(drawn), "observed_data": human,
        "constant_data": human, "sbc": sbc,
    }  # fmt: skip


@pytest.fixture(scope="module")
def netcdf(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("netcdf") / "posterior.nc"
    write_inference_data(path, groups(), ATTRIBUTES)
    read_posterior(path)
    return path.read_bytes()


TORN: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "a text": lambda _: b"no NetCDF",
    "a zip": lambda _: WHOLE,
    "signature alone": lambda content: content[:8],
    "half": lambda content: content[: len(content) // 2],
    "cut": lambda content: content[:-100],
    "head changed": lambda content: b"\x00" * 8 + content[8:],
}


@pytest.mark.parametrize("name", TORN)
def test_torn_posterior_files_are_told(
    tmp_path: Path, netcdf: bytes, refusal: Callable[..., str], name: str
) -> None:
    path = tmp_path / "posterior.nc"
    path.write_bytes(TORN[name](netcdf))
    assert "is not a complete NetCDF file" in refusal(lambda: read_posterior(path), path)


@pytest.mark.parametrize("space", [None, np.array(3.0), np.array("mu"), np.array("[]")])
def test_draws_of_unknown_parameters_are_told(tmp_path: Path, refusal: Any, space: Any) -> None:
    path = tmp_path / "posterior.npz"
    write_arrays(path, theta=np.ones((2, 5, 3)), **({} if space is None else {"space": space}))
    found = read_draws(path)
    told = "lacks the array 'space'" if space is None else "does not name its parameters"
    assert told in refusal(lambda: space_in(found, path), path)


@given(place=st.integers(0, len(WHOLE) - 1), byte=st.integers(1, 255))
@settings(deadline=None, max_examples=80, derandomize=True)
def test_any_changed_byte_leaves_the_same_numbers_or_is_told(
    tmp_path_factory: pytest.TempPathFactory, intact: Callable[..., bool], place: int, byte: int
) -> None:
    content = bytearray(WHOLE)
    content[place] ^= byte
    path = tmp_path_factory.mktemp("changed") / "simulations.npz"
    path.write_bytes(bytes(content))

    def same(found: Any) -> bool:
        return all(np.array_equal(found[name], SIMULATED[name]) for name in SIMULATED)

    intact(lambda: read_simulations(path), path, same)
