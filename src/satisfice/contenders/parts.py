"""Populations that are computed together, so that memory does not grow with their number."""

from __future__ import annotations

NUMBERS_AT_ONCE = 2**22
"""Numbers in the largest array; 32 MiB in double precision."""


def parts(populations: int, numbers: int, most: int = NUMBERS_AT_ONCE) -> list[slice]:
    """Cut populations into parts; each population needs an array of some numbers."""
    step = max(1, most // max(1, numbers))
    return [slice(start, start + step) for start in range(0, populations, step)]
