"""Rule score: scores of all contenders, and every gate's verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.checks.prediction_gates import stylised_fact_gates
from satisfice.evaluation.rows import COLUMNS
from satisfice.games.beer_game import ROLES
from satisfice.games.cobweb import Cobweb
from satisfice.io.files import read_arrays, read_json
from satisfice.io.observed import read_observed

MODELS = ["bounded", "bounded_uniform", "rational", "equilibrium"]
SCORES = {"crps", "energy", "log_score", "rmse", "coverage_50", "coverage_90"}
EXACT = ["exact_qre", "exact_qre_of_most", "exact_market"]
BOUNDED = ["payoff_falls", "prior_belief_limit", "departs_from_prior_belief", "skills_explored"]
EXPLOITED = ["exploitability", "exploitability_of_most", "network_serves_all"]
RATIONAL = ["learning_converged", "rational_limit", *EXPLOITED]
INFERENCE = [
    "sbc", "expected_coverage", "tarp", "lc2st", "ensemble_rhat", "prior_predictive",
    "simulation_failures", "misspecification", "misspecification_false_alarms",
]  # fmt: skip


def test_a_game_folder_holds_what_was_agreed_on(tiny_run: Any) -> None:
    assert {path.name for path in tiny_run.folder.iterdir()} == {
        "observed.csv",
        "correlations.csv",
        "policy",
        "simulations",
        "inference",
        "predictive",
        "paths.npz",
        "earnings.csv",
        "posterior.nc",
        "scores.csv",
        "misspecification.csv",
        "misspecification_rivals.json",
        "diagnostics.json",
    }
    left = [path.name for path in tiny_run.folder.rglob(".*")]
    assert left == []  # no temporary files


def test_statistics_can_be_held_out_instead_of_treatments(tiny_beer_game: Any) -> None:
    table = read_observed(tiny_beer_game.observed)
    assert list(table.statistic[table.split == "fit"]) == [
        f"{role}_{name}" for name in ("cost", "log_order_variance") for role in ROLES
    ]
    scores = pd.read_csv(tiny_beer_game.folder / "scores.csv")
    rivals = ["equilibrium", "tuned_base_stock", "sterman"]
    assert list(scores.contender.unique()) == ["bounded", "rational", "ppo", *rivals]
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
    x = read_arrays(tiny_run.folder / "predictive" / "rational.npz")["x"]
    error = (x.mean(axis=0) - human.value.to_numpy()) / human.standard_error.to_numpy()
    for part, rows in (("fit", slice(0, 10)), ("held_out", slice(10, 20))):
        expected = np.sqrt((error[rows] ** 2).mean())
        assert table.value["rational", part, "rmse"] == pytest.approx(expected)


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
        "habit": [*INFERENCE, "learning_converged", "rational_limit", *BOUNDED, *EXPLOITED],
        "uniform": [
            *INFERENCE,
            "learning_converged",
            "rational_limit",
            *EXACT,
            *BOUNDED,
            *EXPLOITED,
        ],
        "rational": RATIONAL,
        "all": ["held_out_prediction"],
    }
    # Agents trained for five iterations are nowhere near their equilibrium.
    failed = {(gate["model"], gate["name"]) for gate in gates if not gate["passed"]}
    assert {("uniform", "exact_qre"), ("rational", "rational_limit")} <= failed
    assert ("uniform", "exploitability") in failed


@pytest.mark.parametrize("name", ["tiny_cobweb", "tiny_beer_game"])
def test_gates_of_games_with_stylised_facts(request: pytest.FixtureRequest, name: str) -> None:
    run = request.getfixturevalue(name)
    names: dict[str, list[str]] = {}
    gates = read_json(run.folder / "diagnostics.json")
    for gate in gates:
        assert np.isfinite([gate["value"], gate["threshold"]]).all()
        names.setdefault(gate["model"], []).append(gate["name"])
    reached = {g["model"] for g in gates if g["name"] == "prior_predictive" and g["passed"]}
    exact = {"uniform": EXACT}
    by_ppo = {"ppo": ["rational_limit"]} if run.ppo else {}
    assert names == {
        belief: [
            *INFERENCE,
            "learning_converged",
            "rational_limit",
            *exact.get(belief, []),
            *BOUNDED,
            *EXPLOITED,
            *(["stylised_facts"] if belief in reached else []),
        ]
        for belief in run.beliefs
    } | {"rational": RATIONAL, **by_ppo, "all": ["held_out_prediction"]}


def test_stylised_facts_are_looked_for_in_each_models_own_predictions(tiny_cobweb: Any) -> None:
    gates = read_json(tiny_cobweb.folder / "diagnostics.json")
    facts, table = Cobweb().stylised_facts, read_observed(tiny_cobweb.observed)
    for model, belief in (("bounded", "anchor"), ("bounded_uniform", "uniform")):
        predictive = read_arrays(tiny_cobweb.predictive[model])["x"]
        (expected,) = stylised_fact_gates(facts, table, predictive)
        of_belief = {g["name"]: g for g in gates if g["model"] == belief}
        if of_belief["prior_predictive"]["passed"]:
            assert of_belief["stylised_facts"] == {"model": belief, **vars(expected)}
        else:
            assert "stylised_facts" not in of_belief
