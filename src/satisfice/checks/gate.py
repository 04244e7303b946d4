"""Every check ends in a gate: a number, a threshold and its meaning.

A gate that fails is a finding in the report. It does not stop the workflow.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Gate:
    """The result of one check.

    Attributes:
        name: Name, as in the literature.
        value: What was measured.
        threshold: What the value is compared with.
        passed: Whether the gate passes.
        meaning: What the number says and, if it fails, what to do.
    """

    name: str
    value: float
    threshold: float
    passed: bool
    meaning: str


def at_most(name: str, value: float, threshold: float, meaning: str) -> Gate:
    """A gate that a small value passes."""
    return Gate(name, value, threshold, value <= threshold, meaning)


def at_least(name: str, value: float, threshold: float, meaning: str) -> Gate:
    """A gate that a large value passes."""
    return Gate(name, value, threshold, value >= threshold, meaning)
