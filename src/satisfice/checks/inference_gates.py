"""All gates about one posterior, from the files that earlier rules wrote."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.diagnostics import (
    PRIOR_PREDICTIVE,
    coverage_gate,
    failures_gate,
    false_alarms_gate,
    lc2st_gate,
    misspecification_gate,
    prior_predictive_gate,
    rhat_gate,
    sbc_gate,
    tarp_gate,
)
from satisfice.checks.gate import Gate


def inference_gates(
    table: pd.DataFrame,
    drawn: np.ndarray,
    names: tuple[str, ...],
    simulations: Mapping[str, np.ndarray],
    checked: Mapping[str, np.ndarray],
) -> list[Gate]:
    """Is the posterior right, do its estimators agree, and can the model produce the data?

    Draws have the shape (members, draws, columns). ``checked`` is the content of calibration.npz.
    """
    fitted = (table.split == "fit").to_numpy()
    labels = list(table.treatment[fitted] + "/" + table.statistic[fitted])
    largest, ranked = int(checked["largest_rank"]), tuple(str(n) for n in checked["names"])
    usable = simulations["failures"] == ""
    return [
        sbc_gate(checked["ranks"], largest, ranked),
        coverage_gate(checked["ranks"], largest, ranked),
        tarp_gate(checked["tarp_ranks"], largest),
        lc2st_gate(float(checked["lc2st"])),
        rhat_gate(drawn, names),
        prior_predictive_gate(
            simulations["x"][usable][:, fitted], table.value.to_numpy()[fitted], labels
        ),
        failures_gate(simulations["failures"]),
    ]


def in_reach(gates: Sequence[Gate]) -> bool:
    """Whether the prior predictive holds each fitted human statistic, by the gates of inference."""
    return all(gate.passed for gate in gates if gate.name == PRIOR_PREDICTIVE)


def misspecification_gates(found: Mapping[str, Any]) -> list[Gate]:
    """Can the model produce the data, and is the test of this reliable?"""
    return [misspecification_gate(found), false_alarms_gate(found)]
