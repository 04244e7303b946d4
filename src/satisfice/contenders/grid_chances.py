"""Probabilities of actions on an even grid, for wanted actions that are certain or normal.

Actions are indices into the grid. Grids are game.action_values; all other arguments broadcast with
the actions, and wanted actions and standard deviations are in natural units. Results are float64.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

SMALLEST = 1e-300
"""Smallest probability under normal noise. Far out, the true one is zero in double precision, and
its logarithm would be no number to compare."""

SMALLEST_WIDTH = 1e-9
"""Standard deviation that is used in place of zero, in steps of the grid."""


def point_mass(actions: Tensor, chosen: Tensor) -> Tensor:
    """Probability of actions of agents who choose one for certain: one or zero."""
    return (actions == chosen).double()


def between_neighbours(grid: Tensor, actions: Tensor, wanted: Tensor) -> Tensor:
    """Probability of actions under :func:`satisfice.games.base.mix_between_neighbours`."""
    place = _place(grid, wanted).clamp(0.0, len(grid) - 1.0)
    return (1.0 - (actions - place).abs()).clamp(min=0.0)


def rounded_normal(grid: Tensor, actions: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """Probability of actions if normal amounts are rounded to the grid.

    The ends of the grid take everything beyond them.
    """
    return _rounded(*_outwards(grid, actions, mean), _steps(grid, sd))


def rounded_normal_by_distance(actions: int, sd: Tensor) -> Tensor:
    """Like :func:`rounded_normal` for means on the grid, by the distance of an action from them.

    Standard deviations are in steps of the grid, shape (populations,).

    Returns:
        Shape (populations, 2, distances): of actions between the ends of the grid, and of its ends.
    """
    distance = torch.arange(actions, dtype=torch.float64)
    end = torch.tensor([[False], [True]])
    return _rounded(distance, end, sd.clamp(min=SMALLEST_WIDTH).reshape(-1, 1, 1))


def _rounded(outwards: Tensor, end: Tensor, width: Tensor) -> Tensor:
    # Differences of upper tails keep their precision far out, unlike those of lower ones.
    beyond = _upper_tail((outwards + 0.5) / width).masked_fill(end, 0.0)
    return (_upper_tail((outwards - 0.5) / width) - beyond).clamp(min=SMALLEST)


def mixed_normal(grid: Tensor, actions: Tensor, mean: Tensor, sd: Tensor) -> Tensor:
    """Probability of actions if agents mix between the neighbours of normal amounts.

    The amounts are clipped to the grid. Given its amount, an action's probability is a triangle
    around the action. Its mean is a second difference of the normal's mean excess, E max(x - k, 0).
    """
    outwards, end = _outwards(grid, actions, mean)
    width = _steps(grid, sd)
    here = _mean_excess(outwards, width)
    near = _mean_excess(outwards - 1.0, width) - here
    far = (here - _mean_excess(outwards + 1.0, width)).masked_fill(end, 0.0)
    return (near - far).clamp(min=SMALLEST)


def _mean_excess(bound: Tensor, width: Tensor) -> Tensor:
    """E max(x - bound, 0) of a normal x with mean zero."""
    scaled = bound / width
    density = torch.exp(-0.5 * scaled**2) / math.sqrt(2.0 * math.pi)
    return width * (density - scaled * _upper_tail(scaled))


def _upper_tail(standard: Tensor) -> Tensor:
    """Probability that a standard normal number is larger; torch's ndtr is zero beyond 8.3."""
    tail: Tensor = 0.5 * torch.special.erfc(standard * math.sqrt(0.5))
    return tail


def _place(grid: Tensor, amounts: Tensor) -> Tensor:
    """Amounts as fractional indices."""
    return (amounts.double() - float(grid[0])) / _step(grid)


def _steps(grid: Tensor, sd: Tensor) -> Tensor:
    """Standard deviations in steps of the grid, above zero."""
    return (sd.double() / _step(grid)).clamp(min=SMALLEST_WIDTH)


def _step(grid: Tensor) -> float:
    return float(grid[-1] - grid[0]) / (len(grid) - 1)


def _outwards(grid: Tensor, actions: Tensor, mean: Tensor) -> tuple[Tensor, Tensor]:
    """How far actions are from the mean, in steps, and whether they are ends of the grid.

    The normal is symmetric, so distances suffice between the ends. Ends have signed distances,
    above zero if the mean is on the grid.
    """
    offset = actions - _place(grid, mean)
    low, high = actions == 0, actions == len(grid) - 1
    distance = torch.where(low, -offset, torch.where(high, offset, offset.abs()))
    return distance, low | high
