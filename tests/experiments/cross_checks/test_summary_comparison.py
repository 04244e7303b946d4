"""What the comparison of summaries says of its numbers."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.cross_checks.simulated_paths import PATHS, STATISTICS
from experiments.cross_checks.summary_comparison import Found, SummaryComparison
from satisfice.checks.gate import Gate
from satisfice.checks.recovery import Recovery


def found(density: float, contraction: float, passed: bool = True) -> Found:
    each = np.full((40, 2), contraction) * [1.0, 0.5]
    recovery = Recovery(each, each, each, each, each, each, each[:, 0])
    spread = np.linspace(-0.1, 0.1, 40)
    gate = Gate("sbc", 0.0, 0.0, passed, "")
    return Found(recovery, density + spread, (gate,), 2, 1.0, 100.0)


@pytest.mark.parametrize(
    ("density", "words"), [(2.0, "tell more"), (1.0, "tell as much"), (0.5, "tell less")]
)
def test_the_answer_follows_from_the_numbers(density: float, words: str) -> None:
    parts = {STATISTICS: found(1.0, 0.4), PATHS: found(density, 0.8, passed=False)}
    said = SummaryComparison(parts, ("mu", "beta"), 0).answer()
    for part in (words, f"{density - 1:+.2f} nats", "40 simulated", "for mu, from 0.40 to 0.80"):
        assert part in said
    assert said.endswith("Gates that fail: sbc of paths.")
    parts[PATHS] = found(density, 0.8)
    assert SummaryComparison(parts, ("mu", "beta"), 0).answer().endswith("All gates pass.")
