"""The only place that knows sbi: one neural posterior estimator on the unit cube."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import TensorDataset

from satisfice.errors import SatisficeError

NUMBERS_AT_ONCE = 1_500_000
"""Numbers given to an estimator together, which bounds memory: rows of whole paths are wide."""


@dataclass(frozen=True)
class EstimatorSettings:
    """How one member of the ensemble is built and trained.

    Attributes:
        estimator: Density estimator: a masked autoregressive flow, which follows the narrow ridge
            between the parameters best; a neural spline flow; or a mixture of Gaussians.
        hidden: Width of its layers.
        transforms: Transforms of a flow.
        components: Components of the mixture (``mdn``) or bins of the spline.
        learning_rate: Adam's.
        batch: Simulations in one training step.
        validation_share: Share of the simulations that decides when to stop.
        patience: Epochs without improvement before stopping.
        most_epochs: Largest number of epochs.
    """

    estimator: Literal["zuko_maf", "zuko_nsf", "mdn"] = "zuko_maf"
    hidden: int = 50
    transforms: int = 3
    components: int = 8
    learning_rate: float = 1e-3
    batch: int = 250
    validation_share: float = 0.1
    patience: int = 20
    most_epochs: int = 500


class SilentTracker:
    """Stands in for sbi's default tracker, which writes a folder into the working directory."""

    log_dir: str | None = None

    def log_metric(self, name: str, value: float, step: int | None = None) -> None:
        """Ignore a metric."""

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        """Ignore metrics."""

    def log_params(self, params: dict[str, Any]) -> None:
        """Ignore parameters."""

    def add_figure(self, name: str, figure: Any, step: int | None = None) -> None:
        """Ignore a figure."""

    def flush(self) -> None:
        """Do nothing."""


@contextmanager
def whole_batches() -> Iterator[dict[str, Any]]:
    """Let data loaders take a batch from memory at once, not row by row.

    sbi builds its own loaders, whose default spends a third of the training time on stacking
    single rows. The order of the rows is the same.

    Yields:
        What sbi's ``train`` takes as ``dataloader_kwargs``.
    """

    def rows(dataset: TensorDataset, indices: Sequence[int]) -> tuple[Tensor, ...]:
        wanted = torch.as_tensor(indices)
        return tuple(tensor[wanted] for tensor in dataset.tensors)

    TensorDataset.__getitems__ = rows  # type: ignore[attr-defined]
    try:
        yield {"collate_fn": _as_it_is}
    finally:
        del TensorDataset.__getitems__  # type: ignore[attr-defined]


def _as_it_is(batch: Any) -> Any:
    return batch


def as_tensor(values: np.ndarray) -> Tensor:
    """Numbers as networks take them: contiguous, writable and of single precision."""
    return torch.from_numpy(np.array(values)).float()


def unit_box(parameters: int) -> Any:
    """The uniform prior on the unit cube, as sbi has it."""
    from sbi.utils import BoxUniform  # noqa: PLC0415 - importing sbi takes seconds

    return BoxUniform(torch.zeros(parameters), torch.ones(parameters))


def density_builder(
    settings: EstimatorSettings, parameters: int, embedding: nn.Module | None = None
) -> Any:
    """Return sbi's builder of an estimator whose density lives inside the prior's box.

    Args:
        settings: Kind and size of the estimator.
        parameters: Number of parameters.
        embedding: Maps what is given to standardised summaries; without it, what is given is
            standardised as it is.
    """
    from sbi.neural_nets import posterior_nn  # noqa: PLC0415

    sizes = {
        "zuko_maf": {"num_transforms": settings.transforms},
        "zuko_nsf": {"num_transforms": settings.transforms, "num_bins": settings.components},
        "mdn": {"num_components": settings.components},
    }
    return posterior_nn(
        model=settings.estimator,
        # Densities live in the unconstrained space behind the prior's box, so that no posterior
        # sample can lie outside it.
        z_score_theta="transform_to_unconstrained",
        # An embedding standardises: sbi would do so place by place, empty ones too.
        z_score_x="none" if embedding else "independent",
        x_dist=unit_box(parameters),
        hidden_features=settings.hidden,
        embedding_net=embedding or nn.Identity(),
        **sizes[settings.estimator],
    )


