"""Tables of the pages, as plain text cells. The templates decide how they look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from satisfice.report.results import model_label, number, statistic_label
from satisfice.report.verdict import gate_subject

SCORES = {
    "crps": "CRPS",
    "energy": "energy score",
    "log_score": "log score",
    "rmse": "RMSE",
    "coverage_50": "coverage 50 %",
    "coverage_90": "coverage 90 %",
}
ESTIMATORS = {"npe": "neural posterior", "none": "none fitted"}
"""Readable names of the ways to estimate a contender's parameters."""
SPLITS = {"held_out": "held out", "shown": "only shown"}
"""Readable names of what becomes of a statistic; the others are words."""


@dataclass(frozen=True)
class Table:
    """A table for a template.

    Attributes:
        caption: What it shows, with units.
        header: Names of the columns; the first column names the row.
        rows: Cells as texts.
        passed: For each row whether it passes, where that applies.
    """

    caption: str
    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    passed: Sequence[bool] = ()


def gates_table(gates: list[dict[str, Any]]) -> Table:
    """All gates, the failing ones first."""
    ordered = sorted(gates, key=lambda gate: bool(gate["passed"]))
    rows = [
        [
            str(gate["name"]),
            gate_subject(str(gate["model"])),
            "passes" if gate["passed"] else "FAILS",
            number(float(gate["value"])),
            number(float(gate["threshold"])),
            str(gate["meaning"]),
        ]
        for gate in ordered
    ]
    header = ["gate", "about", "result", "value", "threshold", "meaning"]
    passed = [bool(gate["passed"]) for gate in ordered]
    return Table("Gates, failing ones first", header, rows, passed)


def scores_table(scores: pd.DataFrame, belief: str) -> Table:
    """All scores with their 90 % intervals, held out beside fitted."""
    rows = []
    keyed = {(r.contender, r.part, r.score): r for r in scores.itertuples()}
    estimators = dict(zip(scores.contender, scores.estimator, strict=True))
    for score in dict.fromkeys(scores.score):
        for name, estimator in estimators.items():
            cells = [_score_cell(keyed.get((name, part, score))) for part in ("held_out", "fit")]
            who = [model_label(str(name), belief), ESTIMATORS.get(estimator, str(estimator))]
            rows.append([*who, SCORES.get(score, str(score)), *cells])
    return Table(
        "Scores with 90 % intervals from redraws of the human values. CRPS, energy score and RMSE "
        "are in human standard errors: smaller is better",
        ["contender", "parameters", "score", "held out", "fitted"],
        rows,
    )


def _score_cell(row: Any) -> str:
    if row is None:
        return "not scored"
    return f"{number(row.value)} ({number(row.low)} to {number(row.high)})"


def misspecification_table(tested: pd.DataFrame, belief: str) -> Table:
    """Which contenders could have made the human statistics, the nearest first."""
    rows = []
    for row in tested.sort_values("d2").to_dict("records"):
        treatment, _, statistic = map(statistic_label, row["worst"].partition("/"))
        rows.append(
            [
                model_label(row["contender"], belief) + ("" if row["settled"] else ", not settled"),
                str(row["parameters"]),
                *(number(row[name]) for name in ("d2", "usual_q95", "p_value")),
                f"{100 * row['rejected_own_at_minimiser']:.1f} %",
                row["theta"],
                f"{statistic} of {treatment} ({row['worst_sd']:+.1f} SD)",
            ]
        )
    header = [
        "contender", "parameters", "squared distance", "95 % of own data", "p", "own data rejected",
        "nearest θ", "differs most in",
    ]  # fmt: skip
    return Table(
        f"Squared Mahalanobis distance of the {tested.statistics.max()} fitted human statistics "
        "from each contender at its nearest θ, beside the distance that 95 % of its own data stay "
        "below. With p below 0.05 it is unlikely to have made the human statistics",
        header,
        rows,
    )


def human_table(
    observed: pd.DataFrame, predictive: np.ndarray, units: Mapping[str, str], label: str
) -> Table:
    """Human statistics with provenance, beside the bounded model's (draws, statistics)."""
    low, middle, high = np.quantile(predictive, [0.05, 0.5, 0.95], axis=0)
    rows = []
    for i, row in enumerate(observed.itertuples()):
        rows.append(
            [
                statistic_label(str(row.statistic)),
                str(row.treatment),
                f"{number(float(row.value))} ± {number(float(row.standard_error))}",  # type: ignore[arg-type]
                f"{number(middle[i])} ({number(low[i])} to {number(high[i])})",
                units.get(str(row.statistic), ""),
                SPLITS.get(str(row.split), str(row.split)),
                str(row.provenance),
            ]
        )
    header = ["statistic", "treatment", "human ± s.e.", label, "unit", "split", "provenance"]
    caption = f"Human statistics beside the median and 90 % interval predicted by {label}"
    return Table(caption, header, rows)


def overview_table(scores: pd.DataFrame, beliefs: Mapping[str, str]) -> Table:
    """CRPS of every contender in every game."""
    rows = []
    crps = scores[scores.score == "crps"]
    keyed = {(r.game, r.contender, r.part): r for r in crps.itertuples()}
    for game, belief in beliefs.items():
        for name in dict.fromkeys(crps[crps.game == game].contender):
            cells = [_score_cell(keyed.get((game, name, part))) for part in ("held_out", "fit")]
            rows.append([game, model_label(str(name), belief), *cells])
    return Table(
        "CRPS in human standard errors with 90 % intervals: smaller is better",
        ["game", "contender", "held out", "fitted"],
        rows,
    )
