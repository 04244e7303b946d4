"""Rules assemble, score, diagnose and join_scores."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from satisfice.inference.derived import DERIVED
from satisfice.io.files import read_arrays, read_json
from satisfice.stages.data import read_observed
from satisfice.stages.evaluate import join_scores, learning_gate, prediction_gate

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
SCORES = {"crps", "energy", "rmse", "coverage_50", "coverage_90"}
INFERENCE = ["sbc", "expected_coverage", "ensemble_rhat", "prior_predictive", "simulation_failures"]


def test_a_game_folder_holds_what_was_agreed_on(tiny_run: SimpleNamespace) -> None:
    assert {path.name for path in tiny_run.folder.iterdir()} == {
        "observed.csv",
        "policy",
        "simulations",
        "inference",
        "predictive",
        "posterior.nc",
        "scores.csv",
        "diagnostics.json",
    }
    left = [path.name for path in tiny_run.folder.rglob(".*")]
    assert left == []  # no temporary files


def test_arviz_opens_and_summarises_the_posterior(tiny_run: SimpleNamespace) -> None:
    data = az.from_netcdf(str(tiny_run.folder / "posterior.nc"))
    assert sorted(data.groups()) == sorted(GROUPS)
    posterior = data["posterior"]
    assert set(posterior.data_vars) == {"mu", "sigma", "beta", *DERIVED}
    assert posterior.sizes == {"chain": 2, "draw": 100}
    assert all(posterior[name].dims == ("chain", "draw") for name in posterior.data_vars)
    summary: Any = az.summary(data, var_names=["mu", "sigma", "beta"])
    assert list(summary.index) == ["mu", "sigma", "beta"]
    assert {"mean", "sd", "r_hat"} <= set(summary.columns)
    assert np.isfinite(summary["r_hat"]).all()


@pytest.mark.parametrize("group", GROUPS)
def test_xarray_opens_every_group(tiny_run: SimpleNamespace, group: str) -> None:
    with xr.open_dataset(tiny_run.folder / "posterior.nc", group=group) as read:
        assert len(read.data_vars) > 0


def test_the_file_holds_what_the_run_found(tiny_run: SimpleNamespace) -> None:
    data = az.from_netcdf(str(tiny_run.folder / "posterior.nc"))
    drawn = read_arrays(tiny_run.folder / "inference" / "habit" / "posterior.npz")
    for index, name in enumerate(("mu", "sigma", "beta")):
        np.testing.assert_array_equal(data["posterior"][name], drawn["theta"][..., index])
    np.testing.assert_array_equal(data["sbc"]["rank"], drawn["sbc_ranks"])
    assert data["sbc"].attrs["largest_rank"] == 400
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


def test_the_file_says_where_it_comes_from(tiny_run: SimpleNamespace) -> None:
    attributes = az.from_netcdf(str(tiny_run.folder / "posterior.nc")).attrs
    assert attributes["game"] == "cournot"
    assert attributes["prior_belief"] == "habit"
    assert attributes["seed"] == 7
    assert json.loads(attributes["config"]) == {"sbc": 50}
    assert {"python", "torch", "sbi"} <= set(json.loads(attributes["versions"]))


def test_every_model_is_scored_on_both_splits(tiny_run: SimpleNamespace) -> None:
    table = pd.read_csv(tiny_run.folder / "scores.csv")
    assert list(table.columns) == ["model", "split", "score", "value", "low", "high"]
    assert list(table.model.unique()) == MODELS
    keys = table.groupby(["model", "split"]).score.agg(set)
    assert len(keys) == 8
    assert all(scores == SCORES for scores in keys)
    assert not table.duplicated(["model", "split", "score"]).any()
    assert np.isfinite(table[["value", "low", "high"]].to_numpy()).all()
    assert (table.low <= table.high).all()
    coverage = table[table.score.str.startswith("coverage")]
    assert coverage.value.between(0, 1).all()


def test_scores_are_those_of_the_right_statistics(tiny_run: SimpleNamespace) -> None:
    table = pd.read_csv(tiny_run.folder / "scores.csv").set_index(["model", "split", "score"])
    human = read_observed(tiny_run.observed)
    x = read_arrays(tiny_run.folder / "predictive" / "ppo.npz")["x"]
    error = (x.mean(axis=0) - human.value.to_numpy()) / human.standard_error.to_numpy()
    for split, rows in (("fit", slice(0, 10)), ("held_out", slice(10, 20))):
        expected = np.sqrt((error[rows] ** 2).mean())
        assert table.value["ppo", split, "rmse"] == pytest.approx(expected)


def test_scores_of_games_are_joined(tiny_run: SimpleNamespace, tmp_path: Path) -> None:
    joined = pd.read_csv(tiny_run.folder.parent / "scores.csv")
    assert list(joined.columns) == ["game", "model", "split", "score", "value", "low", "high"]
    assert set(joined.game) == {"cournot"}
    assert len(joined) == 40
    scores = tiny_run.folder / "scores.csv"
    join_scores({"one": scores, "two": scores}, tmp_path / "both.csv")
    both = pd.read_csv(tmp_path / "both.csv")
    assert list(both.game) == ["one"] * 40 + ["two"] * 40
    pd.testing.assert_frame_equal(both[:40].drop(columns="game"), pd.read_csv(scores))


def test_every_gate_is_named_measured_and_explained(tiny_run: SimpleNamespace) -> None:
    gates = read_json(tiny_run.folder / "diagnostics.json")
    names: dict[str, list[str]] = {}
    for gate in gates:
        assert set(gate) == {"model", "name", "value", "threshold", "passed", "meaning"}
        assert isinstance(gate["passed"], bool)
        assert np.isfinite([gate["value"], gate["threshold"]]).all()
        assert gate["meaning"].endswith(".")
        names.setdefault(gate["model"], []).append(gate["name"])
    assert names == {
        "habit": [*INFERENCE, "learning_converged"],
        "uniform": [*INFERENCE, "learning_converged", "exact_qre"],
        "ppo": ["learning_converged", "ppo_equilibrium"],
        "all": ["held_out_prediction"],
    }
    # Agents trained for five iterations are nowhere near their equilibrium.
    failed = {(gate["model"], gate["name"]) for gate in gates if not gate["passed"]}
    assert {("uniform", "exact_qre"), ("ppo", "ppo_equilibrium")} <= failed


def curves(net_payoff: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"net_payoff": net_payoff})


def test_flat_and_noisy_learning_curves_have_converged() -> None:
    generator = np.random.default_rng(0)
    for noise in (0.0, 0.05, 1.0):
        gate = learning_gate(curves(1.0 + noise * generator.normal(size=500)))
        assert gate.passed
        assert np.isfinite(gate.threshold)


@pytest.mark.parametrize("slope", [-0.2, 0.2])
def test_rising_and_falling_curves_have_not(slope: float) -> None:
    gate = learning_gate(curves(slope * np.linspace(0, 1, 500)))
    assert not gate.passed
    assert gate.value == pytest.approx(0.04, rel=0.02)  # a fifth of the rise
    assert "raise learning.iterations" in gate.meaning


def test_early_learning_does_not_matter() -> None:
    payoff = np.concatenate([np.linspace(-9, 1, 300), np.ones(200)])
    assert learning_gate(curves(payoff)).value == 0


@pytest.mark.parametrize("rows", range(5, 13))
def test_the_shortest_training_allowed_has_a_verdict(rows: int) -> None:
    gate = learning_gate(curves(np.arange(rows) % 2 * 0.1))
    assert np.isfinite([gate.value, gate.threshold]).all()


def scored(**crps: float) -> pd.DataFrame:
    rows = [
        [model, split, score, value if (split, score) == ("held_out", "crps") else 99.0]
        for model, value in crps.items()
        for split in ("fit", "held_out")
        for score in ("crps", "rmse")
    ]
    return pd.DataFrame(rows, columns=["model", "split", "score", "value"])


def test_prediction_compares_the_best_of_both_sides() -> None:
    gate = prediction_gate(scored(bounded=2.0, bounded_uniform=1.0, ppo=4.0, equilibrium=2.5))
    assert gate.value == pytest.approx(0.4)
    assert gate.passed
    assert "Held-out CRPS of bounded_uniform divided by that of equilibrium" in gate.meaning
    assert not prediction_gate(scored(bounded=2.0, ppo=3.0, equilibrium=9.0)).passed
    assert prediction_gate(scored(bounded=1.0, ppo=2.0, equilibrium=9.0)).passed  # just
