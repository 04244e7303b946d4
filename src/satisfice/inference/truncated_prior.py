"""Posterior estimation in two rounds: the second simulates only where the first has mass."""

from __future__ import annotations

import numpy as np

from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.reference_posterior import Simulate
from satisfice.inference.sbi_compat import sample_estimator, train_estimator
from satisfice.inference.sbi_cross_checks import CrossCheck

FIRST_SHARE, SECOND_SHARE = 0.25, 0.25
"""Simulations of the truncated estimator's two rounds, as shares of the table's."""

KEPT = 0.9995
"""Central share of the first posterior, in each parameter, that bounds the second round's prior."""


def truncated_posterior(
    cube: np.ndarray,
    statistics: np.ndarray,
    more: Simulate,
    human: np.ndarray,
    settings: EstimatorSettings,
    draws: int,
    seed: int,
) -> CrossCheck:
    """Two rounds: where a first posterior has mass, the second one's simulations are drawn.

    The prior is truncated to a box, so it stays uniform there and nothing needs a weight, as in
    Deistler, Goncalves and Macke (2022), whose region is the posterior's own.
    """
    random = np.random.default_rng(seed)
    first = int(FIRST_SHARE * len(cube))
    rough, _ = train_estimator(cube[:first], statistics[:first], settings, seed)
    drawn = sample_estimator(rough, human[None], 4000, seed)[0]
    low, high = np.quantile(drawn, [(1 - KEPT) / 2, (1 + KEPT) / 2], axis=0)
    margin = 0.05 * (high - low)
    low, high = np.maximum(low - margin, 0.0), np.minimum(high + margin, 1.0)
    inside = random.random((int(SECOND_SHARE * len(cube)), cube.shape[1]))
    simulated = more(low + (high - low) * inside)
    usable = np.isfinite(simulated).all(-1)
    fine, record = train_estimator(inside[usable], simulated[usable], settings, seed + 1)
    final = low + (high - low) * sample_estimator(fine, human[None], draws, seed + 1)[0]
    volume = float(np.prod(high - low))
    told = {"epochs": record["epochs"], "share_of_prior": volume}
    return CrossCheck(final, first + len(inside), told)
