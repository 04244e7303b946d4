"""Neural posterior estimation on the unit cube, with sbi's density estimators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from torch import nn

from satisfice.devices import seeded
from satisfice.errors import SatisficeError
from satisfice.inference.density_training import as_tensor, train_densities
from satisfice.inference.recombination import Recombination
from satisfice.inference.settings import EstimatorSettings


def unit_box(parameters: int) -> Any:
    """The uniform prior on the unit cube, as an object of sbi."""
    from sbi.utils import BoxUniform  # noqa: PLC0415 - importing sbi takes seconds

    return BoxUniform(torch.zeros(parameters), torch.ones(parameters))


def density_builder(settings: EstimatorSettings, parameters: int, **others: Any) -> Any:
    """Return sbi's builder of an estimator whose density is zero outside the prior's box.

    ``others`` are further arguments of sbi's builder, such as an embedding.
    """
    from sbi.neural_nets import posterior_nn  # noqa: PLC0415

    sizes = {
        "zuko_maf": {"num_transforms": settings.transforms},
        "zuko_nsf": {"num_transforms": settings.transforms, "num_bins": settings.components},
        "mdn": {"num_components": settings.components},
    }
    return posterior_nn(
        model=settings.estimator,
        # The density is that of unconstrained parameters, so no draw can lie outside the box.
        z_score_theta="transform_to_unconstrained",
        x_dist=unit_box(parameters),
        hidden_features=settings.hidden,
        **{"z_score_x": "independent", **sizes[settings.estimator], **others},
    )


def train_ensemble(
    cube: np.ndarray,
    statistics: np.ndarray,
    settings: EstimatorSettings,
    seeds: Sequence[int],
    recombination: Recombination | None = None,
) -> tuple[list[nn.Module], list[dict[str, Any]]]:
    """Train several estimators of p(theta | statistics) together; see :func:`train_densities`.

    Shapes are (simulations, parameters), on the unit cube, and (simulations, statistics). A
    member's seed is that of its initial weights, batches and validation rows.
    """
    members = []
    for seed in seeds:
        with seeded(seed):
            build = density_builder(settings, cube.shape[1])
            members.append(build(as_tensor(cube), as_tensor(statistics)))
    chance = [torch.Generator().manual_seed(seed) for seed in seeds]
    return members, train_densities(members, cube, statistics, settings, chance, recombination)


def rebuild_estimator(settings: EstimatorSettings, parameters: int, statistics: int) -> nn.Module:
    """Return an untrained estimator of the same shape, to load saved weights into."""
    build = density_builder(settings, parameters)
    cube = torch.linspace(0.1, 0.9, 5).unsqueeze(-1).repeat(1, parameters)
    # Arbitrary numbers that vary: the saved weights contain the standardisation.
    with seeded(0):
        return build(cube, cube[:, :1].repeat(1, statistics))  # type: ignore[no-any-return]


DRAWS_AT_ONCE = 4000
"""Draws made at once over several data sets, which bounds memory."""


def sample_estimator(
    estimator: nn.Module, statistics: np.ndarray, draws: int, seed: int
) -> np.ndarray:
    """Draw from the posterior given each data set, statistics of shape (data sets, statistics).

    Returns:
        Shape (data sets, draws, parameters), inside the unit cube.

    Raises:
        SatisficeError: The estimator returned numbers that are not finite.
    """
    with seeded(seed):
        blocks = torch.split(as_tensor(statistics), max(1, DRAWS_AT_ONCE // draws))
        with torch.inference_mode():
            samples = [estimator.sample((draws,), condition=block) for block in blocks]  # type: ignore[operator]
    cube = torch.cat(samples, 1).transpose(0, 1).double().numpy()
    if not np.isfinite(cube).all():
        raise SatisficeError(
            "posterior estimator",
            "returned draws that are not finite.",
            "Train with more simulations or another seed (config inference.estimator).",
        )
    return np.asarray(np.clip(cube, 0.0, 1.0))
