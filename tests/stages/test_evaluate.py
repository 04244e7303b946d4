"""Rules assemble, score and join_scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr
from satisfice.stages.evaluate import join_scores

from satisfice.evaluation.rows import COLUMNS
from satisfice.games.beer_game import ROLES
from satisfice.io.files import read_arrays, read_json
from satisfice.io.observed import read_observed
from satisfice.population.derived import DERIVED_NAMES, derived_quantities

GROUPS = [
    "posterior",
    "prior",
    "prior_predictive",
    "posterior_predictive",
    "observed_data",
    "constant_data",
    "sbc",
]
MODELS = ["bounded", "bounded_uniform", "ppo", "equilibrium"]
SCORES = {"crps", "energy", "log_score", "rmse", "coverage_50", "coverage_90"}


def test_a_game_folder_holds_what_was_agreed_on(tiny_run: Any) -> None:
    assert {path.name for path in tiny_run.folder.iterdir()} == {
        "observed.csv",
        "policy",
        "simulations",
        "inference",
        "predictive",
        "paths.npz",
        "posterior.nc",
        "scores.csv",
        "diagnostics.json",
    }
    left = [path.name for path in tiny_run.folder.rglob(".*")]
    assert left == []  # no temporary files


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
    assert json.loads(attributes["config"]) == {"sbc": 50}
    assert {"python", "torch", "sbi"} <= set(json.loads(attributes["versions"]))


def test_the_file_warns_where_the_model_cannot_produce_the_data(tiny_run: Any) -> None:
    data = az.from_netcdf(str(tiny_run.folder / "posterior.nc"))
    found = read_json(tiny_run.folder / "inference" / "habit" / "misspecification.json")
    assert json.loads(data.attrs["misspecification"]) == found
    assert data.attrs["warning"] == data["posterior"].attrs["warning"] == found["warning"]
    assert bool(found["warning"]) == (found["p_value"] < found["level"])


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


def test_statistics_can_be_held_out_instead_of_treatments(tiny_beer_game: Any) -> None:
    data = az.from_netcdf(str(tiny_beer_game.folder / "posterior.nc"))
    fitted = data["constant_data"]["fitted"].sel(treatment="step")
    names = [str(name) for name in fitted["statistic"].to_numpy()[fitted.to_numpy()]]
    assert names == [
        *(f"{role}_{name}" for name in ("cost", "log_order_variance") for role in ROLES),
        "team_cost",
    ]
    scores = pd.read_csv(tiny_beer_game.folder / "scores.csv")
    rivals = ["equilibrium", "tuned_base_stock", "sterman"]
    assert list(scores.contender.unique()) == ["bounded", "ppo", *rivals]
    assert set(scores.part) == {"fit", "held_out"}


def test_every_contender_is_scored_on_both_parts(tiny_run: Any) -> None:
    table = pd.read_csv(tiny_run.folder / "scores.csv")
    assert list(table.columns) == COLUMNS
    assert list(table.contender.unique()) == MODELS
    assert set(table.split) == {"default"}
    told = table.drop_duplicates("contender").set_index("contender")
    assert told.estimator.tolist() == ["npe", "npe", "none", "none"]
    assert told.group.tolist() == ["belief", "belief", "rival", "rival"]
    keys = table.groupby(["contender", "part"]).score.agg(set)
    assert len(keys) == 8
    assert all(scores == SCORES for scores in keys)
    assert not table.duplicated(["contender", "part", "score"]).any()
    assert np.isfinite(table[["value", "low", "high"]].to_numpy()).all()
    assert (table.low <= table.high).all()
    coverage = table[table.score.str.startswith("coverage")]
    assert coverage.value.between(0, 1).all()


def test_scores_are_those_of_the_right_statistics(tiny_run: Any) -> None:
    table = pd.read_csv(tiny_run.folder / "scores.csv").set_index(["contender", "part", "score"])
    human = read_observed(tiny_run.observed)
    x = read_arrays(tiny_run.folder / "predictive" / "ppo.npz")["x"]
    error = (x.mean(axis=0) - human.value.to_numpy()) / human.standard_error.to_numpy()
    for part, rows in (("fit", slice(0, 10)), ("held_out", slice(10, 20))):
        expected = np.sqrt((error[rows] ** 2).mean())
        assert table.value["ppo", part, "rmse"] == pytest.approx(expected)


def test_scores_of_games_are_joined(tiny_run: Any, tmp_path: Path) -> None:
    joined = pd.read_csv(tiny_run.folder.parent / "scores.csv")
    assert list(joined.columns) == ["game", *COLUMNS]
    assert set(joined.game) == {"cournot"}
    assert len(joined) == 48
    scores = tiny_run.folder / "scores.csv"
    join_scores({"one": scores, "two": scores}, tmp_path / "both.csv")
    both = pd.read_csv(tmp_path / "both.csv")
    assert list(both.game) == ["one"] * 48 + ["two"] * 48
    pd.testing.assert_frame_equal(both[:48].drop(columns="game"), pd.read_csv(scores))
