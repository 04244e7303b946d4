"""The classifier two-sample test: do two sets of posterior draws differ?"""

from __future__ import annotations

import warnings

import numpy as np

from satisfice.inference.density_training import as_tensor


def c2st(one: np.ndarray, other: np.ndarray, seed: int = 1) -> float:
    """Accuracy of a classifier that tells two sets of draws apart (Lopez-Paz and Oquab 2017).

    Args:
        one: Shape (draws, parameters).
        other: Shape (draws, parameters), as many draws.
        seed: Seed of the classifier and of its five folds.

    Returns:
        0.5 where the sets cannot be told apart, 1 where they always can. The classifier is a small
        neural network, as in Lueckmann et al. (2021).
    """
    from sbi.utils.metrics import c2st as accuracy  # noqa: PLC0415 - importing sbi takes seconds

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(accuracy(as_tensor(one), as_tensor(other), seed=seed, classifier="mlp"))
