"""Boosted trees for the utility of candidates, learnt with the loss of a conditional logit.

LightGBM (Ke et al. 2017) adds trees; the loss is that of a softmax over a decision's candidates.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import lightgbm
import numpy as np

from satisfice.evaluation.choices import Kept

SETTINGS: dict[str, Any] = {
    "learning_rate": 0.1,
    "num_leaves": 15,
    "min_data_in_leaf": 20,
    "min_sum_hessian_in_leaf": 1.0,
    "lambda_l2": 1.0,
    "feature_fraction": 0.3,
    "max_bin": 63,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,  # folds run side by side; so results do not depend on the number of cores
    "verbosity": -1,
}
"""Settings of LightGBM. A third of the features for each tree keeps trees apart."""

PATIENCE = 40
"""Trees without a better log score on the reserved decisions after which learning stops."""


def grow(kept: Kept, utility: np.ndarray, trees: int, seed: int) -> lightgbm.Booster:
    """Add trees to a utility, shape (rows,), that is known already."""
    data = lightgbm.Dataset(kept.features, init_score=utility + kept.correction)
    return lightgbm.train(_settings(kept, seed), data, trees)


def grow_while_better(
    kept: Kept,
    utility: np.ndarray,
    reserved: Kept,
    reserved_utility: np.ndarray,
    most: int,
    seed: int,
) -> lightgbm.Booster:
    """Grow at most so many trees while they predict reserved decisions better.

    Returns:
        The trees, of which predictions use the best number, ``best_iteration``.
    """
    data = lightgbm.Dataset(kept.features, init_score=utility + kept.correction)
    start = reserved_utility + reserved.correction
    other = lightgbm.Dataset(reserved.features, init_score=start, reference=data)

    def log_score(total: np.ndarray, _: lightgbm.Dataset) -> tuple[str, float, bool]:
        chosen = reserved.probabilities(total)[reserved.chosen]
        return "log_score", float(np.log(np.maximum(chosen, 1e-12)).mean()), True

    return lightgbm.train(
        _settings(kept, seed),
        data,
        most,
        valid_sets=[other],
        feval=log_score,
        callbacks=[lightgbm.early_stopping(PATIENCE, verbose=False)],
    )


def _settings(kept: Kept, seed: int) -> dict[str, Any]:
    return {**SETTINGS, "objective": loss(kept), "metric": "None", "seed": seed % 2**31}


def loss(kept: Kept) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
    """First and second derivatives of minus the log-likelihood by the utility of each row."""
    chosen = kept.chosen.astype(np.float64)

    def derivatives(utility: np.ndarray, _: lightgbm.Dataset) -> tuple[np.ndarray, np.ndarray]:
        probability = kept.probabilities(utility)
        return probability - chosen, probability * (1.0 - probability)

    return derivatives
