"""The exception for errors that users can fix."""

from __future__ import annotations

import errno
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EROFS, errno.EACCES, errno.EPERM)


class SatisficeError(Exception):
    """A problem with the user's input: its place, what is wrong, and what the user can do."""

    def __init__(self, place: str | Path, problem: str, remedy: str) -> None:
        self.place = str(place)
        self.problem = problem
        self.remedy = remedy
        # Exceptions are sent between processes by their arguments.
        super().__init__(self.place, problem, remedy)

    def __str__(self) -> str:
        return f"{self.place}: {self.problem} Remedy: {self.remedy}"


def cannot_be_written(path: str | Path, error: OSError) -> SatisficeError:
    """The error for a file or folder that cannot be written."""
    if error.errno in FULL:
        remedy = "Free space there and give the same command again; it goes on where it stopped."
    elif error.errno in FORBIDDEN:
        remedy = "Make the place writable and give the same command again."
    else:
        remedy = "Free or unlock the place."
    return SatisficeError(path, f"cannot be written ({error.strerror or error}).", remedy)
