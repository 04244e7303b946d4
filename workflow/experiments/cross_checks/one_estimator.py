"""Trains one density alone, as the cross-checks need it, perhaps with an embedding of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import nn

from satisfice.devices import seeded
from satisfice.inference.density_training import as_tensor, train_densities
from satisfice.inference.sbi_compat import density_builder
from satisfice.inference.settings import EstimatorSettings


def train_density(
    estimator: nn.Module, values: np.ndarray, conditions: np.ndarray, settings: EstimatorSettings
) -> dict[str, Any]:
    """Train one conditional density in place, with torch's global random numbers.

    See :func:`train_densities`; returns the training record.
    """
    chance = [torch.default_generator]
    return train_densities([estimator], values, conditions, settings, chance)[0]


def train_estimator(
    cube: np.ndarray,
    statistics: np.ndarray,
    settings: EstimatorSettings,
    seed: int,
    embedding: nn.Module | None = None,
) -> tuple[nn.Module, dict[str, Any]]:
    """Train one estimator of p(theta | statistics).

    The loss is the mean of -log q(theta | statistics) over simulations from the prior
    (Papamakarios and Murray 2016).

    Args:
        cube: Shape (simulations, parameters), parameters on the unit cube.
        statistics: Shape (simulations, statistics), finite.
        settings: Estimator and training.
        seed: Seed of initial weights and batches.
        embedding: Maps statistics to standardised summaries; trained in place with the estimator.

    Returns:
        The estimator, and its training record; see :func:`train_density`.
    """
    with seeded(seed):
        # The embedding standardises; sbi would standardise every entry alone, even empty ones.
        own = {"z_score_x": "none", "embedding_net": embedding} if embedding else {}
        build = density_builder(settings, cube.shape[1], **own)
        few = slice(100) if embedding else slice(None)
        estimator = build(as_tensor(cube[few]), as_tensor(statistics[few]))
        return estimator, train_density(estimator, cube, statistics, settings)
