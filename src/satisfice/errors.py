"""The one exception that users are meant to read."""

from __future__ import annotations

from pathlib import Path


class SatisficeError(Exception):
    """A problem with the user's input, told as place, problem and remedy.

    Args:
        place: File, key, row or option where the problem is.
        problem: What is wrong, in plain words.
        remedy: What the user can do about it.
    """

    def __init__(self, place: str | Path, problem: str, remedy: str) -> None:
        self.place = str(place)
        self.problem = problem
        self.remedy = remedy
        super().__init__(f"{self.place}: {problem} Remedy: {remedy}")
