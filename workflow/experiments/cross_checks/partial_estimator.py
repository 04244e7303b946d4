"""One estimator of posteriors given subsets of the statistics, to see which data matter.

Statistics that are left out are set to their mean and flagged as missing, as in Wang et al. (2024).
Trained on many such gaps, one network gives the posterior without each statistic and with each
treatment alone. Its errors are the same in all of them, so differences are due to the data.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn

from experiments.cross_checks.one_estimator import train_estimator
from satisfice.inference.density_training import as_tensor, log_density
from satisfice.inference.sbi_compat import sample_estimator
from satisfice.inference.settings import EstimatorSettings

COPIES = 3
"""How often each simulation is used, each time with other gaps."""

ALL = "all"
"""Name of the subset of all statistics."""


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


class Gaps(Standardised):
    """Standardised statistics, with missing ones at their mean, and flags of the others."""

    def forward(self, rows: Tensor) -> Tensor:
        """Map shape (simulations, 2 x statistics), values and then flags, to the same shape."""
        values, there = rows.chunk(2, dim=-1)
        return torch.cat([super().forward(values) * there, there], dim=-1)


@dataclass(frozen=True)
class Part:
    """A subset of the statistics.

    Attributes:
        kind: ``all``, ``without`` one statistic, or ``only`` one treatment.
        name: Name of the missing statistic or of the treatment.
        there: Shape (statistics,), whether each is given.
    """

    kind: str
    name: str
    there: np.ndarray


def parts_of(labels: Sequence[tuple[str, str]]) -> list[Part]:
    """All statistics, all but each one, and those of each treatment if there are several.

    Args:
        labels: Treatment and name of each statistic.
    """
    number = len(labels)
    found = [Part(ALL, ALL, np.ones(number, dtype=bool))]
    for index, label in enumerate(labels):
        found.append(Part("without", " ".join(label), np.arange(number) != index))
    treatments = list(dict.fromkeys(treatment for treatment, _ in labels))
    if len(treatments) > 1:
        of = np.array([treatment for treatment, _ in labels])
        found += [Part("only", treatment, of == treatment) for treatment in treatments]
    return found


@dataclass(frozen=True)
class PartialEstimator:
    """Posteriors given any of the subsets used in training.

    Attributes:
        network: The estimator, given values and flags.
    """

    network: nn.Module

    @classmethod
    def train(
        cls,
        cube: np.ndarray,
        statistics: np.ndarray,
        parts: Sequence[Part],
        settings: EstimatorSettings,
        seed: int,
    ) -> PartialEstimator:
        """Train on simulations with gaps; each kind of subset is equally frequent.

        Args:
            cube: Shape (simulations, parameters), on the unit cube.
            statistics: Shape (simulations, statistics), finite.
            parts: The subsets.
            settings: Estimator and training.
            seed: Seed of gaps, weights and batches.
        """
        random = np.random.default_rng(seed)
        kinds = list(dict.fromkeys(part.kind for part in parts))
        by_kind = [np.array([part.there for part in parts if part.kind == kind]) for kind in kinds]
        rows = COPIES * len(cube)
        chosen = random.integers(len(kinds), size=rows)
        there = np.empty((rows, statistics.shape[1]), dtype=bool)
        for number, gaps in enumerate(by_kind):
            here = np.flatnonzero(chosen == number)
            there[here] = gaps[random.integers(len(gaps), size=len(here))]
        inputs = np.hstack([np.tile(statistics, (COPIES, 1)), there]).astype(np.float32)
        network, _ = train_estimator(
            np.tile(cube, (COPIES, 1)), inputs, settings, seed, Gaps(as_tensor(statistics))
        )
        return cls(network)

    def sample(self, statistics: np.ndarray, part: Part, draws: int, seed: int) -> np.ndarray:
        """Draw from the posterior given a subset.

        Args:
            statistics: Shape (data sets, statistics); missing ones have no influence.
            part: The subset.
            draws: Draws for each data set.
            seed: Seed of the draws.

        Returns:
            Shape (data sets, draws, parameters), on the unit cube.
        """
        return sample_estimator(self.network, _rows(statistics, part), draws, seed)

    def density(self, statistics: np.ndarray, part: Part) -> Callable[[np.ndarray], np.ndarray]:
        """Return the log posterior density given a subset of one data set.

        Args:
            statistics: Shape (statistics,).
            part: The subset.
        """
        return partial(self._log_density, given=_rows(statistics[None], part))

    def _log_density(self, cube: np.ndarray, given: np.ndarray) -> np.ndarray:
        return log_density(self.network, cube, np.repeat(given, len(cube), axis=0))


def _rows(statistics: np.ndarray, part: Part) -> np.ndarray:
    there = np.broadcast_to(part.there, statistics.shape)
    return np.hstack([np.where(there, statistics, 0.0), there])
