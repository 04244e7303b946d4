"""How fast a training comes close."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from experiments.curves import decisions_until


@pytest.mark.parametrize(
    ("distances", "expected"),
    [
        ([0.05, 0.01, 0.02], 10.0),
        ([0.5, 0.09, 0.2, 0.05, 0.01], 40.0),  # coming close once is not enough
        ([0.5, 0.2, 0.1], math.nan),  # close is below, not at
        ([0.5, 0.2, 0.05], 30.0),
        ([0.05, 0.02, 0.3], math.nan),
    ],
)
def test_decisions_are_counted_until_the_distance_stays_small(
    distances: Sequence[float], expected: float
) -> None:
    curve = [(10 * (place + 1), distance) for place, distance in enumerate(distances)]
    assert decisions_until(curve, 0.1) == pytest.approx(expected, nan_ok=True)
