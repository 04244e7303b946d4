"""statistics.csv: human statistics that people write, checked row by row."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.csv_files import as_number, read_rows

if TYPE_CHECKING:
    from satisfice.games.base import Game

COLUMNS = ("treatment", "statistic", "value", "standard_error", "provenance")
PROVENANCES = ("primary", "secondary", "unverified")


def read_statistics(
    path: str | Path,
    game: Game,
    treatments: Sequence[str],
    computed: Mapping[tuple[str, str], float],
) -> pd.DataFrame:
    """Read and check a file of statistics; columns ``COLUMNS``.

    Args:
        path: The file.
        game: The game that was played.
        treatments: Names of the data set's treatments.
        computed: Values that decisions give, by treatment and statistic. The file need not have
            them, but must not contradict them.

    Raises:
        SatisficeError: A row is malformed, unknown to the game, missing, or contradicts the
            decisions; the message names the row.
    """
    place_of = "or add its number of markets to dataset.yaml's design.markets"
    known = {
        "treatment": (treatments, f"Use one of: {', '.join(treatments)}; {place_of}."),
        "statistic": (
            game.statistics, f"The game {game.name} has: {', '.join(game.statistics)}."
        ),
        "provenance": (PROVENANCES, f"Use one of: {', '.join(PROVENANCES)}."),
    }  # fmt: skip
    rows, seen = [], set()
    for number, row in read_rows(path, COLUMNS, "See data/README.md."):
        place = f"{path}, row {number}"
        for column, (names, remedy) in known.items():
            if row[column] not in names:
                raise SatisficeError(place, f"unknown {column} '{row[column]}'.", remedy)
        key = (row["treatment"], row["statistic"])
        if key in seen:
            raise SatisficeError(place, f"repeats {key[1]} of treatment {key[0]}.", "Delete one.")
        seen.add(key)
        value, error = (as_number(row[column]) for column in ("value", "standard_error"))
        for column, found in (("value", value), ("standard_error", error)):
            if math.isnan(found):
                problem = f"{column} is '{row[column]}', not a finite number."
                raise SatisficeError(place, problem, "Correct it or delete the row.")
        if error <= 0:
            remedy = "Give a number above 0: scores are in units of it."
            raise SatisficeError(place, f"standard_error is {error}.", remedy)
        if key in computed and not agrees(row["value"], computed[key]):
            problem = f"value is {row['value']}, but decisions.csv gives {computed[key]:.6g}."
            remedy = "One of the two files is wrong. Correct it, or delete the row to compute it."
            raise SatisficeError(place, problem, remedy)
        rows.append([*key, value, error, row["provenance"]])
    if not rows:
        raise SatisficeError(path, "holds no statistics.", "See data/README.md.")
    for treatment in treatments:
        keys = [(treatment, name) for name in game.statistics]
        absent = [key[1] for key in keys if key not in seen and key not in computed]
        if absent:
            remedy = "Add the rows: every treatment needs every statistic of the game."
            raise SatisficeError(path, f"treatment {treatment} lacks {', '.join(absent)}.", remedy)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def agrees(text: str, value: float) -> bool:
    """Whether a number as written is the value, rounded to the digits that are written."""
    mantissa, _, exponent = text.strip().lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    last_digit: float = 10.0 ** min(float(exponent or 0) - decimals, 300.0)
    return abs(float(text) - value) <= 0.5 * last_digit + 1e-12 * max(1.0, abs(value))
