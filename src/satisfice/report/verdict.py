"""The verdict in words. Every word follows from the gates' numbers; nothing is assumed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from satisfice.evaluation.scores import BOUNDED, best_rational
from satisfice.population.derived import MEAN_LAMBDA, NEARLY_UNBOUNDED, SHARE_UNBOUNDED
from satisfice.report.results import Calibration, find_gate, interval, model_label, number

FEW_SIMULATIONS = 5000
"""Below this number of simulations a run shows that the code works, and little else."""

PREDICTION = "held_out_prediction"

FAILURES = {
    "sbc": "simulation-based calibration fails, so the posterior is not calibrated",
    "expected_coverage": "the posterior is overconfident: its intervals hold too few known truths",
    "tarp": "joint coverage (TARP) fails, so the posterior is not calibrated",
    "lc2st": "the posterior is wrong near the human data (LC2ST)",
    "misspecification": "the human data look unlike anything that the model simulates",
    "misspecification_false_alarms": "the test of misspecification errs more often than it says",
    "misspecification_detects": "the test of misspecification misses other rules of play",
    "ensemble_rhat": "the estimators of the ensemble disagree about the human data",
    "prior_predictive": "the model cannot produce some of the human statistics that were fitted",
    "simulation_failures": "too many simulations could not be used",
    "learning_converged": "learning had not settled when it stopped",
    "exact_qre": "the learnt behaviour is too far from the exact quantal response equilibrium",
    "exact_qre_of_most": "for some supertypes the learnt behaviour is too far from the exact QRE",
    "exact_market": "the learnt population makes another market than the exact equilibrium",
    "exploitability": "the learnt behaviour can be exploited",
    "exploitability_of_most": "for some supertypes the learnt behaviour can be exploited",
    "network_serves_all": "for some processing costs the network is too small, or untrained",
    "departs_from_prior_belief": "thinking costs too much for the agents to learn anything",
    "skills_explored": "learning never met some of the skills",
    "rational_limit": "play without a KL cost is not as rational as it should be",
    "payoff_falls": "a higher processing cost does not lower the payoff as it should",
    "prior_belief_limit": "agents who cannot afford to think do not follow their prior belief",
    "stylised_facts": "predictions show too seldom a pattern that humans show",
    PREDICTION: "held-out prediction is not as good as required",
}
"""What a failing gate means, in plain words."""

POSTERIOR_GATES = (
    "sbc", "expected_coverage", "tarp", "lc2st", "misspecification", "ensemble_rhat",
    "prior_predictive", "simulation_failures",
)  # fmt: skip
"""Gates that decide whether a posterior may be read at face value."""


@dataclass(frozen=True)
class Verdict:
    """A conclusion in words.

    Attributes:
        passed: Number of gates that pass.
        total: Number of gates.
        headline: The answer to the run's question.
        population: Who the agents are.
        failures: One clause for each failing gate.
        cautions: Reasons to distrust the numbers.
    """

    passed: int
    total: int
    headline: str
    population: str
    failures: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether every gate passes and nothing calls for caution."""
        return self.passed == self.total and not self.cautions


def conclude(
    gates: list[dict[str, Any]],
    scores: pd.DataFrame,
    default: Calibration,
    config: Mapping[str, Any],
) -> Verdict:
    """Put the gates, scores and posterior of one game into words."""
    belief = str(config["default_belief"])
    failing = [gate for gate in gates if not gate["passed"]]
    return Verdict(
        passed=len(gates) - len(failing),
        total=len(gates),
        headline=_headline(find_gate(gates, PREDICTION), scores, belief),
        population=_population(default, belief),
        failures=tuple(_failure(gate, belief) for gate in failing),
        cautions=_cautions(failing, belief, int(config["simulation"]["simulations"])),
    )


def _headline(gate: Mapping[str, Any], scores: pd.DataFrame, belief: str) -> str:
    bounded, rival = (model_label(m, belief) for m in (BOUNDED, best_rational(scores)))
    ratio, limit = float(gate["value"]), float(gate["threshold"])
    compared = (
        f"On what was held out, the prediction error (CRPS) of the model {bounded} is "
        f"{number(ratio)} times that of the best rational model, {rival}"
    )
    if gate["passed"]:
        return f"The gate on held-out prediction PASSES. {compared} (at most {number(limit)})."
    gap = (
        "better, but not by the required margin"
        if ratio < 1
        else "bounded rationality predicts no better than rationality"
    )
    return f"The gate on held-out prediction FAILS. {compared}: {gap} (at most {number(limit)})."


def _population(default: Calibration, belief: str) -> str:
    parts = [_supertype(default, role) for role in default.space.roles or ("",)]
    return f"Under the default prior belief, {belief}, {'; '.join(parts)}."


def _supertype(default: Calibration, role: str) -> str:
    suffix = f"_{role}" if role else ""
    cost, share = (
        default.draws("posterior", each.name + suffix) for each in (MEAN_LAMBDA, SHARE_UNBOUNDED)
    )
    low, high = interval(cost)
    few, many = interval(share)
    return (
        f"{f'the {role} pays' if role else 'agents pay'} on average λ = "
        f"{number(cost.mean())} reference payoffs for each nat of departure from it (90 % interval "
        f"{number(low)} to {number(high)}), and {_percent(share.mean())} ({_percent(few)} to "
        f"{_percent(many)}) are nearly unbounded, with λ below {NEARLY_UNBOUNDED:g}"
    )


def _percent(share: float) -> str:
    return f"{number(round(100 * float(share), 1))} %"


def gate_subject(model: str) -> str:
    """What a gate's ``model`` means, for people."""
    return {"all": "all models", "rational": "rational play"}.get(model, f"prior belief {model}")


def _failure(gate: Mapping[str, Any], belief: str) -> str:
    name = str(gate["name"])
    words = FAILURES.get(name, f"the gate {name.replace('_', ' ')} fails")
    return (
        f"{gate_subject(str(gate['model']))}: {words} "
        f"({name} = {number(float(gate['value']))}, threshold {number(float(gate['threshold']))})"
    )


def _cautions(failing: list[dict[str, Any]], belief: str, simulations: int) -> tuple[str, ...]:
    cautions = []
    if simulations < FEW_SIMULATIONS:
        cautions.append(
            f"This run used only {simulations:,} simulations for each prior belief (fewer than "
            f"{FEW_SIMULATIONS:,}). It shows that the pipeline works; its numbers mean little."
        )
    doubtful = [g["name"] for g in failing if g["model"] == belief and g["name"] in POSTERIOR_GATES]
    if doubtful:
        cautions.append(
            f"Do not take the posterior under the prior belief {belief} at face value: "
            f"{', '.join(doubtful)} fail{'s' if len(doubtful) == 1 else ''}."
        )
    if any((gate["name"], gate["model"]) == ("rational_limit", "rational") for gate in failing):
        cautions.append(
            "Rational play is not as rational as it should be; compare with the "
            "equilibrium instead."
        )
    return tuple(cautions)
