"""What is measured of populations some of whose parameters are fixed, and the gates about it."""

from __future__ import annotations

import json
from typing import Any

import pytest
import torch

from satisfice.checks.learning_gates import verification_gates
from satisfice.games.cournot import Cournot
from satisfice.learning.audit import audit
from satisfice.learning.populations import build_problem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings, ResponderSettings, VerificationSettings
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import space_of
from satisfice.population.supertypes import FEATURE_QUANTILES, median_skill

GAME = Cournot()
VARIANT: dict[str, Any] = {
    "prior_belief": "uniform", "information": "none", "reward": "own", "rational": False,
}  # fmt: skip
VERIFICATION = VerificationSettings(
    supertypes=20, responder=ResponderSettings(iterations=1, markets=1, hidden=8)
)
SETTINGS = LearningSettings(hidden=8)


class NearlyExact(PolicyNetwork):
    """The logit reply to payoffs against Nash play, which is near equilibrium at small costs."""

    def forward(self, inputs: torch.Tensor, processing_cost: torch.Tensor) -> torch.Tensor:
        start = 2 + len(FEATURE_QUANTILES)
        treatment = inputs[..., start : start + len(GAME.treatments)]
        firms = 2 + treatment.argmax(-1, keepdim=True)
        nash = 99.0 / (firms + 1)
        quantity = GAME.action_values
        profit = quantity * (100.0 - 1.0 - quantity - (firms - 1) * nash) / nash**2
        return profit / processing_cost.clamp(min=1e-6).unsqueeze(-1)


def audited(given: dict[str, Any], rational: bool = False) -> dict[str, Any]:
    variant = VARIANT | {"rational": rational}
    space = space_of(variant, given)
    problem = build_problem(GAME, variant, space)
    policy = NearlyExact(problem.policy_shape(SETTINGS))
    population = Population(GAME, policy, problem.belief, "none", space)
    described = {"variant": variant, "variant_name": "x", "learning": SETTINGS.model_dump()}
    found = audit(population, described, VERIFICATION, 1)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    return found


OF_COSTS = {"payoff_falls", "prior_belief_limit"}


@pytest.mark.parametrize(
    ("given", "left_out", "limit"),
    [
        ({}, set(), 0.002),
        ({"mu": 0.8}, set(), 0.004),
        ({"sigma": 0.1}, set(), 0.002),
        ({"sigma": 0.5}, {"rational_limit"}, None),
        ({"beta": 0.5}, {"rational_limit"}, None),
        ({"beta": 0.05}, set(), 0.002),
        ({"mu": 0.5, "sigma": 0.1}, {"rational_limit"}, None),
        ({"sigma": 0.1, "beta": 0.5}, {"rational_limit"}, None),
        ({"mu": 0.5, "beta": 0.5}, {"rational_limit", *OF_COSTS}, None),
        ({"mu": 0.9, "beta": 0.02}, OF_COSTS, 0.002),
        ({"mu": 0.5, "sigma": 0.1, "beta": 0.5}, {"rational_limit", *OF_COSTS}, None),
    ],
)
def test_what_is_fixed_makes_no_gate_fail(
    given: dict[str, Any], left_out: set[str], limit: float | None
) -> None:
    found = audited(given)
    gates = {gate.name: gate for gate in verification_gates(found)}
    every = {
        "rational_limit", *OF_COSTS, "departs_from_prior_belief", "skills_explored", "exact_qre",
        "exact_qre_of_most", "exact_market", "exploitability", "exploitability_of_most",
        "network_serves_all",
    }  # fmt: skip
    assert set(gates) == every - left_out
    for name in ("rational_limit", "payoff_falls", "skills_explored"):
        assert name in left_out or gates[name].passed, gates[name]
    measured = {"rational_limit": "rational_limits", "payoff_falls": "processing_cost"}
    reasons = {key for gate, key in measured.items() if gate in left_out}
    assert set(found["not_applicable"]) == reasons
    assert not reasons & set(found)
    assert all("parameter_prior" in reason for reason in found["not_applicable"].values())
    if limit is None:
        assert "cost_of_rational_limits" not in found
    else:
        assert found["cost_of_rational_limits"] == pytest.approx(limit, rel=1e-5)


def test_costs_of_a_fixed_weight_are_those_of_the_median_agents() -> None:
    costs = audited({"beta": 0.5})["processing_cost"]["processing_cost"]
    # The most skilled of the prior: mu of 1, and the smallest sigma.
    assert costs[0] == pytest.approx(0.5 * (1 - median_skill(1.0, 0.02)), rel=1e-6)
    assert costs[-1] == pytest.approx(0.95 * 0.5)


def test_rational_agents_are_measured_as_before() -> None:
    found = audited({"mu": 0.5, "sigma": 0.1, "beta": 0.5}, rational=True)
    assert "cost_of_rational_limits" not in found
    assert set(found["not_applicable"]) == {"exact_qre", "processing_cost", "skills"}
    assert "rational_limits" in found
