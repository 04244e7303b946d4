"""Regression adjustment of approximate posterior draws (Beaumont, Zhang and Balding 2002)."""

from __future__ import annotations

import numpy as np
from scipy.special import expit, logit

SMALLEST_DISTANCE = 1e-4
"""Smallest distance from the edge of the cube, where logits are infinite."""


def regression_adjusted(
    cube: np.ndarray, summaries: np.ndarray, wanted: np.ndarray, weight: np.ndarray
) -> np.ndarray:
    """Adjust parameters to the wanted summaries.

    The linear regression is on the logits of the cube, so that draws stay inside it. A regression
    on the cube itself would move some draws over the edge.

    Args:
        cube: Shape (draws, parameters), on the unit cube.
        summaries: Shape (draws, summaries), simulated with them.
        wanted: Shape (summaries,).
        weight: Shape (draws,), weights in the regression.

    Returns:
        Shape (draws, parameters), inside the unit cube.
    """
    inside = logit(np.clip(cube, SMALLEST_DISTANCE, 1 - SMALLEST_DISTANCE))
    difference = summaries - wanted
    features = np.column_stack([np.ones(len(difference)), difference])
    root = np.sqrt(weight)[:, None]
    slopes = np.linalg.lstsq(root * features, root * inside, rcond=1e-8)[0][1:]
    return np.asarray(expit(inside - difference @ slopes))
