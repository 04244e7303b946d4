"""Rule ``gates_by_seed``: do gates give the same verdict whatever the seed, by what margin?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.io.files import read_json, write_json, write_table
from satisfice.progress import logger

ABOUT = ["game", "model", "gate"]
"""What identifies a gate."""


def compare_gates(
    diagnostics: Mapping[str, Mapping[str, str | Path]],
    *,
    table: str | Path,
    summary: str | Path,
) -> None:
    """Compare the gates of runs that differ in their seed alone.

    Args:
        diagnostics: diagnostics.json of each game, by run and game.
        table: Output: one row for each gate.
        summary: Output: numbers of gates, and of those whose verdict differs.
    """
    found = gates_table(
        {
            run: {game: read_json(path) for game, path in games.items()}
            for run, games in diagnostics.items()
        }
    )
    differ = found[~found.same]
    for row in differ.itertuples():
        logger.info("%s, %s: the verdict of %s differs", row.game, row.model, row.gate)
    write_table(table, found)
    write_json(
        summary,
        {
            "runs": list(diagnostics),
            "gates": len(found),
            "pass_in_all": int((found.passed == len(diagnostics)).sum()),
            "fail_in_all": int((found.passed == 0).sum()),
            "differ": [" ".join(each) for each in differ[ABOUT].to_numpy().tolist()],
        },
    )


def gates_table(runs: Mapping[str, Mapping[str, Sequence[Mapping[str, Any]]]]) -> pd.DataFrame:
    """One row for each gate, with its value in each run.

    Args:
        runs: Content of diagnostics.json by run and game.

    Returns:
        Columns game, model, gate; ``value_<run>`` of each run; the mean ``threshold``; ``sd`` of
        the differences between value and threshold over runs; ``margin``, the smallest size of
        these differences in that SD, infinite where all are equal; the number of runs that
        ``passed``; and whether all verdicts are the ``same``.
    """
    rows = pd.DataFrame(
        [
            {"run": run, "game": game, "gate": gate["name"]}
            | {key: gate[key] for key in ("model", "value", "threshold", "passed")}
            for run, games in runs.items()
            for game, gates in games.items()
            for gate in gates
        ]
    )
    rows["excess"] = rows.value - rows.threshold
    grouped = rows.groupby(ABOUT, sort=False)
    values = rows.pivot(index=ABOUT, columns="run", values="value")[list(runs)]
    found = values.add_prefix("value_").reindex(grouped.size().index)
    found["threshold"] = grouped.threshold.mean()
    found["sd"] = grouped.excess.std(ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        margin = grouped.excess.agg(lambda each: each.abs().min()) / found.sd
    found["margin"] = margin.where(found.sd > 0, np.inf)
    found["passed"] = grouped.passed.sum().astype(int)
    found["same"] = found.passed.isin([0, len(runs)])
    return found.reset_index()
