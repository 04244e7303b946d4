"""Rule check: calibration, misspecification, and the file that joins all about a posterior."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pytest
import xarray as xr
from tiny_runs import MISSPECIFICATION

from satisfice.games.beer_game import ROLES
from satisfice.io.files import read_arrays, read_json
from satisfice.io.observed import read_observed
from satisfice.learning.populations import load_population
from satisfice.population.derived import DERIVED_NAMES, derived_quantities
from satisfice.stages.check import DRAWS, check

GROUPS = [
    "posterior",
    "prior",
    "prior_predictive",
    "posterior_predictive",
    "observed_data",
    "constant_data",
    "sbc",
]


def test_truths_of_reserved_simulations_are_ranked(tiny_run: Any) -> None:
    found = read_arrays(tiny_run.folder / "inference" / "habit" / "calibration.npz")
    assert found["names"].tolist() == ["mu", "sigma", "beta", *DERIVED_NAMES]
    simulated = read_arrays(tiny_run.folder / "simulations" / "habit.npz")["theta"][350:]
    np.testing.assert_allclose(found["truth"][:, :3], simulated)
    derived = np.stack(list(derived_quantities(simulated).values()), -1)
    np.testing.assert_allclose(found["truth"][:, 3:], derived)
    assert int(found["largest_rank"]) == 2 * DRAWS
    for name in ("ranks", "mean", "sd", "contraction", "z_score"):
        assert found[name].shape == (50, 6)
        assert np.isfinite(found[name]).all()
    assert found["ranks"].min() >= 0
    assert found["ranks"].max() <= 2 * DRAWS
    assert np.ptp(found["ranks"]) > DRAWS
    assert found["tarp_ranks"].shape == (50,)
    assert 0 <= float(found["lc2st"]) <= 1


def test_checks_are_reproduced_exactly(tiny_run: Any, tmp_path: Path) -> None:
    shutil.copytree(tiny_run.folder, tmp_path / "again")
    made = ("calibration.npz", "misspecification.json")
    again = replace(tiny_run.run, folder=str(tmp_path / "again"))
    for name in (*made, "posterior.nc"):
        Path(again.inferred("habit", name)).unlink()
    given = (tiny_run.config, tiny_run.dataset, MISSPECIFICATION, 7)
    check("cournot", "habit", vars(again), *given)
    for name in made:
        first = Path(tiny_run.run.inferred("habit", name))
        assert Path(again.inferred("habit", name)).read_bytes() == first.read_bytes()
    with (
        xr.open_datatree(tiny_run.posteriors["habit"], engine="h5netcdf") as first_tree,
        xr.open_datatree(again.inferred("habit", "posterior.nc"), engine="h5netcdf") as tree,
    ):
        assert tree.identical(first_tree)


@pytest.mark.parametrize("run", ["tiny_run", "tiny_beer_game"])
def test_misspecification_is_told_with_its_reasons(
    run: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(run)
    belief = made.beliefs[0]
    found = read_json(made.folder / "inference" / belief / "misspecification.json")
    table = read_observed(made.observed)
    fitted = table[table.split == "fit"]
    told = {(row["treatment"], row["statistic"]): row for row in found["statistics"]}
    assert set(told) == set(zip(fitted.treatment, fitted.statistic, strict=True))
    for row in fitted.itertuples():
        assert told[row.treatment, row.statistic]["human"] == row.value
        assert told[row.treatment, row.statistic]["provenance"] == row.provenance
    sizes = [abs(row["standard_deviations"]) for row in found["statistics"]]
    assert sizes == sorted(sizes, reverse=True)
    assert found["usual"]["simulations"] == MISSPECIFICATION["own"]
    assert set(found["closest"]) == set(load_population(made.policies[belief])[0].space.names)
    worst = found["statistics"][0]
    mark = "" if worst["provenance"] == "primary" else f" ({worst['provenance']})"
    named = f"{worst['statistic']} of treatment {worst['treatment']}{mark}:" in found["warning"]
    assert named == (found["p_value"] < found["level"])


def test_arviz_opens_and_summarises_the_posterior(tiny_run: Any) -> None:
    data = az.from_netcdf(str(tiny_run.folder / "posterior.nc"))
    assert sorted(data.groups()) == sorted(GROUPS)
    posterior = data["posterior"]
    assert set(posterior.data_vars) == {"mu", "sigma", "beta", *DERIVED_NAMES}
    assert posterior.sizes == {"chain": 2, "draw": 100}
    assert all(posterior[name].dims == ("chain", "draw") for name in posterior.data_vars)
    summary: Any = az.summary(data, var_names=["mu", "sigma", "beta"])
    assert list(summary.index) == ["mu", "sigma", "beta"]
    assert {"mean", "sd", "r_hat"} <= set(summary.columns)
    assert np.isfinite(summary["r_hat"]).all()


@pytest.mark.parametrize("group", GROUPS)
def test_xarray_opens_every_group(tiny_run: Any, group: str) -> None:
    with xr.open_dataset(tiny_run.folder / "posterior.nc", group=group) as read:
        assert len(read.data_vars) > 0


def test_the_file_holds_what_the_run_found(tiny_run: Any) -> None:
    data = az.from_netcdf(str(tiny_run.folder / "posterior.nc"))
    drawn = read_arrays(tiny_run.folder / "inference" / "habit" / "posterior.npz")
    for index, name in enumerate(("mu", "sigma", "beta")):
        np.testing.assert_array_equal(data["posterior"][name], drawn["theta"][..., index])
    checked = read_arrays(tiny_run.folder / "inference" / "habit" / "calibration.npz")
    for name, kept in {"rank": "ranks", "mean": "mean", "contraction": "contraction"}.items():
        np.testing.assert_array_equal(data["sbc"][name], checked[kept])
    np.testing.assert_array_equal(data["sbc"]["tarp_rank"], checked["tarp_ranks"])
    assert data["sbc"].attrs["largest_rank"] == 200
    assert data["sbc"].attrs["lc2st_p_value"] == float(checked["lc2st"])
    table = read_observed(tiny_run.observed).set_index(["treatment", "statistic"])
    predicted = read_arrays(tiny_run.folder / "predictive" / "bounded.npz")
    simulated = read_arrays(tiny_run.folder / "simulations" / "habit.npz")
    for column, key in enumerate(table.index):
        place = {"treatment": key[0], "statistic": key[1]}
        assert float(data["observed_data"]["statistics"].sel(place)) == table.value[key]
        constant = data["constant_data"].sel(place)
        assert float(constant["standard_error"]) == table.standard_error[key]
        assert bool(constant["fitted"]) == (table.split[key] == "fit")
        assert str(constant["provenance"].item()) == table.provenance[key]
        predictive = data["posterior_predictive"]["statistics"].sel(place).to_numpy()
        np.testing.assert_array_equal(predictive.ravel(), predicted["x"][:, column])
        assert predictive.shape == (2, 50)
        prior = data["prior_predictive"]["statistics"].sel(place).to_numpy()
        np.testing.assert_array_equal(prior[0], simulated["x"][:, column])
    np.testing.assert_array_equal(data["prior"]["beta"][0], simulated["theta"][:, 2])


def test_the_file_says_where_it_comes_from(tiny_run: Any) -> None:
    attributes = az.from_netcdf(str(tiny_run.folder / "posterior.nc")).attrs
    assert attributes["game"] == "cournot"
    assert attributes["prior_belief"] == "habit"
    assert attributes["seed"] == 7
    assert json.loads(attributes["config"]) == tiny_run.config
    assert {"python", "torch", "sbi"} <= set(json.loads(attributes["versions"]))


def test_the_file_warns_where_the_model_cannot_produce_the_data(tiny_run: Any) -> None:
    data = az.from_netcdf(str(tiny_run.folder / "posterior.nc"))
    found = read_json(tiny_run.folder / "inference" / "habit" / "misspecification.json")
    assert json.loads(data.attrs["misspecification"]) == found
    assert data.attrs["warning"] == data["posterior"].attrs["warning"] == found["warning"]
    possible = found["settled"] and found["p_value"] >= found["level"]
    assert bool(found["warning"]) == (not possible)


def test_supertypes_by_role_have_names_of_their_own(tiny_beer_game: Any) -> None:
    data = az.from_netcdf(str(tiny_beer_game.folder / "posterior.nc"))
    assert sorted(data.groups()) == sorted(GROUPS)
    theta = [f"{name}_{role}" for role in ROLES for name in ("mu", "sigma", "beta")]
    derived = [f"{name}_{role}" for role in ROLES for name in DERIVED_NAMES]
    assert {"mu_retailer", "beta_distributor"} <= set(theta)
    assert {"mean_lambda_factory", "share_unbounded_wholesaler"} <= set(derived)
    for group in ("posterior", "prior"):
        assert list(data[group].data_vars) == [*theta, *derived]
    assert list(data["sbc"]["parameter"].to_numpy()) == [*theta, *derived]
    checked = read_arrays(tiny_beer_game.folder / "inference" / "anchor" / "calibration.npz")
    drawn = read_arrays(tiny_beer_game.folder / "inference" / "anchor" / "posterior.npz")
    for index, name in enumerate(theta):
        np.testing.assert_array_equal(data["posterior"][name], drawn["theta"][..., index])
        np.testing.assert_array_equal(data["sbc"]["rank"][:, index], checked["ranks"][:, index])
    factory = derived_quantities(drawn["theta"][..., 9:])
    for name in DERIVED_NAMES:
        np.testing.assert_array_equal(data["posterior"][f"{name}_factory"], factory[name])
    summary: Any = az.summary(data, var_names=["mean_lambda"], filter_vars="like")
    assert list(summary.index) == [f"mean_lambda_{role}" for role in ROLES]
