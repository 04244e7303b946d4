"""Policies solved on a grid of parameters, and mixed between the points of the grid."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from satisfice.population.parameters import Fitted


class Between(NamedTuple):
    """A value's place on a grid.

    Attributes:
        below: Index of the grid point below it.
        share: How far it is on the way to the next point, from 0 to 1.
    """

    below: Tensor
    share: Tensor


def grid_of(of: Fitted, points: int) -> np.ndarray:
    """Values of a parameter, evenly spaced on the scale of its prior."""
    spaced = np.geomspace if of.parameter.transform == "log" else np.linspace
    return np.asarray(spaced(of.low, of.high, points))


def place_on_grid(value: Tensor, of: Fitted, points: int) -> Between:
    """Where values are on :func:`grid_of`; values beyond the prior are at its ends."""
    value, low, high = value.double(), of.low, of.high
    if of.parameter.transform == "log":
        value, low, high = value.log(), float(np.log(low)), float(np.log(high))
    position = ((value - low) / (high - low)).clamp(0.0, 1.0) * (points - 1)
    below = position.floor().clamp(max=points - 2)
    return Between(below.long(), position - below)


def place_among(value: Tensor, points: Tensor) -> Between:
    """Where values are on a grid of increasing points; values beyond its ends are at its ends."""
    value = value.double().clamp(points[0], points[-1])
    below = (torch.searchsorted(points, value, right=True) - 1).clamp(max=len(points) - 2)
    share = (value - points[below]) / (points[below + 1] - points[below])
    return Between(below, share)


def interpolated(table: Tensor, places: Sequence[Between]) -> Tensor:
    """Mix what a table has at the corners around each population's parameters.

    Args:
        table: Its first axes are the grids of the parameters, in the order of the places.
        places: Tensors of shape (populations,).

    Returns:
        Shape (populations, ...), the other axes of the table.
    """
    parameters = len(places)
    index, weight = [], []
    for corner in product((0, 1), repeat=parameters):
        row: Tensor | int = 0
        share: Tensor | float = 1.0
        for (below, above), up, points in zip(places, corner, table.shape, strict=False):
            row = row * points + below + up
            share = share * (above if up else 1.0 - above)
        index.append(row)
        weight.append(share)
    flat = table.reshape(int(np.prod(table.shape[:parameters])), -1)
    mixed = functional.embedding_bag(
        torch.stack(index, -1),  # type: ignore[arg-type]
        flat,
        per_sample_weights=torch.stack(weight, -1),  # type: ignore[arg-type]
        mode="sum",
    )
    return mixed.reshape(-1, *table.shape[parameters:])


def in_one_row(policies: np.ndarray) -> Tensor:
    """Cumulative probabilities of all policies, shape (policies, actions), in one increasing row.

    One search then draws from all of them. The last action with positive probability ends its
    policy's unit exactly.
    """
    cumulative = policies.cumsum(-1)
    start = np.arange(len(cumulative))[:, None]
    return torch.from_numpy((start + cumulative / cumulative[:, -1:]).ravel())


def draw_from_row(row: Tensor, which: Tensor, uniforms: Tensor, actions: int) -> Tensor:
    """Draw an action from the policy of each given number, by inversion."""
    wanted = which + uniforms.clamp(max=1.0 - 1e-9)
    found = torch.searchsorted(row, wanted, right=True)
    return (found - which * actions).clamp(0, actions - 1)
