"""A posterior estimator on the unit cube with a network of its own for the summaries.

The density estimators are sbi's. The training loop is our own, since summaries of whole paths need
what sbi's loop lacks: a learning rate that falls to zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from satisfice.inference.path_embedding import PathEmbedding
from satisfice.inference.sbi_compat import (
    EstimatorSettings,
    as_tensor,
    density_builder,
    log_density,
)

LARGEST_GRADIENT = 5.0
"""Norm at which gradients are cut off, as sbi does."""

WARM_UP = 0.1
"""Share of the training during which the learning rate rises."""


class Standardised(nn.Module):
    """Statistics in units of their standard deviation.

    Args:
        sample: Some statistics, shape (simulations, statistics).
    """

    def __init__(self, sample: Tensor) -> None:
        super().__init__()
        # Fixed parameters and not buffers: sbi reads an embedding's device from its parameters.
        self.mean = nn.Parameter(sample.mean(dim=0), requires_grad=False)
        self.sd = nn.Parameter(sample.std(dim=0).clamp(min=1e-12), requires_grad=False)

    def forward(self, statistics: Tensor) -> Tensor:
        """Standardise, shape (simulations, statistics)."""
        return (statistics - self.mean) / self.sd


class PathsAndStatistics(nn.Module):
    """Learnt summaries of paths beside given statistics.

    Args:
        paths: The embedding of the paths, which come first in a row.
        statistics: Takes the rest of the row.
    """

    def __init__(self, paths: PathEmbedding, statistics: Standardised) -> None:
        super().__init__()
        self.paths, self.statistics = paths, statistics

    def forward(self, inputs: Tensor) -> Tensor:
        """Map shape (simulations, numbers) to (simulations, summaries)."""
        width = self.paths.layout.width
        parts = [self.paths(inputs[:, :width]), self.statistics(inputs[:, width:])]
        return torch.cat(parts, dim=-1)


def train_embedded(
    cube: np.ndarray,
    inputs: np.ndarray,
    embedding: nn.Module,
    settings: EstimatorSettings,
    seed: int,
) -> tuple[nn.Module, dict[str, Any]]:
    """Train an estimator of p(theta | inputs) together with its embedding.

    The loss is the mean of -log q(theta | embedding(inputs)) over draws from the prior and what
    they made (Papamakarios and Murray 2016). The learning rate follows one cycle (Smith 2018).

    Args:
        cube: Shape (simulations, parameters), parameters on the unit cube.
        inputs: Shape (simulations, numbers), finite.
        embedding: Maps inputs to summaries; trained in place.
        settings: Estimator and training.
        seed: Seed of the estimator's initial weights, and of the batches.

    Returns:
        The estimator of the epoch with the smallest validation loss, and the training's record.
    """
    torch.manual_seed(seed)
    theta, rows = as_tensor(cube), as_tensor(inputs)
    estimator = density_builder(settings, cube.shape[1], embedding)(theta[:100], rows[:100])
    order = torch.randperm(len(theta))
    held = max(1, round(settings.validation_share * len(theta)))
    held_out, seen = order[:held].numpy(), order[held:]
    step = _stepper(estimator, theta, rows, settings, len(seen))
    training: list[float] = []
    validation: list[float] = []
    best: dict[str, Tensor] = {}
    for _ in range(settings.most_epochs):
        estimator.train()
        losses = [step(batch) for batch in _batches(seen, settings.batch)]
        training.append(sum(losses) / len(losses))
        validation.append(-float(log_density(estimator, cube[held_out], inputs[held_out]).mean()))
        since = len(validation) - 1 - validation.index(min(validation))
        if since == 0:
            best = {name: value.clone() for name, value in estimator.state_dict().items()}
        if since >= settings.patience:
            break
    estimator.load_state_dict(best)
    estimator.eval()
    return estimator, {
        "epochs": len(validation),
        "best_validation_loss": min(validation),
        "validation_loss": validation,
        "training_loss": training,
    }


def _batches(seen: Tensor, size: int) -> list[Tensor]:
    """Shuffle and split; a last, smaller batch is left out, as its gradient is noisier."""
    size = min(size, len(seen))
    number = len(seen) // size
    return list(seen[torch.randperm(len(seen))][: number * size].reshape(number, size))


def _stepper(
    estimator: nn.Module, theta: Tensor, rows: Tensor, settings: EstimatorSettings, seen: int
) -> Callable[[Tensor], float]:
    """Return what takes one training step on the chosen rows and returns their loss."""
    optimiser = torch.optim.Adam(estimator.parameters(), settings.learning_rate)
    total = max(3, settings.most_epochs * (seen // min(settings.batch, seen)))
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        settings.learning_rate,
        total_steps=total,
        # The schedule divides by the steps of either phase less one: two of three at least.
        pct_start=max(WARM_UP, 2.0 / total),
    )

    def step(chosen: Tensor) -> float:
        optimiser.zero_grad()
        loss = estimator.loss(theta[chosen], condition=rows[chosen]).mean()  # type: ignore[operator]
        loss.backward()
        nn.utils.clip_grad_norm_(estimator.parameters(), LARGEST_GRADIENT)
        optimiser.step()
        schedule.step()
        return float(loss.detach())

    return step
