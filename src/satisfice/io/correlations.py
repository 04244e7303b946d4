"""correlations.csv: correlations between the errors of human statistics."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.csv_files import as_number, read_rows
from satisfice.io.summaries import CORRELATION_COLUMNS

REMEDY = "Write the file with satisfice summarise --correlations."

Labels = Sequence[tuple[str, str]]
"""Treatment and name of each statistic."""


def read_correlations(path: str | Path, labels: Labels) -> pd.DataFrame:
    """Read and check correlations between some statistics; columns ``CORRELATION_COLUMNS``.

    Raises:
        SatisficeError: A column is missing, a row has an unknown statistic or no correlation, or
            the correlations contradict each other.
    """
    known, rows, seen = set(labels), [], set()
    for number, row in read_rows(path, CORRELATION_COLUMNS, REMEDY):
        place, value = f"{path}, row {number}", as_number(row["correlation"])
        one, two = ((row["treatment"], row[name]) for name in ("statistic", "other"))
        if one not in known or two not in known or one == two or not -1 <= value <= 1:
            cells = ", ".join(row[name] for name in CORRELATION_COLUMNS)
            raise SatisficeError(place, f"'{cells}' is no correlation of errors.", REMEDY)
        if frozenset((one, two)) in seen:
            raise SatisficeError(place, "repeats a pair of statistics.", "Delete one of the rows.")
        seen.add(frozenset((one, two)))
        rows.append([*one, two[1], value])
    table = pd.DataFrame(rows, columns=list(CORRELATION_COLUMNS))
    # Correlations rounded to four digits may be slightly inconsistent.
    if np.linalg.eigvalsh(_matrix(table, labels))[0] < -0.01:
        raise SatisficeError(path, "these correlations contradict each other.", REMEDY)
    return table


def correlation_of(path: str | Path, labels: Labels) -> np.ndarray | None:
    """Correlations of the statistics' errors, (statistics, statistics); None: none are known.

    Raises:
        SatisficeError: See :func:`read_correlations`.
    """
    table = read_correlations(path, labels)
    return None if table.empty else _matrix(table, labels)


def _matrix(table: pd.DataFrame, labels: Labels) -> np.ndarray:
    index = {label: number for number, label in enumerate(labels)}
    matrix = np.eye(len(labels))
    for treatment, statistic, other, value in table.itertuples(index=False):
        one, two = index[treatment, statistic], index[treatment, other]
        matrix[one, two] = matrix[two, one] = value
    return matrix
