"""The table of all contests, in Markdown."""

from __future__ import annotations

import pandas as pd

from experiments.contest.scores import SHOWN
from experiments.contest.table import markdown_table


def test_each_contender_has_a_row_with_intervals() -> None:
    row: dict[str, object] = {"game": "cournot", "contender": "rational", "group": "rival"}
    for number, score in enumerate(SHOWN, start=1):
        row |= {score: number, f"{score}_low": number - 0.5, f"{score}_high": number + 0.5}
    row |= {"parameters": 3, "converged": False}
    row |= {"against_bounded": "worse", "energy_of_other_splits": 7.0, "stacking_weight": 0.125}
    lines = markdown_table(pd.DataFrame([row | {"human_figures": "primary"}])).splitlines()
    assert len({line.count("|") for line in lines}) == 1
    assert lines[2] == (
        "| cournot | rational | rival | 3 | 2.00 [1.50, 2.50] | worse | NO | 1.00 [0.50, 1.50] | "
        "3.00 [2.50, 3.50] | 7.00 | 0.12 | primary |"
    )
    alone = {**row, "energy_of_other_splits": float("nan")}
    for told in (alone, {key: alone[key] for key in alone if key != "energy_of_other_splits"}):
        line = markdown_table(pd.DataFrame([told | {"human_figures": "primary"}])).splitlines()[2]
        assert "nan" not in line
        assert line.count("|") == lines[0].count("|")
