"""Names of files and folders: valid on every computer, and never a path."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Sequence

from satisfice.errors import SatisficeError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
"""A file's name joins several names, and may have at most 255 bytes."""

SHARED = ("reference", "benchmark")
"""Folders of results that all runs share."""


def check_name(place: str, name: str) -> None:
    """Check the name of a file or folder.

    Raises:
        SatisficeError: It is a path, has other letters, or is too long.
    """
    if not NAME.fullmatch(name):
        problem = f"{name!r} cannot be the name of a folder."
        remedy = "Use up to 64 letters, digits, - and _, with a letter or a digit first."
        raise SatisficeError(place, problem, remedy)


def matching(
    place: str, patterns: Sequence[str], names: Sequence[str], problem: str, remedy: str
) -> set[str]:
    """Names that match any pattern; each pattern must match something.

    Raises:
        SatisficeError: A pattern matches nothing.
    """
    chosen = set()
    for pattern in patterns:
        found = fnmatch.filter(names, pattern)
        if not found:
            raise SatisficeError(place, f"'{pattern}' {problem}", remedy)
        chosen.update(found)
    return chosen
