"""Which statistics are fitted, and which have to be predicted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

DEFAULT = "default"
"""Name of the split that inference uses."""


@dataclass(frozen=True)
class Split:
    """One way to divide the statistics.

    Attributes:
        name: Its name.
        fitted: Shape (statistics,), what contenders are fitted to.
        held_out: Shape (statistics,), what they have to predict; the rest is set aside.
    """

    name: str
    fitted: np.ndarray
    held_out: np.ndarray
