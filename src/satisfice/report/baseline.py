"""What the report says of the two learners without a cost of thinking: rational play and PPO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from satisfice.evaluation.scores import RATIONAL_MODELS, held_out_crps
from satisfice.io.game_run import BOUNDED, PPO, RATIONAL
from satisfice.report.results import PROPER_NAMES, Baseline, number
from satisfice.report.tables import Table

ERRORS = 2.0
"""Standard errors of a difference up to which two contenders earn the same."""

NAMES = {RATIONAL: "rational play", PPO: "PPO", "equilibrium": "the equilibrium"}


@dataclass(frozen=True)
class BaselineSection:
    """What a page says about the two learners.

    Attributes:
        sentences: Who earns more, how near PPO is to rational play, and to people.
        earnings: What every contender without parameters earns.
    """

    sentences: tuple[str, ...]
    earnings: Table


def about_baseline(found: Baseline, scores: pd.DataFrame) -> BaselineSection:
    """Put earnings, limits and scores into words."""
    sentences = (
        _who_earns_more(found.earnings),
        _distance_from_limits(found.verification["rational_limits"]),
        _distance_from_people(held_out_crps(scores)),
    )
    return BaselineSection(sentences, _earnings_table(found.earnings))


def _who_earns_more(earnings: pd.DataFrame) -> str:
    """Which of the two earns more in which treatments, and in all of them together."""
    who = earnings.contender.astype(str)
    ours, other = earnings[who == RATIONAL], earnings[who == PPO]
    more: dict[str, list[str]] = {"rational play": [], "PPO": [], "": []}
    gains = (other[name].to_numpy() for name in ("gain", "gain_error"))
    for treatment, gain, error in zip(other.treatment.astype(str), *gains, strict=True):
        better = "PPO" if gain > 0 else "rational play"
        alike = abs(gain) <= ERRORS * error
        more["" if alike else better].append(treatment.replace("_", " "))
    parts = [
        f"{name} earns more in {', '.join(treatments)}"
        for name, treatments in more.items()
        if name and treatments
    ]
    if more[""]:
        alike_in = ", ".join(more[""])
        parts.append(f"they earn the same within {ERRORS:g} standard errors in {alike_in}")
    return (
        f"Who earns more? {'; '.join(parts)}. Over all treatments rational play earns "
        f"{number(float(ours.payoff.mean()))} and PPO {number(float(other.payoff.mean()))} "
        f"reference payoffs a round."
    )


def _earnings_table(earnings: pd.DataFrame) -> Table:
    numbers = ("payoff", "standard_error", "gain", "gain_error")
    rows = [
        [
            _called(str(row["contender"])),
            str(row["treatment"]).replace("_", " "),
            *(f"{number(row[a])} ± {number(row[b])}" for a, b in (numbers[:2], numbers[2:])),
        ]
        for row in earnings.to_dict("records")
    ]
    return Table(
        "Earnings where all agents of a market are of one kind: payoffs a round in reference "
        "payoffs, ± one standard error, and how much more that is than rational play earns in "
        "markets with the same chance",
        ["contender", "treatment", "payoff", "gain over rational play"],
        rows,
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
