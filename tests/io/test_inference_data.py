"""Posterior files, for ArviZ and for xarray alone."""

from __future__ import annotations

import json
from pathlib import Path

import arviz as az
import numpy as np
import pytest
import xarray as xr

from satisfice.errors import SatisficeError
from satisfice.io.inference_data import dataset, read_inference_data, write_inference_data

CHAINS, DRAWS = 2, 50


@pytest.fixture
def written(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    draws = {name: generator.random((CHAINS, DRAWS)) for name in ("mu", "beta")}
    numbers = {"chain": np.arange(CHAINS), "draw": np.arange(DRAWS)}
    ranks = dataset({"rank": np.array([[3], [4]])}, ["simulation", "parameter"])
    ranks.attrs["largest_rank"] = 7
    groups = {
        "posterior": dataset(draws, ["chain", "draw"], numbers),
        "observed_data": dataset(
            {"statistics": np.array([1.0, 2.0])}, ["statistic"], {"statistic": ["mean", "sd"]}
        ),
        "constant_data": dataset(
            {"fitted": np.array([True, False]), "provenance": np.array(["primary", "x"])},
            ["statistic"],
        ),
        "sbc": ranks,
    }
    path = tmp_path / "new" / "posterior.nc"
    attributes = {"game": "cournot", "seed": 3, "share": 0.5, "config": {"a": [1, None]}}
    write_inference_data(path, groups, attributes)
    return path


def test_a_file_comes_back_the_same(written: Path) -> None:
    data, attributes = read_inference_data(written)
    assert set(data) == {"posterior", "observed_data", "constant_data", "sbc"}
    draws = np.random.default_rng(0).random((CHAINS, DRAWS))
    np.testing.assert_array_equal(data["posterior"]["mu"].to_numpy(), draws)
    assert list(data["observed_data"].statistic.to_numpy()) == ["mean", "sd"]
    assert list(data["constant_data"].fitted.to_numpy()) == [True, False]
    assert list(data["constant_data"].provenance.to_numpy()) == ["primary", "x"]
    assert data["sbc"].attrs["largest_rank"] == 7
    assert attributes["game"] == "cournot"
    assert attributes["seed"] == 3
    assert attributes["share"] == 0.5
    assert json.loads(attributes["config"]) == {"a": [1, None]}


def test_only_the_file_itself_is_left_in_its_folder(written: Path) -> None:
    assert [path.name for path in written.parent.iterdir()] == ["posterior.nc"]


def test_arviz_and_xarray_read_it_without_us(written: Path) -> None:
    assert az.from_netcdf(str(written))["posterior"].sizes == {"chain": CHAINS, "draw": DRAWS}
    for group in ("posterior", "observed_data", "constant_data", "sbc"):
        with xr.open_dataset(written, group=group) as read:
            assert len(read.data_vars) > 0
    tree = xr.open_datatree(written, engine="h5netcdf")
    assert set(tree.children) == {"posterior", "observed_data", "constant_data", "sbc"}
    tree.close()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.nc", tmp_path):
        with pytest.raises(SatisficeError) as caught:
            read_inference_data(path)
        assert str(caught.value) == f"{path}: file not found. Remedy: Rerun the rule that makes it."


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 0.99])
def test_a_file_cut_short_is_told(written: Path, share: float) -> None:
    whole = written.read_bytes()
    written.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SatisficeError) as caught:
        read_inference_data(written)
    assert str(caught.value).startswith(f"{written}: is not a complete NetCDF file (")
    assert "Delete the file and run again" in str(caught.value)


def test_other_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "posterior.nc"
    path.write_bytes(b"plainly something else " * 100)
    with pytest.raises(SatisficeError, match="not a complete NetCDF file"):
        read_inference_data(path)
