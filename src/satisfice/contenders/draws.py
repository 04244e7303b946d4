"""Several random numbers out of the one that an agent gets in each round."""

from __future__ import annotations

import torch
from torch import Tensor

STRATA = 4096
"""How finely :func:`second_draw` ignores the first draw."""


def toss(uniforms: Tensor, chance: Tensor) -> tuple[Tensor, Tensor]:
    """Toss a biased coin, and keep what the draw says beyond it, which is as good as a new draw.

    Args:
        uniforms: Numbers in [0, 1).
        chance: Chance of heads, between zero and one; broadcast against the uniforms.

    Returns:
        Whether it is heads, and numbers in [0, 1] that are independent of that, float64.
    """
    drawn, chance = uniforms.double(), chance.double()
    heads = drawn < chance
    fresh = torch.where(heads, drawn / chance, (drawn - chance) / (1.0 - chance))
    return heads, fresh


def second_draw(uniforms: Tensor) -> Tensor:
    """A second number in [0, 1) from the digits in which the first number hardly differs, float64.

    It is uniform within each of 4096 equal intervals of the first number.
    """
    return (uniforms.double() * STRATA) % 1.0
