"""Means and standard deviations of one posterior against those of another."""

from __future__ import annotations

import math

import numpy as np


def compared(
    mean: np.ndarray, sd: np.ndarray, base_mean: np.ndarray, base_sd: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Shift of the mean in SDs of the base, and ratio of the SDs.

    Where both are the same and have no spread, such as a share that is always one, the shift is
    zero and the ratio one. Where only the base has no spread, the result is not finite.

    Args:
        mean: Shape (quantities,).
        sd: Shape (quantities,).
        base_mean: Shape (quantities,).
        base_sd: Shape (quantities,).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        shift, ratio = (mean - base_mean) / base_sd, sd / base_sd
    same = (mean == base_mean) & (sd == base_sd)
    return np.where(same, 0.0, shift), np.where(same, 1.0, ratio)


def finite(value: float) -> float | None:
    """A number for JSON, which knows neither NaN nor infinity."""
    return float(value) if math.isfinite(value) else None