def train_by(
    inference: Any, cube: np.ndarray, statistics: np.ndarray, settings: EstimatorSettings
) -> tuple[nn.Module, dict[str, Any]]:
    """Train with one of sbi's methods, until the validation loss stops falling.

    Args:
        inference: An ``NPE`` or ``NLE`` of sbi, without simulations.
        cube: Shape (simulations, parameters), parameters on the unit cube.
        statistics: Shape (simulations, statistics), finite.
        settings: How to train.

    Returns:
        The estimator, and its training record: epochs, best and all validation losses.
    """
    logging.getLogger("sbi").setLevel(logging.ERROR)
    inference.append_simulations(as_tensor(cube), as_tensor(statistics))
    with warnings.catch_warnings(), whole_batches() as loading:
        # sbi warns when the number of epochs runs out; the record says so in any case.
        warnings.simplefilter("ignore")
        estimator = inference.train(
            training_batch_size=settings.batch,
            learning_rate=settings.learning_rate,
            validation_fraction=settings.validation_share,
            stop_after_epochs=settings.patience,
            # sbi counts from zero, and trains for two epochs at least.
            max_num_epochs=max(1, settings.most_epochs - 1),
            dataloader_kwargs=loading,
        )
    epochs = int(inference.summary["epochs_trained"][-1])
    return estimator, {
        "epochs": epochs,
        "stopped_early": epochs < settings.most_epochs,
        "best_validation_loss": float(inference.summary["best_validation_loss"][-1]),
        "validation_loss": [float(v) for v in inference.summary["validation_loss"]],
        "training_loss": [float(v) for v in inference.summary["training_loss"]],
    }


def train_estimator(
    cube: np.ndarray, statistics: np.ndarray, settings: EstimatorSettings, seed: int
) -> tuple[nn.Module, dict[str, Any]]:
    """Train one estimator of p(theta | statistics).

    Args:
        cube: Shape (simulations, parameters), parameters on the unit cube.
        statistics: Shape (simulations, statistics), finite.
        settings: Estimator and training.
        seed: Seed of initial weights and batches.

    Returns:
        The estimator, and its training record: epochs, best and all validation losses.
    """
    from sbi.inference import NPE  # noqa: PLC0415

    torch.manual_seed(seed)
    inference = NPE(
        prior=unit_box(cube.shape[1]),
        density_estimator=density_builder(settings, cube.shape[1]),
        tracker=SilentTracker(),
        show_progress_bars=False,
    )
    return train_by(inference, cube, statistics, settings)


def rebuild_estimator(settings: EstimatorSettings, parameters: int, statistics: int) -> nn.Module:
    """Return an untrained estimator of the same shape, ready to take saved weights."""
    build = density_builder(settings, parameters)
    cube = torch.linspace(0.1, 0.9, 5).unsqueeze(-1).repeat(1, parameters)
    # Arbitrary numbers with spread: the saved weights bring their own standardisation.
    return build(cube, cube[:, :1].repeat(1, statistics))  # type: ignore[no-any-return]


def sample_estimator(
    estimator: nn.Module, statistics: np.ndarray, draws: int, seed: int
) -> np.ndarray:
    """Draw from the estimated posterior.

    Args:
        estimator: A trained estimator.
        statistics: Shape (data sets, statistics).
        draws: Draws for each data set.
        seed: Seed of the draws.

    Returns:
        Shape (data sets, draws, parameters), inside the unit cube.

    Raises:
        SatisficeError: The estimator returned numbers that are not finite.
    """
    torch.manual_seed(seed)
    condition = as_tensor(statistics)
    with torch.inference_mode():
        samples = estimator.sample((draws,), condition=condition)  # type: ignore[operator]
    cube = samples.transpose(0, 1).double().numpy()
    if not np.isfinite(cube).all():
        raise SatisficeError(
            "posterior estimator",
            "returned draws that are not finite.",
            "Train with more simulations or another seed (config inference.estimator).",
        )
    return np.asarray(np.clip(cube, 0.0, 1.0))


def log_density(estimator: nn.Module, cube: np.ndarray, statistics: np.ndarray) -> np.ndarray:
    """Log of the estimated posterior density, of one theta for each data set.

    Args:
        estimator: A trained estimator.
        cube: Shape (rows, parameters), inside the unit cube.
        statistics: Shape (rows, statistics), what each theta is conditioned on.

    Returns:
        Shape (rows,).
    """
    estimator.eval()
    found, at_once = [], max(1, NUMBERS_AT_ONCE // statistics.shape[1])
    with torch.inference_mode():
        for first in range(0, len(cube), at_once):
            rows = slice(first, first + at_once)
            theta, condition = as_tensor(cube[rows]), as_tensor(statistics[rows])
            density = estimator.log_prob(theta.unsqueeze(0), condition=condition)[0]  # type: ignore[operator]
            found.append(density.double().numpy())
    return np.concatenate(found)
