"""Names that become files and folders: plain enough for every computer, and never a path."""

from __future__ import annotations

import re
from pathlib import Path

from satisfice.errors import SatisficeError

LONGEST_NAME = 64
"""Letters. Files are called by several names at once, and 255 bytes are all a file may have."""

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*", re.ASCII)

SHARED = ("reference", "benchmark")
"""Folders of results that targets of these names write, whatever the run."""

DEVICES = {"con", "prn", "aux", "nul"} | {
    f"{port}{i}" for port in ("com", "lpt") for i in range(10)
}
"""What Windows takes for devices, in whatever folder."""


def check_name(place: str, name: str) -> None:
    """Check a name that a file or a folder is called by.

    Args:
        place: Where the name was given, for messages.
        name: The name.

    Raises:
        SatisficeError: It is a path, holds other letters than these, is too long or reserved.
    """
    if not NAME.fullmatch(name):
        raise SatisficeError(
            place, f"{name!r} cannot be the name of a folder.", "Use letters, digits, - and _ only."
        )
    if len(name) > LONGEST_NAME:
        problem = f"the name has {len(name)} letters."
        raise SatisficeError(place, problem, f"Use at most {LONGEST_NAME}.")
    if name.lower() in DEVICES:
        problem = f"'{name}' is the name of a device on Windows."
        raise SatisficeError(place, problem, "Choose another name.")


def check_inside(place: str, path: Path, folder: Path) -> None:
    """Check that a path lies in a folder, whatever symbolic links there are.

    The folder itself may be a link, to a larger disk for instance.

    Raises:
        SatisficeError: It leads out of the folder.
    """
    if path.exists() and not path.resolve().is_relative_to(folder.resolve()):
        raise SatisficeError(
            place,
            f"{path} is a symbolic link out of {folder}.",
            f"Move the content into {folder}, or make {folder} itself the link.",
        )
