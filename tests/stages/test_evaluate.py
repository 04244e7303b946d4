"""Rules assemble, score, diagnose and join_scores."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from satisfice.games.base import StylisedFact
from satisfice.games.beer_game import ROLES
from satisfice.games.cobweb import Cobweb
from satisfice.inference.derived import DERIVED, derived_quantities
from satisfice.io.files import read_arrays, read_json
from satisfice.stages import evaluate
from satisfice.stages.data import read_observed
from satisfice.stages.evaluate import (
    join_scores,
    learning_gate,
    prediction_gate,
    stylised_fact_gates,
)

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
VERIFICATION = ["rational_limit", "payoff_falls", "prior_belief_limit"]
INFERENCE = ["sbc", "expected_coverage", "ensemble_rhat", "prior_predictive", "simulation_failures"]


def test_a_game_folder_holds_what_was_agreed_on(tiny_run: Any) -> None:
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


def test_arviz_opens_and_summarises_the_posterior(tiny_run: Any) -> None:
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
def test_xarray_opens_every_group(tiny_run: Any, group: str) -> None:
    with xr.open_dataset(tiny_run.folder / "posterior.nc", group=group) as read:
        assert len(read.data_vars) > 0


def test_the_file_holds_what_the_run_found(tiny_run: Any) -> None:
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


def test_the_file_says_where_it_comes_from(tiny_run: Any) -> None:
    attributes = az.from_netcdf(str(tiny_run.folder / "posterior.nc")).attrs
    assert attributes["game"] == "cournot"
    assert attributes["prior_belief"] == "habit"
    assert attributes["seed"] == 7
    assert json.loads(attributes["config"]) == {"sbc": 50}
    assert {"python", "torch", "sbi"} <= set(json.loads(attributes["versions"]))


def test_supertypes_by_role_have_names_of_their_own(tiny_beer_game: Any) -> None:
    data = az.from_netcdf(str(tiny_beer_game.folder / "posterior.nc"))
    assert sorted(data.groups()) == sorted(GROUPS)
    theta = [f"{name}_{role}" for role in ROLES for name in ("mu", "sigma", "beta")]
    derived = [f"{name}_{role}" for role in ROLES for name in DERIVED]
    assert {"mu_retailer", "beta_distributor"} <= set(theta)
    assert {"mean_lambda_factory", "share_unbounded_wholesaler"} <= set(derived)
    for group in ("posterior", "prior"):
        assert list(data[group].data_vars) == [*theta, *derived]
    assert list(data["sbc"]["parameter"].to_numpy()) == theta
    drawn = read_arrays(tiny_beer_game.folder / "inference" / "anchor" / "posterior.npz")
    for index, name in enumerate(theta):
        np.testing.assert_array_equal(data["posterior"][name], drawn["theta"][..., index])
        np.testing.assert_array_equal(data["sbc"]["rank"][:, index], drawn["sbc_ranks"][:, index])
    factory = derived_quantities(drawn["theta"][..., 9:])
    for name in DERIVED:
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
    assert list(scores.model.unique()) == ["bounded", "ppo", *rivals]
    assert set(scores.split) == {"fit", "held_out"}


def test_every_model_is_scored_on_both_splits(tiny_run: Any) -> None:
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


def test_scores_are_those_of_the_right_statistics(tiny_run: Any) -> None:
    table = pd.read_csv(tiny_run.folder / "scores.csv").set_index(["model", "split", "score"])
    human = read_observed(tiny_run.observed)
    x = read_arrays(tiny_run.folder / "predictive" / "ppo.npz")["x"]
    error = (x.mean(axis=0) - human.value.to_numpy()) / human.standard_error.to_numpy()
    for split, rows in (("fit", slice(0, 10)), ("held_out", slice(10, 20))):
        expected = np.sqrt((error[rows] ** 2).mean())
        assert table.value["ppo", split, "rmse"] == pytest.approx(expected)


def test_scores_of_games_are_joined(tiny_run: Any, tmp_path: Path) -> None:
    joined = pd.read_csv(tiny_run.folder.parent / "scores.csv")
    assert list(joined.columns) == ["game", "model", "split", "score", "value", "low", "high"]
    assert set(joined.game) == {"cournot"}
    assert len(joined) == 40
    scores = tiny_run.folder / "scores.csv"
    join_scores({"one": scores, "two": scores}, tmp_path / "both.csv")
    both = pd.read_csv(tmp_path / "both.csv")
    assert list(both.game) == ["one"] * 40 + ["two"] * 40
    pd.testing.assert_frame_equal(both[:40].drop(columns="game"), pd.read_csv(scores))


def test_every_gate_is_named_measured_and_explained(tiny_run: Any) -> None:
    gates = read_json(tiny_run.folder / "diagnostics.json")
    names: dict[str, list[str]] = {}
    for gate in gates:
        assert set(gate) == {"model", "name", "value", "threshold", "passed", "meaning"}
        assert isinstance(gate["passed"], bool)
        assert np.isfinite([gate["value"], gate["threshold"]]).all()
        assert gate["meaning"].endswith(".")
        names.setdefault(gate["model"], []).append(gate["name"])
    assert names == {
        "habit": [*INFERENCE, "learning_converged", *VERIFICATION],
        "uniform": [*INFERENCE, "learning_converged", "exact_qre", *VERIFICATION],
        "ppo": ["learning_converged", "rational_limit"],
        "all": ["held_out_prediction"],
    }
    # Agents trained for five iterations are nowhere near their equilibrium.
    failed = {(gate["model"], gate["name"]) for gate in gates if not gate["passed"]}
    assert {("uniform", "exact_qre"), ("ppo", "rational_limit")} <= failed


@pytest.mark.parametrize("name", ["tiny_cobweb", "tiny_beer_game"])
def test_gates_of_games_with_stylised_facts(request: pytest.FixtureRequest, name: str) -> None:
    run = request.getfixturevalue(name)
    names: dict[str, list[str]] = {}
    for gate in read_json(run.folder / "diagnostics.json"):
        assert np.isfinite([gate["value"], gate["threshold"]]).all()
        names.setdefault(gate["model"], []).append(gate["name"])
    exact = {"uniform": ["exact_qre"]}
    assert names == {
        belief: [
            *INFERENCE,
            "learning_converged",
            *exact.get(belief, []),
            *VERIFICATION,
            "stylised_facts",
        ]
        for belief in run.beliefs
    } | {"ppo": ["learning_converged", "rational_limit"], "all": ["held_out_prediction"]}


def test_stylised_facts_are_looked_for_in_each_models_own_predictions(tiny_cobweb: Any) -> None:
    gates = read_json(tiny_cobweb.folder / "diagnostics.json")
    facts, table = Cobweb().stylised_facts, read_observed(tiny_cobweb.observed)
    for model, belief in (("bounded", "anchor"), ("bounded_uniform", "uniform")):
        predictive = read_arrays(tiny_cobweb.predictive[model])["x"]
        (expected,) = stylised_fact_gates(facts, table, predictive)
        (found,) = (g for g in gates if (g["model"], g["name"]) == (belief, "stylised_facts"))
        assert found == {"model": belief, **expected.as_dict()}


FIRST, SECOND = ("a", "price"), ("b", "price")
FACTS: dict[str, StylisedFact] = {
    "prices rise": lambda statistics: statistics[SECOND] > statistics[FIRST],
    "prices fall": lambda statistics: statistics[SECOND] < statistics[FIRST],
    "prices are high": lambda statistics: statistics[FIRST] > 0.5,
    "treatment c is highest": lambda statistics: statistics["c", "price"] > statistics[FIRST],
}


def human_prices(first: float, second: float) -> pd.DataFrame:
    rows = [["a", "price", first], ["b", "price", second]]
    return pd.DataFrame(rows, columns=["treatment", "statistic", "value"])


@pytest.mark.parametrize(("rising", "passed"), [(10, True), (19, True), (18, False), (0, False)])
def test_the_share_of_predictions_that_show_a_pattern(rising: int, passed: bool) -> None:
    draws = 10 if rising == 10 else 20
    predictive = np.tile([2.0, 1.0], (draws, 1))
    predictive[:rising, 1] = 3.0
    (gate,) = stylised_fact_gates(FACTS, human_prices(0.1, 0.2), predictive)
    assert gate.name == "stylised_facts"
    assert gate.value == pytest.approx(rising / draws)
    assert gate.threshold == 0.9
    assert gate.passed == passed
    assert f"prices rise: {rising / draws:.0%}." in gate.meaning
    # Humans show neither of these.
    assert "prices fall" not in gate.meaning
    assert "prices are high" not in gate.meaning


def test_the_rarest_pattern_decides() -> None:
    predictive = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 2.0], [0.1, 2.0]])
    (gate,) = stylised_fact_gates(FACTS, human_prices(0.8, 0.9), predictive)
    assert gate.value == 0.75
    assert not gate.passed
    assert "prices rise: 100%; prices are high: 75%." in gate.meaning


def test_a_pattern_that_humans_do_not_show_gives_no_gate() -> None:
    predictive = np.array([[1.0, 2.0]])
    assert stylised_fact_gates({}, human_prices(0.1, 0.2), predictive) == []
    falling = {"prices fall": FACTS["prices fall"]}
    assert stylised_fact_gates(falling, human_prices(0.1, 0.2), predictive) == []
    assert len(stylised_fact_gates(falling, human_prices(0.2, 0.1), predictive)) == 1


def test_a_pattern_of_treatments_that_nobody_played_gives_no_gate() -> None:
    unplayed = {"treatment c is highest": FACTS["treatment c is highest"]}
    assert stylised_fact_gates(unplayed, human_prices(0.1, 0.2), np.array([[1.0, 2.0]])) == []


LIMITS = {
    "stable": {
        "mean price": {"value": 5.91, "low": 5.5, "high": 5.6, "kept": False},
        "price variance": {"value": 0.25, "high": 0.3, "kept": True},
    },
    "unstable": {
        "mean price": {"value": 5.55, "low": 5.5, "high": 5.6, "kept": True},
        "price variance": {"value": 0.45678, "high": 0.3, "kept": False},
    },
}


def test_what_is_not_rational_enough_is_told_with_what_is_wanted() -> None:
    gate = evaluate._rational_gate(LIMITS)
    assert (gate.name, gate.value, gate.threshold, gate.passed) == ("rational_limit", 2, 0, False)
    assert "Number of quantities, of 4, that play without a KL cost" in gate.meaning
    assert gate.meaning.endswith(
        "Off: mean price of stable 5.91, wanted at least 5.5 and at most 5.6; price variance of "
        "unstable 0.4568, wanted at most 0.3; raise learning.iterations."
    )
    low_only = {"step": {"profit": {"value": 1.0, "low": 2.0, "kept": False}}}
    meaning = evaluate._rational_gate(low_only).meaning
    assert "profit of step 1, wanted at least 2;" in meaning


def test_what_is_rational_enough_passes() -> None:
    kept = {"stable": {"price variance": LIMITS["stable"]["price variance"]}}
    gate = evaluate._rational_gate(kept)
    assert gate.passed
    assert gate.value == 0
    assert gate.meaning.endswith("None is off.")
    assert "raise learning.iterations" not in gate.meaning


@pytest.mark.parametrize(
    ("correlation", "distance", "passed"),
    [
        (-0.95, 0.01, (True, True)),
        (-0.9, 0.02, (True, True)),
        (-0.8, 0.03, (False, False)),
        (0.95, 0.0, (False, True)),
    ],
)
def test_thinking_should_pay_and_should_have_its_price(
    correlation: float, distance: float, passed: tuple[bool, bool]
) -> None:
    found = {
        "processing_cost": [0.1, 0.2, 0.3],
        "rank_correlation": correlation,
        "very_large_cost": 200.0,
        "total_variation_from_prior_belief": distance,
    }
    falls, limit = evaluate._processing_cost_gates(found)
    assert (falls.name, limit.name) == ("payoff_falls", "prior_belief_limit")
    assert (falls.passed, limit.passed) == passed
    assert (falls.value, limit.value) == (correlation, distance)
    assert "over 3 costs" in falls.meaning
    assert "200 reference payoffs" in limit.meaning


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
