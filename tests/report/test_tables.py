"""Tables of the pages."""

from __future__ import annotations

import pandas as pd

from satisfice.evaluation.rows import COLUMNS
from satisfice.report.tables import scores_table


def test_the_table_of_scores_says_how_parameters_were_estimated() -> None:
    who = {
        "bounded": ("belief", "npe"),
        "noisy_equilibrium": ("rival", "nearest simulations"),
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
        ["noisy equilibrium", "nearest simulations", *cells],
        ["rational", "none fitted", *cells],
    ]
