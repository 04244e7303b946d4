"""The network by which agents of another library act, without that library."""

from __future__ import annotations

from torch import nn


def new_actor(inputs: int, hidden: int) -> nn.Sequential:
    """An untrained network from what an agent sees, shape (..., inputs), to answers, (..., 1)."""
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.Tanh(),
        nn.Linear(hidden, hidden),
        nn.Tanh(),
        nn.Linear(hidden, 1),
    )
