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
from satisfice.inference.sbi_compat import EstimatorSettings

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
    theta, rows = torch.from_numpy(cube).float(), torch.from_numpy(inputs).float()
    estimator = _build(theta, rows, embedding, settings)
    order = torch.randperm(len(theta))
    held = max(1, round(settings.validation_share * len(theta)))
    unseen, seen = order[:held], order[held:]
    step = _stepper(estimator, theta, rows, settings, len(seen))
    training: list[float] = []
    validation: list[float] = []
    best: dict[str, Tensor] = {}
    for _ in range(settings.most_epochs):
        estimator.train()
        losses = [step(batch) for batch in _batches(seen, settings.batch)]
        training.append(sum(losses) / len(losses))
        validation.append(-float(_log_density(estimator, theta, rows, unseen).mean()))
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
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser,
        settings.learning_rate,
        total_steps=settings.most_epochs * (seen // min(settings.batch, seen)),
        pct_start=WARM_UP,
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


def log_density(estimator: nn.Module, cube: np.ndarray, inputs: np.ndarray) -> np.ndarray:
    """Log posterior density of one theta for each data set, on the unit cube.

    Args:
        estimator: A trained estimator.
        cube: Shape (data sets, parameters).
        inputs: Shape (data sets, numbers).

    Returns:
        Shape (data sets,).
    """
    theta, rows = torch.from_numpy(cube).float(), torch.from_numpy(inputs).float()
    everything = torch.arange(len(theta))
    return _log_density(estimator, theta, rows, everything).double().numpy()


def _log_density(estimator: nn.Module, theta: Tensor, rows: Tensor, chosen: Tensor) -> Tensor:
    """Log densities of the chosen rows, a few at a time to keep memory small."""
    estimator.eval()
    with torch.inference_mode():
        parts = [
            estimator.log_prob(theta[part].unsqueeze(0), condition=rows[part])[0]  # type: ignore[operator]
            for part in torch.split(chosen, 200)
        ]
    return torch.cat(parts)


def _build(
    theta: Tensor, rows: Tensor, embedding: nn.Module, settings: EstimatorSettings
) -> nn.Module:
    """Return an untrained estimator whose density lives inside the prior's box."""
    from sbi.neural_nets import posterior_nn  # noqa: PLC0415 - importing sbi takes seconds
    from sbi.utils import BoxUniform  # noqa: PLC0415

    parameters = theta.shape[1]
    sizes = {
        "zuko_maf": {"num_transforms": settings.transforms},
        "zuko_nsf": {"num_transforms": settings.transforms, "num_bins": settings.components},
        "mdn": {"num_components": settings.components},
    }
    build = posterior_nn(
        model=settings.estimator,
        z_score_theta="transform_to_unconstrained",
        # The embedding standardises: sbi would do so place by place, empty ones too.
        z_score_x="none",
        x_dist=BoxUniform(torch.zeros(parameters), torch.ones(parameters)),
        hidden_features=settings.hidden,
        embedding_net=embedding,
        **sizes[settings.estimator],
    )
    return build(theta[:100], rows[:100])  # type: ignore[no-any-return]
