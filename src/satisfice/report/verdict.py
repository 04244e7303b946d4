"""The verdict in words. It follows from the numbers of the gates alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from satisfice.checks.misspecification import LEVEL
from satisfice.checks.misspecification_findings import may_have_made
from satisfice.evaluation.scores import FEW_HELD_OUT, best_rational, held_out_crps
from satisfice.io.game_run import BOUNDED
from satisfice.population.derived import MEAN_LAMBDA, NEARLY_UNBOUNDED, SHARE_UNBOUNDED
from satisfice.report.results import Posterior, find_gate, interval, model_label, number

FEW_SIMULATIONS = 5000
"""A run with fewer simulations shows that the code works, and little else."""

PREDICTION = "held_out_prediction"

FAILURES = {
    "sbc": "simulation-based calibration (SBC) fails, so the posterior is not reliable",
    "expected_coverage": "the posterior is overconfident: too few intervals hold the true value",
    "tarp": "the joint posterior does not have the right coverage (TARP)",
    "lc2st": "the posterior is wrong near the human data (LC2ST)",
    "misspecification": "the human data are unlike what the model simulates at its nearest theta",
    "misspecification_false_alarms": "the misspecification test has a wrong rate of false alarms",
    "ensemble_rhat": "the estimators of the ensemble disagree about the human data",
    "prior_predictive": "the model cannot produce some of the human statistics that were fitted",
    "simulation_failures": "too many simulations could not be used",
    "learning_converged": "learning had not converged when it stopped",
    "exact_qre": "the learnt behaviour is too far from the exact quantal response equilibrium",
    "exact_qre_of_most": "for some supertypes the learnt behaviour is too far from the exact QRE",
    "exact_market": "markets of the learnt population differ from those of the exact equilibrium",
    "exploitability": "the learnt behaviour can be exploited",
    "exploitability_of_most": "for some supertypes the learnt behaviour can be exploited",
    "network_serves_all": "for some processing costs the network is too small, or untrained",
    "departs_from_prior_belief": "thinking costs too much for the agents to learn anything",
    "skills_explored": "some skills were hardly met in training",
    "rational_limit": "play without a KL cost is not as rational as it should be",
    "payoff_falls": "a higher processing cost does not lower the payoff as it should",
    "prior_belief_limit": "agents at a very high processing cost do not follow their prior belief",
    "stylised_facts": "predictions too seldom show a pattern that people show",
    PREDICTION: "held-out prediction is not as good as required",
}
"""What a failing gate means."""

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
        origin: Which contenders could have made the human statistics.
        population: What the posterior says about the agents.
        failures: One clause for each failing gate.
        cautions: Reasons to distrust the numbers.
    """

    passed: int
    total: int
    headline: str
    origin: str
    population: str
    failures: tuple[str, ...]
    cautions: tuple[str, ...]

    @property
    def clean(self) -> bool:
        """Whether every gate passes and there is no caution."""
        return self.passed == self.total and not self.cautions


def conclude(
    gates: list[dict[str, Any]],
    scores: pd.DataFrame,
    tested: pd.DataFrame,
    default: Posterior,
    config: Mapping[str, Any],
    held_out: int,
) -> Verdict:
    """Put the gates, scores, tests of misspecification and posterior of one game into words.

    ``held_out`` is the number of statistics that were held out.
    """
    belief = str(config["default_belief"])
    failing = [gate for gate in gates if not gate["passed"]]
    return Verdict(
        passed=len(gates) - len(failing),
        total=len(gates),
        headline=_headline(find_gate(gates, PREDICTION), scores, belief),
        origin=_origin(tested, belief),
        population=_population(default, belief),
        failures=tuple(_failure(gate, belief) for gate in failing),
        cautions=_cautions(failing, belief, int(config["simulation"]["simulations"]), held_out),
    )


def _headline(gate: Mapping[str, Any], scores: pd.DataFrame, belief: str) -> str:
    bounded, rival = (model_label(m, belief) for m in (BOUNDED, best_rational(scores)))
    ratio, limit = float(gate["value"]), float(gate["threshold"])
    better = _better(scores, belief)
    compared = (
        f"On what was held out, the prediction error (CRPS) of the model {bounded} is "
        f"{number(ratio)} times that of the best rational model, {rival}"
    )
    if gate["passed"]:
        return (
            f"{better}The gate on held-out prediction PASSES. {compared} (at most {number(limit)})."
        )
    gap = (
        "better, but not by the required margin"
        if ratio < 1
        else "bounded rationality predicts no better than rationality"
    )
    return (
        f"{better}The gate on held-out prediction FAILS. {compared}: {gap} "
        f"(at most {number(limit)})."
    )


