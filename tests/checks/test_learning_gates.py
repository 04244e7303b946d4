"""Gates about learning: what passes, what fails, and what is said of it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.checks import learning_gates as gates
from satisfice.checks.gate import Gate
from satisfice.checks.learning_gates import learning_gate, verification_gates

SPREAD = {"mean": 0.0, "p95": 0.0, "max": 0.0}


def verified(**found: Any) -> dict[str, Gate]:
    """Gates by name about a verification in which nothing is wrong but what is given."""
    fine = {
        "supertypes": 7,
        "rational_limits": {},
        "exploitability": {"method": "exact", **SPREAD, "by_processing_cost": [fifth(0.0)]},
    }
    return {gate.name: gate for gate in verification_gates(fine | found)}


def fifth(mean: float, low: float = 0.1, high: float = 0.2) -> dict[str, float]:
    return {"low": low, "high": high, "mean": mean}


@pytest.mark.parametrize(
    ("mean", "p95", "passed"),
    [(0.02, 0.05, (True, True)), (0.021, 0.04, (False, True)), (0.01, 0.051, (True, False))],
)
def test_exploitability_is_judged_by_its_mean_and_by_that_of_most(
    mean: float, p95: float, passed: tuple[bool, bool]
) -> None:
    for method, words in (("exact", "computed exactly"), ("responder", "lower bound")):
        found = verified(
            exploitability={
                "method": method, "mean": mean, "p95": p95, "by_processing_cost": [fifth(mean)],
            }
        )  # fmt: skip
        both = found["exploitability"], found["exploitability_of_most"]
        assert tuple(gate.passed for gate in both) == passed
        assert [gate.value for gate in both] == [mean, p95]
        for gate in both:
            assert words in gate.meaning
            assert "over 7 supertypes" in gate.meaning


@pytest.mark.parametrize(("worst", "passed"), [(0.05, True), (0.06, False)])
def test_a_network_that_fails_some_processing_costs_is_too_small(
    worst: float, passed: bool
) -> None:
    fifths = [fifth(0.0), fifth(worst, 0.25, 0.5), fifth(-0.3)]
    exploited = {"method": "exact", **SPREAD, "by_processing_cost": fifths}
    gate = verified(exploitability=exploited)["network_serves_all"]
    assert (gate.value, gate.passed) == (worst, passed)
    assert "costs of 0.25 to 0.5" in gate.meaning
    assert "raise learning.hidden" in gate.meaning


@pytest.mark.parametrize(("departure", "passed"), [(0.05, True), (0.049, False), (0.0, False)])
def test_agents_who_learn_nothing_think_at_too_high_a_cost(departure: float, passed: bool) -> None:
    skills = {"departure_from_prior_belief": departure, "shares_by_decile": [0.1] * 10}
    gate = verified(skills=skills)["departs_from_prior_belief"]
    assert (gate.value, gate.passed) == (departure, passed)
    assert "lower the bounds of parameter_prior.beta" in gate.meaning


@pytest.mark.parametrize(("rarest", "passed"), [(0.02, True), (0.019, False), (0.0, False)])
def test_the_rarest_skill_is_named(rarest: float, passed: bool) -> None:
    shares = [0.1] * 10
    shares[3] = rarest
    skills = {"departure_from_prior_belief": 0.5, "shares_by_decile": shares}
    gate = verified(skills=skills)["skills_explored"]
    assert (gate.value, gate.passed) == (rarest, passed)
    assert "0.3 to 0.4" in gate.meaning
    assert "parameter_prior.mu" in gate.meaning


def test_skills_that_the_prior_cannot_draw_do_not_count() -> None:
    shares = [0.0, 0.0, 0.01, 0.4, 0.3, 0.2, 0.09, 0.0, 0.0, 0.0]
    skills = {"departure_from_prior_belief": 0.5, "shares_by_decile": shares}
    for possible, rarest, words in ((range(3, 7), 0.09, "0.6 to 0.7"), (range(2, 7), 0.01, "0.2")):
        told = {"possible_deciles": [number in possible for number in range(10)]}
        gate = verified(skills=skills | told)["skills_explored"]
        assert (gate.value, gate.passed) == (rarest, rarest > 0.02)
        assert f"range of skills, {words}" in gate.meaning
    assert verified(skills=skills)["skills_explored"].value == 0.0


def test_the_exact_equilibrium_is_held_against_distances_and_market() -> None:
    def exact(mean: float, p95: float, error: float) -> dict[str, Gate]:
        market = {"mean price": {"mean": error, "p95": 9.0, "tolerance": 0.02, "relative": False}}
        return verified(
            exact_qre={
                "total_variation": {"mean": mean, "p95": p95},
                "by_treatment": {"stable": {"market": market}, "steep": {"market": market}},
            }
        )

    names = ("exact_qre", "exact_qre_of_most", "exact_market")
    fine, off = exact(0.02, 0.05, 0.02), exact(0.03, 0.06, 0.03)
    assert all(fine[name].passed for name in names)
    assert not any(off[name].passed for name in names)
    assert fine["exact_market"].meaning.endswith("None is off.")
    assert off["exact_market"].value == 2
    assert off["exact_market"].meaning.endswith("Off: mean price of stable; mean price of steep.")


def test_what_was_not_measured_has_no_gate() -> None:
    assert set(verified()) == {
        "rational_limit", "exploitability", "exploitability_of_most", "network_serves_all",
    }  # fmt: skip
    nothing_small = {
        "supertypes": 7,
        "exploitability": {"method": "exact", **SPREAD, "by_processing_cost": [fifth(0.0)]},
    }
    assert [gate.name for gate in verification_gates(nothing_small)] == [
        "exploitability", "exploitability_of_most", "network_serves_all",
    ]  # fmt: skip


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
    gate = gates.rational_gate(LIMITS)
    assert (gate.name, gate.value, gate.threshold, gate.passed) == ("rational_limit", 2, 0, False)
    assert "Number of quantities, of 4, in which play without a KL cost" in gate.meaning
    assert gate.meaning.endswith(
        "Off: mean price of stable 5.91, wanted at least 5.5 and at most 5.6; price variance of "
        "unstable 0.4568, wanted at most 0.3; raise learning.iterations."
    )
    low_only = {"step": {"profit": {"value": 1.0, "low": 2.0, "kept": False}}}
    meaning = gates.rational_gate(low_only).meaning
    assert "profit of step 1, wanted at least 2;" in meaning


def test_what_is_rational_enough_passes() -> None:
    kept = {"stable": {"price variance": LIMITS["stable"]["price variance"]}}
    gate = gates.rational_gate(kept)
    assert gate.passed
    assert gate.value == 0
    assert gate.meaning.endswith("None is off.")
    assert "raise learning.iterations" not in gate.meaning


@pytest.mark.parametrize(
    ("rise", "distance", "passed"),
    [
        (0.02, 0.01, (True, True)),
        (0.1, 0.02, (True, True)),
        (0.2, 0.03, (False, False)),
        (1.0, 0.0, (False, True)),
    ],
)
def test_thinking_should_pay_and_should_have_its_price(
    rise: float, distance: float, passed: tuple[bool, bool]
) -> None:
    found = {
        "processing_cost": [0.1, 0.2, 0.3],
        "largest_rise": rise,
        "very_large_cost": 200.0,
        "total_variation_from_prior_belief": distance,
    }
    falls, limit = gates._processing_cost_gates(found)
    assert (falls.name, limit.name) == ("payoff_falls", "prior_belief_limit")
    assert (falls.passed, limit.passed) == passed
    assert (falls.value, limit.value) == (rise, distance)
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
