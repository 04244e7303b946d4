"""Names that become files and folders: plain enough for every computer, and never a path."""

from __future__ import annotations

import re

from satisfice.errors import SatisficeError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)
"""Files are called by several names at once, and 255 bytes are all that a file's name may have."""

SHARED = ("reference", "benchmark")
"""Folders of results that targets of these names write, whatever the run."""


def check_name(place: str, name: str) -> None:
    """Check a name that a file or a folder is called by.

    Raises:
        SatisficeError: It is a path, holds other letters than these, or is too long.
    """
    if not NAME.fullmatch(name):
        problem = f"{name!r} cannot be the name of a folder."
        remedy = "Use up to 64 letters, digits, - and _, with a letter or a digit first."
        raise SatisficeError(place, problem, remedy)
