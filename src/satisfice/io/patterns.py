"""Patterns of names in the config, such as ``mean_*``."""

from __future__ import annotations

import fnmatch
from collections.abc import Sequence

from satisfice.errors import SatisficeError


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
