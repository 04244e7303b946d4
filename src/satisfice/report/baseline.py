"""What the report says of the two learners without a cost of thinking: rational play and PPO."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from satisfice.evaluation.scores import RATIONAL_MODELS, held_out_crps
from satisfice.io.game_run import BOUNDED, PPO, RATIONAL
from satisfice.report.results import PROPER_NAMES, Baseline, number

NAMES = {RATIONAL: "rational play", PPO: "PPO", "equilibrium": "the equilibrium"}


def baseline_words(found: Baseline, scores: pd.DataFrame) -> tuple[str, ...]:
    """Which of the two earns more, how near each is to the best play, and to people."""
    treatments = dict.fromkeys(found.earnings.treatment.astype(str))
    return (
        *(_who_earns_more(found.earnings, treatment) for treatment in treatments),
        _distance_from_limits(found.verification["rational_limits"]),
        _distance_from_people(held_out_crps(scores)),
    )


def _who_earns_more(earnings: pd.DataFrame, treatment: str) -> str:
    """Mean payoffs of a treatment, and whether the difference is more than noise."""
    rows = earnings[earnings.treatment.astype(str) == treatment]
    names, columns = rows.contender.astype(str), (rows.payoff, rows.standard_error)
    paid = dict(zip(names, zip(*(each.to_numpy() for each in columns), strict=True), strict=True))
    (ours, our_error), (other, other_error) = paid[RATIONAL], paid[PPO]
    if abs(other - ours) <= 2.0 * math.hypot(our_error, other_error):
        result = "PPO and rational play earn the same within two standard errors"
    elif other > ours:
        result = "PPO earns more than rational play"
    else:
        result = "rational play earns more than PPO"
    listed = ", ".join(
        f"{_called(name)} {number(payoff)} ± {number(error)}"
        for name, (payoff, error) in paid.items()
    )
    return (
        f"In the treatment {treatment.replace('_', ' ')}, where all agents of a market are of one "
        f"kind, {result}. Payoffs per round in reference payoffs, ± one standard error: {listed}."
    )


def _called(name: str) -> str:
    return NAMES.get(name, PROPER_NAMES.get(name, name.replace("_", " ")))


def _distance_from_limits(limits: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> str:
    """What PPO's play is beside the bounds of rational play."""
    parts = []
    for treatment, quantities in limits.items():
        for quantity, limit in quantities.items():
            bounds = [
                f"{words} {number(limit[key])}"
                for key, words in (("low", "at least"), ("high", "at most"))
                if key in limit
            ]
            kept = "" if limit["kept"] else ", which it is NOT"
            parts.append(
                f"{treatment.replace('_', ' ')}, {quantity}: {number(limit['value'])} (in rational "
                f"play {' and '.join(bounds)}{kept})"
            )
    return f"How near PPO is to rational play: {'; '.join(parts)}."


def _distance_from_people(crps: Mapping[str, float]) -> str:
    """The bounded model's prediction error beside that of each model without a cost."""
    ratios = [
        f"{number(crps[BOUNDED] / crps[name])} times that of {NAMES[name]}"
        for name in RATIONAL_MODELS
        if name in crps
    ]
    better = [name for name in RATIONAL_MODELS if name in crps and crps[BOUNDED] < crps[name]]
    beaten = [NAMES[name] for name in RATIONAL_MODELS if name in crps and name not in better]
    summary = f"not smaller than that of {' and '.join(beaten)}" if beaten else "the smallest"
    return (
        f"On what was held out, the bounded model's prediction error (CRPS) is {summary}: it is "
        f"{', '.join(ratios)}."
    )
