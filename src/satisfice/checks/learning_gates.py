"""Gates about learning: is the trained policy right, and if not, why?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.gate import Gate, at_least, at_most
from satisfice.population.skill_parameters import BETA, MU, SIGMA

MEAN_DISTANCE, DISTANCE_OF_MOST = 0.02, 0.05
"""Largest total variation from the exact QRE: mean, and 95th percentile over supertypes."""

MEAN_GAIN, GAIN_OF_MOST = 0.02, 0.05
"""Largest gain of a best response in reference payoffs: mean, and 95th percentile."""

SMALLEST_DEPARTURE = 0.05
"""Total variation from the prior belief that shows that agents learnt anything."""

LARGEST_RISE = 0.1
"""Largest rise of the payoff with the processing cost, as a share of its range."""

RAREST_SKILL = 0.02
"""Smallest share of training that each tenth of the range of skills should have."""


def learning_gate(curves: pd.DataFrame) -> Gate:
    """Has the net payoff stopped rising or falling?"""
    # Each half has at least two rows, for a standard deviation.
    tail = curves.net_payoff.to_numpy()[-max(4, len(curves) * 2 // 5) :]
    before, after = np.array_split(tail, 2)
    drift = abs(float(after.mean() - before.mean()))
    noise = float(np.hypot(before.std(ddof=1), after.std(ddof=1)) / np.sqrt(len(after)))
    threshold = 0.01 + 3 * noise
    return at_most(
        "learning_converged", drift, threshold,
        "Change of the mean net payoff between the last fifth of training and the fifth before, "
        "in units of the reference payoff; above the threshold, raise learning.iterations.",
    )  # fmt: skip


def verification_gates(found: Mapping[str, Any]) -> list[Gate]:
    """All gates about one verification.json."""
    gates = []
    if "rational_limits" in found:
        gates.append(rational_gate(found["rational_limits"]))
    if "exact_qre" in found:
        gates += _exact_gates(found["exact_qre"], found["supertypes"])
    if "processing_cost" in found:
        gates += _processing_cost_gates(found["processing_cost"])
    if "skills" in found:
        gates += _skill_gates(found["skills"])
    return [*gates, *_exploitability_gates(found["exploitability"], found["supertypes"])]


def _exact_gates(found: Mapping[str, Any], supertypes: int) -> list[Gate]:
    distance = found["total_variation"]
    where = (
        "total variation between the learnt policy and the exact heterogeneous QRE over "
        f"{supertypes} supertypes and all treatments"
    )
    remedy = "If it is too far, raise learning.iterations, then learning.action_basis."
    off = [
        f"{quantity} of {treatment}"
        for treatment, part in found["by_treatment"].items()
        for quantity, error in part["market"].items()
        if error["mean"] > error["tolerance"]
    ]
    named = f"Off: {'; '.join(off)}." if off else "None is off."
    return [
        at_most("exact_qre", distance["mean"], MEAN_DISTANCE, f"Mean {where}. {remedy}"),
        at_most(
            "exact_qre_of_most", distance["p95"], DISTANCE_OF_MOST,
            f"95th percentile of the {where}. {remedy}",
        ),
        at_most(
            "exact_market", float(len(off)), 0.0,
            f"Number of market quantities whose mean error from the exact QRE is above its "
            f"tolerance. {named}",
        ),
    ]  # fmt: skip


def _exploitability_gates(found: Mapping[str, Any], supertypes: int) -> list[Gate]:
    how = {
        "exact": "a best response, computed exactly",
        "responder": "a trained best response, which gives a lower bound",
    }[found["method"]]
    where = (
        f"gain of one agent by {how}, per round in reference payoffs, KL cost included, over "
        f"{supertypes} supertypes and all treatments"
    )
    worst = max(found["by_processing_cost"], key=lambda part: float(part["mean"]))
    return [
        at_most(
            "exploitability", found["mean"], MEAN_GAIN,
            f"Mean {where}. If it is too large, learning has not reached the equilibrium: raise "
            "learning.iterations.",
        ),
        at_most(
            "exploitability_of_most", found["p95"], GAIN_OF_MOST,
            f"95th percentile of the {where}. If it is too large, raise learning.markets.",
        ),
        at_most(
            "network_serves_all", worst["mean"], GAIN_OF_MOST,
            f"Mean gain in that fifth of the supertypes where it is largest, with processing "
            f"costs of {worst['low']:.3g} to {worst['high']:.3g}. If it is too large where "
            "learning has converged, the network is too small for the range of supertypes: raise "
            "learning.hidden or learning.action_basis, or narrow parameter_prior.",
        ),
    ]  # fmt: skip


def _skill_gates(found: Mapping[str, Any]) -> list[Gate]:
    shares = found["shares_by_decile"]
    possible = found.get("possible_deciles", [True] * len(shares))
    rarest = int(np.argmin(np.where(possible, shares, np.inf)))
    return [
        at_least(
            "departs_from_prior_belief", found["departure_from_prior_belief"], SMALLEST_DEPARTURE,
            "Mean total variation between policy and prior belief over supertypes of the prior. "
            "If it is close to zero, thinking costs too much for anything to be learnt: "
            f"lower the bounds of parameter_prior.{BETA.name}.",
        ),
        at_least(
            "skills_explored", shares[rarest], RAREST_SKILL,
            f"Share of training in the rarest tenth of the range of skills, {rarest / 10:.1f} to "
            f"{(rarest + 1) / 10:.1f}, of those that the prior can draw. The network does not "
            "learn a skill that it never meets: widen the bounds of "
            f"parameter_prior.{MU.name} or parameter_prior.{SIGMA.name}.",
        ),
    ]  # fmt: skip


def rational_gate(
    found: Mapping[str, Mapping[str, Any]], longer: str = "learning.iterations"
) -> Gate:
    """Is play as close to rational play as it should be?

    ``found`` has the limits of each treatment; ``longer`` is the config key of a longer training.
    """
    limits = [
        (f"{quantity} of {treatment}", limit)
        for treatment, quantities in found.items()
        for quantity, limit in quantities.items()
    ]
    broken = [_limit_in_words(name, limit) for name, limit in limits if not limit["kept"]]
    return at_most(
        "rational_limit", float(len(broken)), 0.0,
        f"Number of quantities, of {len(limits)}, in which play without a KL cost is not as close "
        "to rational play as it should be. "
        + (f"Off: {'; '.join(broken)}; raise {longer}." if broken else "None is off."),
    )  # fmt: skip


def _limit_in_words(name: str, limit: Mapping[str, Any]) -> str:
    words = {"low": "at least", "high": "at most"}
    bounds = [f"{words[key]} {limit[key]:.4g}" for key in words if key in limit]
    return f"{name} {limit['value']:.4g}, wanted {' and '.join(bounds)}"


def _processing_cost_gates(found: Mapping[str, Any]) -> list[Gate]:
    distance = found["total_variation_from_prior_belief"]
    return [
        at_most(
            "payoff_falls", found["largest_rise"], LARGEST_RISE,
            "Largest rise of the mean payoff from one processing cost to a higher one, as a share "
            f"of its range over {len(found['processing_cost'])} costs: agents should earn less at "
            "higher costs.",
        ),
        at_most(
            "prior_belief_limit", distance, 0.02,
            "Mean total variation between policy and prior belief where thinking costs "
            f"{found['very_large_cost']:g} reference payoffs a nat: no agent should think.",
        ),
    ]  # fmt: skip
