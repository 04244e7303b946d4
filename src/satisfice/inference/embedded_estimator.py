"""What stands between simulations and a density estimator: standardised statistics, and paths."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from satisfice.inference.path_embedding import PathEmbedding


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
