"""Rule ``decision_checks``: one row for each game."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from satisfice.io.files import read_json, write_table


def collect_checks(
    calibrations: Sequence[str | Path], likelihoods: Sequence[str | Path], table: str | Path
) -> None:
    """Join the checks of all games.

    Args:
        calibrations: JSON files of the rule ``decision_sbc``.
        likelihoods: JSON files of the rule ``decision_qre``; games without one have no number.
        table: Output: CSV file, one row a game.
    """
    exact = {found["game"]: found for found in map(read_json, likelihoods)}
    rows = [row_of(read_json(path)) for path in calibrations]
    for row in rows:
        if found := exact.get(row["game"]):
            row["qre_mean_difference"] = found["mean_difference"]
            row["qre_largest_difference"] = found["largest_difference"]
    write_table(table, pd.DataFrame(rows))


def row_of(found: dict[str, Any]) -> dict[str, Any]:
    """The row of a game's calibration."""
    p_values, covered = found["sbc_p_value"], found["coverage"]
    gates = {gate["name"]: gate["passed"] for gate in found["gates"]}
    people = found["individuals"]
    return {
        **{name: found[name] for name in ("game", "data_sets", "markets", "decisions", "passed")},
        **{f"p_{name}": value for name, value in p_values.items()},
        "worst_p": min(p_values, key=p_values.__getitem__),
        "sbc": gates["sbc"],
        "smallest_coverage": min(covered.values()),
        "p_tarp": found["tarp_p_value"],
        "tarp": gates["tarp"],
        **{f"coverage_{name}": each["coverage"] for name, each in people.items()},
        **{f"coverage_{name}_se": each["standard_error"] for name, each in people.items()},
        "seconds_a_data_set": found["seconds_a_data_set"],
        "likelihoods_a_data_set": found["likelihoods_a_data_set"],
    }
