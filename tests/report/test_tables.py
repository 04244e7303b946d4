"""Tables of the pages."""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfice.evaluation.rows import COLUMNS
from satisfice.report.tables import human_table, scores_table


def test_the_table_of_scores_says_how_parameters_were_estimated() -> None:
    who = {
        "bounded": ("belief", "npe"),
        "noisy_equilibrium": ("rival", "smc-abc"),
        "rational": ("rival", "none"),
    }
    rows = [
        [name, *about, "default", part, "crps", value, value - 0.5, value + 0.5]
        for part, value in (("fit", 1.0), ("held_out", 2.0))
        for name, about in who.items()
    ]
    table = scores_table(pd.DataFrame(rows, columns=COLUMNS), "habit")
    assert table.header == ["contender", "parameters", "score", "held out", "fitted"]
    cells = ["CRPS", "2 (1.5 to 2.5)", "1 (0.5 to 1.5)"]
    assert table.rows == [
        ["bounded (habit)", "neural posterior", *cells],
        ["noisy equilibrium", "smc-abc", *cells],
        ["rational", "none fitted", *cells],
    ]


def test_what_is_only_shown_is_in_the_table_of_human_statistics() -> None:
    rows = [["step", f"{name}_cost", 2.0, 0.5, "primary", split] for name, split in
            (("factory", "fit"), ("retailer", "held_out"), ("team", "shown"))]  # fmt: skip
    columns = ["treatment", "statistic", "value", "standard_error", "provenance", "split"]
    table = human_table(pd.DataFrame(rows, columns=columns), np.ones((5, 3)), {}, "bounded")
    assert [row[5] for row in table.rows] == ["fit", "held out", "only shown"]
    assert [row[2] for row in table.rows] == ["2 ± 0.5"] * 3
