"""Regression adjustment of approximate posterior draws (Beaumont, Zhang and Balding 2002)."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

SMALLEST_DISTANCE = 1e-4
"""From the edge of the cube, where logits end."""


def regression_adjusted(
    cube: np.ndarray, summaries: np.ndarray, wanted: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Move parameters to where they would be had they made exactly the wanted summaries.

    A linear regression on the logits of the cube, so that nothing leaves it: what a regression
    on the cube itself pushes over the edge can only be put back onto it, all in one place.

    Args:
        cube: Shape (draws, parameters), on the unit cube.
        summaries: Shape (draws, summaries), what they made.
        wanted: Shape (summaries,).
        weight: Shape (draws,), of each draw in the regression.

    Returns:
        Shape (draws, parameters), inside the unit cube.
    """
    inside = logit(np.clip(cube, SMALLEST_DISTANCE, 1 - SMALLEST_DISTANCE))
    difference = summaries - wanted
    features = np.column_stack([np.ones(len(difference)), difference])
    root = np.sqrt(weight)[:, None]
    slopes = np.linalg.lstsq(root * features, root * inside, rcond=1e-8)[0][1:]
    return np.asarray(expit(inside - difference @ slopes))
