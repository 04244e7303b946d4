"""Refuses outputs that would overwrite a command's inputs or a file of another kind."""

from __future__ import annotations

import csv
import itertools
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from satisfice.errors import SatisficeError


def require_other_files(files: Mapping[str, Path]) -> None:
    """Check that a command's files are all different.

    Raises:
        SatisficeError: Two are the same file, even by a link or another spelling of the path.
    """
    for (one, path), (other, another) in itertools.combinations(files.items(), 2):
        both_there = path.exists() and another.exists()
        same = os.path.realpath(path) == os.path.realpath(another)
        if same or (both_there and path.samefile(another)):
            problem = f"{one} and {other} are the same file, and it would be overwritten."
            raise SatisficeError(another, problem, f"Give another path as {other}.")


def require_same_table(path: Path, columns: Sequence[str]) -> None:
    """Check that a table overwrites at most an older table of the same kind.

    Raises:
        SatisficeError: It would overwrite something else.
    """
    if not path.exists():
        return
    if not path.is_file():
        problem = "is not an ordinary file, but a folder or a device."
        raise SatisficeError(path, problem, "Give the path of a CSV file.")
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        first = file.readline()
    if first and sorted(next(csv.reader([first]), [])) != sorted(columns):
        problem = f"exists, and is not a table of {', '.join(columns)}: it would be lost."
        raise SatisficeError(path, problem, "Give another path, or move that file away first.")
