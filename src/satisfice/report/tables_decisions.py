"""Tables about single decisions."""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfice.io.game_run import BOUNDED
from satisfice.population.derived import MEAN_LAMBDA, NEARLY_UNBOUNDED
from satisfice.population.parameters import names_by_role
from satisfice.report.decisions import GROUPS, PARTS, DecisionResults, percent
from satisfice.report.results import number, statistic_label
from satisfice.report.tables import Table


def comparison_table(results: DecisionResults) -> Table:
    """All contenders by their score in markets left out, the best first."""
    header = ["contender", "kind", "parameters"]
    for part in results.parts:
        words = PARTS[part]
        header += [f"log score, {words}", f"minus {results.bounded}, {words}",
                   f"completeness, {words}"]  # fmt: skip
    header += ["weight", "log evidence", "worst k-hat", "refits"]
    rows = []
    for name, row in results.ranked("loo").iterrows():
        cells = [results.label(str(name)), GROUPS[str(row["group"])], _whole(row, "parameters")]
        for part in results.parts:
            scored = row.get(f"log_score_{part}", np.nan)
            if np.isnan(scored):
                cells += ["not scored", "", ""]
                continue
            gap = "" if name == BOUNDED else _cell(row, "difference", part)
            cells += [_cell(row, "log_score", part), gap, _share(row, part)]
        weight = row["weight"]
        cells += [
            "" if np.isnan(weight) else f"{weight:.2f}",
            "" if np.isnan(row["evidence"]) else f"{row['evidence']:,.1f}",
            "" if np.isnan(row["worst_khat"]) else f"{row['worst_khat']:.2f}",
            _whole(row, "refits"),
        ]
        rows.append(cells)
    caption = (
        "Prediction of single decisions. Log scores in nats a decision with 90 % intervals over "
        "markets, higher is better; differences are paired. Naive predictors and machine learning "
        "have no weight and no evidence"
    )
    return Table(caption, header, rows)


def _cell(row: pd.Series, name: str, part: str) -> str:
    ends = ("low", "high") if name == "log_score" else (f"{name}_low", f"{name}_high")
    low, high = (float(row[f"{end}_{part}"]) for end in ends)
    return f"{row[f'{name}_{part}']:.3f} ({low:.3f} to {high:.3f})"


def _share(row: pd.Series, part: str) -> str:
    names = (f"completeness{end}_{part}" for end in ("", "_low", "_high"))
    share, low, high = (float(row.get(name, np.nan)) for name in names)
    if not np.isfinite([share, low, high]).all():
        return ""
    return f"{percent(share)} ({percent(low)} to {percent(high)})"


def _whole(row: pd.Series, name: str) -> str:
    return "" if np.isnan(row[name]) else str(int(row[name]))


def individuals_table(results: DecisionResults) -> Table:
    """People's posteriors of their processing cost, one row for each treatment."""
    names = names_by_role([MEAN_LAMBDA.name], results.posterior.space.roles)
    mean = float(np.mean([results.posterior.draws("posterior", name).mean() for name in names]))
    rows = []
    for treatment in results.treatments:
        people = results.people(treatment)
        low, middle, high = people["lambda_mean"].quantile([0.05, 0.5, 0.95])
        shares = (
            people["lambda_high"] < NEARLY_UNBOUNDED,
            people["lambda_high"] < mean,
            people["lambda_low"] > mean,
        )
        rows.append(
            [
                statistic_label(treatment),
                str(len(people)),
                f"{people['decisions'].median():g}",
                f"{number(middle)} ({number(low)} to {number(high)})",
                *(percent(each.mean()) for each in shares),
            ]
        )
    header = [
        "treatment", "people", "decisions of each", "median λ (5 % to 95 % of people)",
        f"surely nearly rational, λ < {NEARLY_UNBOUNDED:g}",
        "surely below the mean", "surely above the mean",
    ]  # fmt: skip
    caption = (
        "Posterior means of people's λ in reference payoffs a nat, and shares of people whose 90 % "
        f"interval lies wholly on one side: of {NEARLY_UNBOUNDED:g}, or of the population's mean "
        f"λ, {number(mean)}"
    )
    return Table(caption, header, rows)
