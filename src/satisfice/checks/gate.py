"""Every check ends in a gate: a number, a threshold and what it means.

A gate that fails is a finding that the report shows, not an error that stops the workflow.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Gate:
    """One verdict.

    Attributes:
        name: Name as the literature has it.
        value: What was measured.
        threshold: What it is held against.
        passed: Whether it holds.
        meaning: What the number says and, where it fails, what to do.
    """

    name: str
    value: float
    threshold: float
    passed: bool
    meaning: str

    def as_dict(self) -> dict[str, Any]:
        """Return a dictionary that JSON can hold."""
        return asdict(self)


def at_most(name: str, value: float, threshold: float, meaning: str) -> Gate:
    """A gate that a small value passes."""
    return Gate(name, value, threshold, value <= threshold, meaning)


def at_least(name: str, value: float, threshold: float, meaning: str) -> Gate:
    """A gate that a large value passes."""
    return Gate(name, value, threshold, value >= threshold, meaning)
