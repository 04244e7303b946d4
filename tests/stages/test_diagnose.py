"""Rule diagnose: all gates of a game."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from satisfice.checks.prediction_gates import stylised_fact_gates
from satisfice.games.cobweb import Cobweb
from satisfice.io.files import read_arrays, read_json
from satisfice.io.observed import read_observed

EXACT = ["exact_qre", "exact_qre_of_most", "exact_market"]
BOUNDED = ["payoff_falls", "prior_belief_limit", "departs_from_prior_belief", "skills_explored"]
EXPLOITED = ["exploitability", "exploitability_of_most", "network_serves_all"]
RATIONAL = ["learning_converged", "rational_limit", *EXPLOITED]
INFERENCE = [
    "sbc", "expected_coverage", "tarp", "lc2st", "ensemble_rhat", "prior_predictive",
    "simulation_failures", "misspecification", "misspecification_false_alarms",
    "misspecification_detects",
]  # fmt: skip


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
        "ppo": RATIONAL,
        "all": ["held_out_prediction"],
    }
    # Agents trained for five iterations are nowhere near their equilibrium.
    failed = {(gate["model"], gate["name"]) for gate in gates if not gate["passed"]}
    assert {("uniform", "exact_qre"), ("ppo", "rational_limit")} <= failed
    assert ("uniform", "exploitability") in failed


@pytest.mark.parametrize("name", ["tiny_cobweb", "tiny_beer_game"])
def test_gates_of_games_with_stylised_facts(request: pytest.FixtureRequest, name: str) -> None:
    run = request.getfixturevalue(name)
    names: dict[str, list[str]] = {}
    for gate in read_json(run.folder / "diagnostics.json"):
        assert np.isfinite([gate["value"], gate["threshold"]]).all()
        names.setdefault(gate["model"], []).append(gate["name"])
    exact = {"uniform": EXACT}
    assert names == {
        belief: [
            *INFERENCE,
            "learning_converged",
            "rational_limit",
            *exact.get(belief, []),
            *BOUNDED,
            *EXPLOITED,
            "stylised_facts",
        ]
        for belief in run.beliefs
    } | {"ppo": RATIONAL, "all": ["held_out_prediction"]}


def test_stylised_facts_are_looked_for_in_each_models_own_predictions(tiny_cobweb: Any) -> None:
    gates = read_json(tiny_cobweb.folder / "diagnostics.json")
    facts, table = Cobweb().stylised_facts, read_observed(tiny_cobweb.observed)
    for model, belief in (("bounded", "anchor"), ("bounded_uniform", "uniform")):
        predictive = read_arrays(tiny_cobweb.predictive[model])["x"]
        (expected,) = stylised_fact_gates(facts, table, predictive)
        (found,) = (g for g in gates if (g["model"], g["name"]) == (belief, "stylised_facts"))
        assert found == {"model": belief, **expected.as_dict()}
