"""What depends on whether the model can produce the human data."""

from __future__ import annotations

from satisfice.checks.gate import Gate
from satisfice.checks.inference_gates import in_reach


def gate(name: str, *, passed: bool) -> Gate:
    return Gate(name, 0.0, 0.0, passed, "")


def test_only_the_prior_predictive_says_whether_data_are_in_reach() -> None:
    reached = [gate("sbc", passed=False), gate("prior_predictive", passed=True)]
    assert in_reach(reached)
    assert not in_reach([gate("sbc", passed=True), gate("prior_predictive", passed=False)])
