"""Check before a run that its folder can be written to, and that its user has a name."""

from __future__ import annotations

import errno
import getpass
import os
import shutil
from pathlib import Path

from satisfice.errors import SatisficeError, cannot_be_written

LEAST_SPACE = 1_000_000
"""Bytes that must be free for the first files of a run; the config decides what all need."""


def check_place(folder: str | Path, below: bool = True) -> None:
    """Check that a folder can be written to, without writing.

    Raises:
        SatisficeError: A folder is read-only, or the disk is full.
    """
    folder = Path(folder)
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    inside = sorted(there.rglob("*")) if below and there == folder else []
    for place in (there, *(path for path in inside if path.is_dir())):
        if not os.access(place, os.W_OK | os.X_OK):
            raise cannot_be_written(place, OSError(errno.EACCES, "it is read-only"))
    free = shutil.disk_usage(there).free
    if free < LEAST_SPACE:
        problem = f"the disk is full: {free:,} bytes are free, {LEAST_SPACE:,} the least"
        raise cannot_be_written(folder, OSError(errno.ENOSPC, problem))


def check_user() -> None:
    """Check that the user has a name, which Snakemake asks for.

    Raises:
        SatisficeError: The system knows no name, as in a container with any user number.
    """
    try:
        getpass.getuser()
    except (KeyError, OSError) as error:
        problem = f"the user with the number {os.getuid()} has no name."
        remedy = "Set LOGNAME to any name, and HOME to a folder that can be written to."
        raise SatisficeError("environment", problem, remedy) from error
