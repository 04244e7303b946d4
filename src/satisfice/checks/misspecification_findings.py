"""What the test of misspecification found about a contender, in the words and tables of files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.misspecification import ALARMS, LEVEL, Misspecification
from satisfice.population.parameters import ParameterSpace


def findings(
    tested: Misspecification, theta: np.ndarray, space: ParameterSpace, table: pd.DataFrame
) -> dict[str, Any]:
    """Content of misspecification.json.

    Args:
        tested: The result.
        theta: The nearest theta, shape (parameters,).
        space: The contender's parameters.
        table: Rows of observed.csv with the statistics tested.
    """
    statistics = disagreement(table, tested.residual)
    return {
        "warning": warning_of(tested, statistics),
        "p_value": tested.p_value,
        "level": LEVEL,
        "distance": tested.distance,
        "direct_distance": tested.direct,
        "settled": tested.settled,
        "usual": {
            "median": float(np.median(tested.usual)),
            "q95": float(np.quantile(tested.usual, 1 - LEVEL)),
            "simulations": len(tested.usual),
        },
        "closest": dict(zip(space.names, map(float, theta), strict=True)),
        "statistics": statistics,
        "tested_statistics": tested.statistics,
        "alarm_data_sets": min(ALARMS, len(tested.usual)),
        "rejected_own": tested.rejected_own,
        "rejected_other": tested.rejected_other,
        "simulations": tested.simulations,
    }


def misspecification_row(game: str, contender: str, found: Mapping[str, Any]) -> dict[str, Any]:
    """A row of misspecification.csv, from the content of misspecification.json."""
    closest = (f"{name} {value:.3g}" for name, value in found["closest"].items())
    worst = found["statistics"][0]
    return {
        "game": game,
        "contender": contender,
        "parameters": len(found["closest"]),
        "statistics": found["tested_statistics"],
        "d2": found["distance"],
        "p_value": found["p_value"],
        "rejected_own_at_minimiser": found["rejected_own"],
        "at_other_theta": found["rejected_other"],
        "simulations": found["simulations"],
        "d2_direct": found["direct_distance"],
        "usual_q95": found["usual"]["q95"],
        "settled": found["settled"],
        "theta": ", ".join(closest),
        "worst": f"{worst['treatment']}/{worst['statistic']}",
        "worst_sd": worst["standard_deviations"],
    }


def may_have_made(tested: pd.DataFrame) -> pd.DataFrame:
    """Rows of misspecification.csv that the test does not reject, the largest p-value first.

    What is not settled is left out.
    """
    possible = tested[tested.settled & (tested.p_value >= LEVEL)]
    return possible.sort_values("p_value", ascending=False)


def disagreement(table: pd.DataFrame, residual: np.ndarray) -> list[dict[str, Any]]:
    """The statistics, those that the nearest theta misses most first.

    Args:
        table: Rows of observed.csv.
        residual: Data minus mean of the simulations, in their SDs, shape (statistics,).
    """
    order = np.argsort(-np.abs(residual))
    rows = table.reset_index(drop=True)
    return [
        {
            "treatment": str(rows.treatment[i]),
            "statistic": str(rows.statistic[i]),
            "human": float(rows.value[i]),
            "provenance": str(rows.provenance[i]),
            "standard_deviations": float(residual[i]),
        }
        for i in order
    ]


def warning_of(tested: Misspecification, statistics: list[dict[str, Any]]) -> str:
    """Warning to show beside the posterior; empty where the model can produce the data."""
    if tested.p_value >= LEVEL and tested.settled:
        return ""
    if tested.p_value >= LEVEL:
        return (
            "Whether this model could have made the human statistics is not settled: their squared "
            f"distance is {tested.distance:.1f} by the moments found, and {tested.direct:.1f} by "
            "simulations at the nearest theta. Raise misspecification.simulations."
        )
    worst = statistics[0]
    mark = "" if worst["provenance"] == "primary" else f" ({worst['provenance']})"
    return (
        f"The human statistics are unlike those of this model (p = {tested.p_value:.2g}), most of "
        f"all {worst['statistic']} of treatment {worst['treatment']}{mark}: read the posterior as "
        "the least bad fit."
    )