def _better(scores: pd.DataFrame, belief: str) -> str:
    """The contenders that predict better than the bounded model, the best first."""
    crps = held_out_crps(scores)
    names = sorted((n for n in crps if crps[n] < crps[BOUNDED]), key=crps.__getitem__)
    if not names:
        return ""
    named = ", ".join(f"{model_label(name, belief)} ({number(crps[name])})" for name in names)
    return (
        f"{named} predict{'s' if len(names) == 1 else ''} what was held out better than "
        f"{model_label(BOUNDED, belief)} ({number(crps[BOUNDED])}), by CRPS. "
    )


def _origin(tested: pd.DataFrame, belief: str) -> str:
    """Which contenders could have made the human statistics."""
    number_of, statistics = len(tested), int(tested.statistics.max())
    possible = may_have_made(tested)
    open_questions = tested[~tested.settled & (tested.p_value >= LEVEL)]
    unsettled = [model_label(str(name), belief) for name in open_questions.contender]
    doubt = f" The test is not settled for {', '.join(unsettled)}." if unsettled else ""
    named = [
        f"{model_label(str(row.contender), belief)} (p = {number(float(row.p_value))})"  # type: ignore[arg-type]
        for row in possible.itertuples()
    ]
    data = f"the {statistics} fitted human statistics"
    if not named:
        return (
            f"None of the {number_of} contenders with parameters is likely to have made {data}, by "
            f"a test at the θ nearest to them (p < {LEVEL:g}).{doubt}"
        )
    return (
        f"Of the {number_of} contenders with parameters these may have made {data}: "
        f"{', '.join(named)}.{doubt}"
    )


def _population(default: Posterior, belief: str) -> str:
    parts = [_supertype(default, role) for role in default.space.roles or ("",)]
    return f"Under the default prior belief, {belief}, {'; '.join(parts)}."


def _supertype(default: Posterior, role: str) -> str:
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
        f"{_percent(many)}) are nearly rational, with λ below {NEARLY_UNBOUNDED:g}"
    )


def _percent(share: float) -> str:
    return f"{number(round(100 * float(share), 1))} %"


def gate_subject(model: str) -> str:
    """What a gate is about, in words; ``model`` is its column in the gates."""
    known = {"all": "all models", "rational": "rational play", "ppo": "PPO"}
    return known.get(model, f"prior belief {model}")


def _failure(gate: Mapping[str, Any], belief: str) -> str:
    name = str(gate["name"])
    words = FAILURES.get(name, f"the gate {name.replace('_', ' ')} fails")
    return (
        f"{gate_subject(str(gate['model']))}: {words} "
        f"({name} = {number(float(gate['value']))}, threshold {number(float(gate['threshold']))})"
    )


def _cautions(
    failing: list[dict[str, Any]], belief: str, simulations: int, held_out: int
) -> tuple[str, ...]:
    cautions = []
    if simulations < FEW_SIMULATIONS:
        cautions.append(
            f"This run used only {simulations:,} simulations for each prior belief (fewer than "
            f"{FEW_SIMULATIONS:,}). It shows that the pipeline works; its numbers mean little."
        )
    if held_out < FEW_HELD_OUT:
        cautions.append(
            f"Who predicts better is not beyond doubt: only {held_out} of the statistics "
            f"{'was' if held_out == 1 else 'were'} held out."
        )
    doubtful = [g["name"] for g in failing if g["model"] == belief and g["name"] in POSTERIOR_GATES]
    if doubtful:
        cautions.append(
            f"Do not take the posterior under the prior belief {belief} at face value: "
            f"{', '.join(doubtful)} fail{'s' if len(doubtful) == 1 else ''}."
        )
    if any((gate["name"], gate["model"]) == ("rational_limit", "rational") for gate in failing):
        cautions.append(
            "Rational play is not as rational as it should be; compare with the equilibrium "
            "instead."
        )
    return tuple(cautions)
