"""The verdict's words follow the gates' numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE
from satisfice.report.results import Posterior
from satisfice.report.verdict import FAILURES, FEW_SIMULATIONS, Verdict, conclude

CRPS = {"bounded": 0.4, "rational": 4.0, "equilibrium": 2.0}


def posterior(cost: float, share: float) -> Posterior:
    draws = ("chain", "draw"), np.ones((2, 10))
    group = xr.Dataset(
        {
            "mean_lambda": (draws[0], cost * draws[1]),
            "share_unbounded": (draws[0], share * draws[1]),
        }
    )
    return Posterior({"posterior": group}, {"space": SKILL_SPACE.as_json()})


@pytest.fixture
def verdict_of(
    scores_of: Callable[..., Any], tested_of: Callable[..., Any]
) -> Callable[..., Verdict]:
    def make(
        *gates: dict[str, Any],
        crps: dict[str, float] = CRPS,
        simulations: int = FEW_SIMULATIONS,
        cost: float = 0.31,
        share: float = 0.25,
        p_values: dict[str, float] | None = None,
        held_out: int = 10,
    ) -> Verdict:
        config = {"default_belief": "habit", "simulation": {"simulations": simulations}}
        about = scores_of(crps), tested_of(**(p_values or {})), posterior(cost, share)
        return conclude(list(gates), *about, config, held_out)

    return make


def prediction(ratio: float) -> dict[str, Any]:
    return {
        "model": "all", "name": "held_out_prediction", "value": ratio, "threshold": 0.5,
        "passed": ratio <= 0.5, "meaning": "",
    }  # fmt: skip


def test_who_predicts_better_is_named_first(verdict_of: Callable[..., Verdict]) -> None:
    crps = {"bounded": 1.2, "rational": 4.0, "equilibrium": 2.0, "sterman": 0.9, "level_k": 1.0}
    headline = verdict_of(prediction(0.6), crps=crps).headline
    assert headline.startswith(
        "Sterman (0.9), level-k (1) predict what was held out better than bounded (habit) (1.2)"
    )
    assert "FAILS" in headline
    assert verdict_of(prediction(0.2)).headline.startswith("The gate")


@pytest.mark.parametrize(("held_out", "warned"), [(1, True), (9, True), (10, False)])
def test_few_statistics_leave_doubt(
    verdict_of: Callable[..., Verdict], held_out: int, warned: bool
) -> None:
    verdict = verdict_of(prediction(0.2), held_out=held_out)
    assert any("beyond doubt" in caution for caution in verdict.cautions) is warned


def test_a_passing_gate_is_said_to_pass(verdict_of: Callable[..., Verdict]) -> None:
    verdict = verdict_of(prediction(0.2))
    assert verdict.clean
    assert "PASSES" in verdict.headline and "FAILS" not in verdict.headline
    assert "bounded (habit) is 0.2 times that of the best rational model, equilibrium" in (
        verdict.headline
    )
    assert verdict.failures == verdict.cautions == ()


@pytest.mark.parametrize(
    ("ratio", "words"),
    [(0.7, "better, but not by the required margin"), (1.3, "predicts no better than rationality")],
)
def test_a_failing_gate_is_said_to_fail(
    verdict_of: Callable[..., Verdict], ratio: float, words: str
) -> None:
    verdict = verdict_of(prediction(ratio))
    assert not verdict.clean
    assert "FAILS" in verdict.headline and "PASSES" not in verdict.headline
    assert words in verdict.headline
    assert len(verdict.failures) == 1 and f"{ratio:g}" in verdict.failures[0]


def test_the_best_rival_is_looked_up(verdict_of: Callable[..., Verdict]) -> None:
    crps = {"bounded": 3.0, "bounded_uniform": 1.0, "rational": 4.0, "equilibrium": 6.0}
    headline = verdict_of(prediction(0.25), crps=crps).headline
    assert headline.startswith("bounded (uniform) (1) predicts what was held out better than")
    assert "of the best rational model, rational" in headline


def test_the_population_follows_the_posterior(verdict_of: Callable[..., Verdict]) -> None:
    assert "λ = 0.31 reference payoffs" in verdict_of(prediction(0.2)).population
    some = verdict_of(prediction(0.2)).population
    assert some.startswith("Under the default prior belief, habit, agents pay on average λ = ")
    assert "and 25 % (25 % to 25 %) are nearly rational, with λ below 0.02." in some
    everyone = verdict_of(prediction(0.2), share=1.0).population
    assert "and 100 % (100 % to 100 %) are" in everyone
    assert "and 0 % (0 % to 0 %) are" in verdict_of(prediction(0.2), share=0.0).population


def test_who_may_have_made_the_data_is_told(verdict_of: Callable[..., Verdict]) -> None:
    none = verdict_of(prediction(0.2), p_values={"bounded": 0.01, "ewa": 0.002}).origin
    assert none.startswith("None of the 2 contenders with parameters is likely to have made the 4")
    some = verdict_of(prediction(0.2), p_values={"bounded": 0.01, "ewa": 0.2, "level_k": 0.7})
    assert some.origin == (
        "Of the 3 contenders with parameters these may have made the 4 fitted human statistics: "
        "level-k (p = 0.7), EWA (p = 0.2)."
    )


def test_what_is_not_settled_is_not_said_to_be_possible(
    scores_of: Callable[..., Any], tested_of: Callable[..., Any]
) -> None:
    tested = tested_of(bounded=0.01, ewa=0.2).assign(settled=[True, False])
    config = {"default_belief": "habit", "simulation": {"simulations": FEW_SIMULATIONS}}
    about = scores_of(CRPS), tested, posterior(0.3, 0.2)
    origin = conclude([prediction(0.2)], *about, config, 10).origin
    assert origin.startswith("None of the 2 contenders")
    assert origin.endswith("The test is not settled for EWA.")


def test_the_population_is_told_role_by_role(
    scores_of: Callable[..., Any], tested_of: Callable[..., Any]
) -> None:
    spread = {"factory": [0.1, 0.3], "retailer": [1.0, 1.0]}
    draws = {f"mean_lambda_{role}": (("draw",), costs) for role, costs in spread.items()}
    draws |= {f"mu_{role}": (("draw",), [0.1, 0.2]) for role in spread}
    draws |= {
        "share_unbounded_factory": (("draw",), [0.5, 0.5]),
        "share_unbounded_retailer": (("draw",), [0.0, 0.0]),
    }
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, tuple(spread))
    by_role = Posterior({"posterior": xr.Dataset(draws)}, {"space": space.as_json()})
    config = {"default_belief": "anchor", "simulation": {"simulations": FEW_SIMULATIONS}}
    about = scores_of(CRPS), tested_of(), by_role
    text = conclude([prediction(0.2)], *about, config, 10).population
    assert text.startswith("Under the default prior belief, anchor, the factory pays on average")
    assert "the factory pays on average λ = 0.2 reference payoffs" in text
    assert "(90 % interval 0.11 to 0.29), and 50 % (50 % to 50 %) are" in text
    assert "; the retailer pays on average λ = 1 reference payoffs" in text
    assert "and 0 % (0 % to 0 %) are nearly rational, with λ below 0.02." in text
    assert "agents pay" not in text


def test_failing_calibration_calls_for_caution(
    verdict_of: Callable[..., Verdict], gate_of: Callable[..., dict[str, Any]]
) -> None:
    verdict = verdict_of(prediction(0.2), gate_of("sbc", passed=False))
    assert not verdict.clean
    assert (verdict.passed, verdict.total) == (1, 2)
    assert verdict.failures[0].startswith("prior belief habit: simulation-based calibration (SBC)")
    assert any("at face value: sbc fails" in caution for caution in verdict.cautions)
    # Another belief's posterior says nothing about the default's.
    other = verdict_of(prediction(0.2), gate_of("sbc", passed=False, model="uniform"))
    assert other.cautions == () and len(other.failures) == 1


def test_an_irrational_baseline_is_told(
    verdict_of: Callable[..., Verdict], gate_of: Callable[..., dict[str, Any]]
) -> None:
    verdict = verdict_of(prediction(0.2), gate_of("rational_limit", passed=False, model="rational"))
    assert any(
        "Rational play is not as rational as it should be" in words for words in verdict.cautions
    )
    # Bounded agents without a cost are another matter.
    bounded = verdict_of(prediction(0.2), gate_of("rational_limit", passed=False))
    assert bounded.cautions == ()
    assert "play without a KL cost is not as rational" in bounded.failures[0]


@pytest.mark.parametrize("name", ["rational_limit", "payoff_falls", "prior_belief_limit",
                                  "stylised_facts"])  # fmt: skip
def test_gates_that_fail_are_told_in_plain_words(
    verdict_of: Callable[..., Verdict], gate_of: Callable[..., dict[str, Any]], name: str
) -> None:
    (words,) = verdict_of(prediction(0.2), gate_of(name, passed=False)).failures
    assert words.startswith("prior belief habit: ")
    assert FAILURES[name] in words
    assert "the gate" not in words


def test_an_unknown_gate_is_told_by_its_name(
    verdict_of: Callable[..., Verdict], gate_of: Callable[..., dict[str, Any]]
) -> None:
    verdict = verdict_of(prediction(0.2), gate_of("new_check", passed=False))
    assert "the gate new check fails" in verdict.failures[0]


def test_few_simulations_are_told(verdict_of: Callable[..., Verdict]) -> None:
    verdict = verdict_of(prediction(0.2), simulations=FEW_SIMULATIONS - 1)
    assert "4,999 simulations" in verdict.cautions[0] and "mean little" in verdict.cautions[0]
