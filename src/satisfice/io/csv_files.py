"""CSV files that people write: read cell by cell, without guessing types."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Sequence
from pathlib import Path

from satisfice.errors import SatisficeError

NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
"""Numbers as spreadsheets write them; Python would read 1_5 as 15."""

Row = tuple[int, dict[str, str]]
"""The number of a row as an editor shows it, and its cells by column."""


def read_rows(path: str | Path, columns: Sequence[str], advice: str) -> list[Row]:
    """Read a CSV file in UTF-8 with a header. Empty rows are left out; other columns are allowed.

    ``advice`` says what the user can do if the file is missing.

    Raises:
        SatisficeError: The file cannot be read, or its header or a row is malformed; the message
            names the row.
    """
    reader = csv.reader(_lines_of(path, advice), strict=True)
    try:
        header = next(reader, [])
        _check_header(path, header, columns)
        rows = []
        for cells in reader:
            if any(cells):
                if len(cells) != len(header):
                    few = len(cells) < len(header)
                    problem = f"has too {'few' if few else 'many'} columns."
                    remedy = "Complete or delete the row." if few else "Write 0.5, not 0,5."
                    raise SatisficeError(f"{path}, row {reader.line_num}", problem, remedy)
                rows.append((reader.line_num, dict(zip(header, cells, strict=True))))
    except csv.Error as error:
        place = f"{path}, row {reader.line_num}"
        raise SatisficeError(place, f"is not a CSV file ({error}).", "Save it as CSV.") from error
    return rows


def as_number(text: str) -> float:
    """The number in a cell, or NaN if there is none; infinity does not count as a number."""
    number = float(text) if NUMBER.fullmatch(text) else math.nan
    return number if math.isfinite(number) else math.nan


def _lines_of(path: str | Path, advice: str) -> io.StringIO:
    try:
        text = Path(path).read_bytes().decode("utf-8-sig")  # Excel writes a byte order mark
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", advice) from error
    except UnicodeDecodeError as error:
        problem = f"is not UTF-8 text (byte {error.start + 1})."
        raise SatisficeError(path, problem, "Save it as UTF-8 CSV.") from error
    except OSError as error:
        problem = f"is not a readable file ({error.strerror})."
        raise SatisficeError(path, problem, advice) from error
    return io.StringIO(text, newline="")  # the CSV reader handles line ends


def _check_header(path: str | Path, header: list[str], columns: Sequence[str]) -> None:
    place = f"{path}, row 1"
    missing = [name for name in columns if name not in header]
    if missing:
        found = header[0] if len(header) == 1 else ""
        other = next((mark for mark in (";", "\t", "|") if mark in found), None)
        hint = f"Separate columns by commas, not by {other!r}. " if other else ""
        remedy = f"{hint}The columns are {', '.join(columns)}."
        raise SatisficeError(place, f"the header lacks {', '.join(missing)}.", remedy)
    repeated = next((name for name in columns if header.count(name) > 1), None)
    if repeated:
        raise SatisficeError(place, f"the header has {repeated} twice.", "Delete one of them.")
