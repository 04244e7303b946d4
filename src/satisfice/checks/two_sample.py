"""Classifier two-sample tests: are two sets of posterior draws the same?"""

from __future__ import annotations

import logging
import warnings

import numpy as np

from satisfice.inference.density_training import as_tensor

CLASSIFIER = {
    "hidden_layer_sizes": (32,),
    "alpha": 0.01,
    "learning_rate_init": 0.005,
    "max_iter": 20,
}
"""A small network, trained briefly: the same for each null trial and for the data."""


def local_c2st(
    truth: np.ndarray,
    statistics: np.ndarray,
    draws: np.ndarray,
    observed: np.ndarray,
    observed_draws: np.ndarray,
    *,
    trials: int,
    seed: int,
) -> float:
    """P-value that an amortised posterior is right at one observation (Linhart et al. 2023).

    It is small where a classifier trained on the data sets tells true parameters from draws at the
    observation better than classifiers trained on permuted labels, of which there are ``trials``.

    True parameters and draws, one for each data set, are on the unit cube, shape (data sets,
    parameters), ``statistics`` (data sets, statistics). At the observation, shape (statistics,),
    the posterior has draws of shape (draws, parameters).
    """
    from sbi.diagnostics.lc2st import LC2ST  # noqa: PLC0415

    logging.getLogger("sbi").setLevel(logging.ERROR)
    with warnings.catch_warnings():
        # scikit-learn warns of each classifier that reaches its last iteration.
        warnings.simplefilter("ignore")
        test = LC2ST(
            prior_samples=as_tensor(_logit(truth)),
            xs=as_tensor(statistics),
            posterior_samples=as_tensor(_logit(draws)),
            seed=seed,
            classifier="mlp",
            classifier_kwargs={**CLASSIFIER, "random_state": seed},
            z_score=True,
            num_trials_null=trials,
        )
        test.train_on_observed_data(verbosity=0)
        test.train_under_null_hypothesis(verbosity=0)
        return float(test.p_value(as_tensor(_logit(observed_draws)), as_tensor(observed[None])))


def _logit(cube: np.ndarray) -> np.ndarray:
    """Scale on which densities on the cube are closest to Gaussians."""
    inside = np.clip(cube, 1e-6, 1 - 1e-6)
    return np.asarray(np.log(inside) - np.log1p(-inside))
