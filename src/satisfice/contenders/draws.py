"""Several random numbers from the one that an agent gets in each round."""

from __future__ import annotations

import torch
from torch import Tensor

STRATA = 4096
"""Number of intervals of the first number within which :func:`second_draw` is uniform."""


def toss(uniforms: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """Toss a biased coin, and rescale the draw given the result, which is as good as a new draw.

    Returns:
        Whether the result is heads, and numbers in [0, 1] that are independent of it, float64.
    """
    drawn, chance = uniforms.double(), chance.double()
    heads = drawn < chance
    fresh = torch.where(heads, drawn / chance, (drawn - chance) / (1.0 - chance))
    return heads, fresh


def second_draw(uniforms: Tensor) -> Tensor:
    """A second number in [0, 1) from the last digits of the first number, float64.

    It is uniform within each of 4096 equal intervals of the first number.
    """
    return (uniforms.double() * STRATA) % 1.0
