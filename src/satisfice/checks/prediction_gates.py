"""Gates about prediction: do predictions show people's patterns, and do they beat the rivals?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from satisfice.checks.gate import Gate, at_most
from satisfice.evaluation.scores import best_rational, held_out_crps
from satisfice.io.game_run import BOUNDED
from satisfice.io.observed import labels_of

if TYPE_CHECKING:
    from satisfice.games.base import StylisedFact

SHARE_OF_FACTS = 0.5
"""Share of predicted experiments that should show a pattern that people show: most of them. Shares
vary by a tenth or more with the seed."""


def stylised_fact_gates(
    facts: Mapping[str, StylisedFact], table: pd.DataFrame, predictive: np.ndarray
) -> list[Gate]:
    """How often do predictions, (draws, statistics), show the patterns that humans show?

    One gate for all patterns, or none where people show no pattern. A pattern that compares
    treatments is left out where the data lack one of them.
    """
    labels = labels_of(table)
    human = dict(zip(labels, table.value.to_numpy(dtype=np.float64), strict=True))
    drawn = dict(zip(labels, predictive.T, strict=True))
    shares = {
        name: float(fact(drawn).mean()) for name, fact in facts.items() if _shows(human, fact)
    }
    if not shares:
        return []
    rarest = min(shares, key=shares.__getitem__)
    listed = "; ".join(f"{name}: {share:.0%}" for name, share in shares.items())
    return [
        Gate(
            "stylised_facts",
            shares[rarest],
            SHARE_OF_FACTS,
            shares[rarest] > SHARE_OF_FACTS,
            f"Share of predicted experiments that show the rarest of the patterns that people "
            f"show. {listed}.",
        )
    ]


def _shows(statistics: Mapping[tuple[str, str], np.ndarray], fact: StylisedFact) -> bool:
    """Whether statistics show a pattern; False if a statistic that it compares is missing."""
    try:
        return bool(fact(statistics))
    except KeyError:
        return False


def prediction_gate(scores: pd.DataFrame) -> Gate:
    """Is the bounded model's held-out CRPS at most half of the best rational rival's?"""
    rival, crps = best_rational(scores), held_out_crps(scores)
    ratio = crps[BOUNDED] / crps[rival]
    return at_most(
        "held_out_prediction",
        ratio,
        0.5,
        f"Held-out CRPS of the bounded model with the default prior belief divided by that of "
        f"{rival}, the best of rational play, PPO and equilibrium. It is at most one half if "
        "bounded rationality predicts much better.",
    )
