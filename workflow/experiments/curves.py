"""Speed of training: decisions until a distance stays small."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def decisions_until(curve: Sequence[tuple[int, float]], close: float) -> float:
    """Number of decisions after which a distance stays below ``close``, or NaN.

    The curve has pairs of decisions played and distance, in the order of training.
    """
    decisions, distance = (np.array(column, dtype=float) for column in zip(*curve, strict=True))
    far = np.flatnonzero(distance >= close)
    first = far[-1] + 1 if len(far) else 0
    return float(decisions[first]) if first < len(decisions) else np.nan
