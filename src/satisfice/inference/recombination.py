"""Makes new data sets from simulations with similar theta.

Given theta, the treatments of an experiment are independent, as different people play them. Two
simulations with the same theta could therefore exchange a treatment, and the result would be as
good a simulation as either. For similar theta the same holds for residuals around expected
statistics, which an emulator predicts. So an estimator gets a new data set at every step and cannot
learn its simulations by heart.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

SHARE = 0.5
"""Share of treatments taken from a neighbour."""

HIDDEN = (64, 64)
"""Layers of the emulator; with polynomials of theta the posteriors had a higher C2ST."""


@dataclass(frozen=True)
class Recombination:
    """The components of new data sets.

    Attributes:
        expected: Shape (rows, statistics), expected statistics given theta.
        residuals: Shape (rows, statistics), statistics minus expected ones.
        treatments: Shape (statistics,), number of the treatment of each.
        neighbours: Shape (rows, neighbours), rows with the closest theta, including the row itself.
    """

    expected: Tensor
    residuals: Tensor
    treatments: Tensor
    neighbours: Tensor

    @classmethod
    def fit(
        cls,
        cube: np.ndarray,
        statistics: np.ndarray,
        treatments: Sequence[str],
        neighbours: int,
        seed: int,
    ) -> Recombination:
        """Fit the emulator and find the neighbours, among whose rows treatments are exchanged.

        Shapes are (rows, parameters), on the unit cube, and (rows, statistics); each statistic has
        its treatment.
        """
        from sklearn.compose import TransformedTargetRegressor  # noqa: PLC0415 - takes a second
        from sklearn.exceptions import ConvergenceWarning  # noqa: PLC0415
        from sklearn.neighbors import NearestNeighbors  # noqa: PLC0415
        from sklearn.neural_network import MLPRegressor  # noqa: PLC0415
        from sklearn.preprocessing import StandardScaler  # noqa: PLC0415

        network = MLPRegressor(
            hidden_layer_sizes=HIDDEN,
            activation="tanh",
            learning_rate_init=3e-3,
            max_iter=40,
            early_stopping=True,
            random_state=seed,
        )
        emulator = TransformedTargetRegressor(network, transformer=StandardScaler())
        with warnings.catch_warnings():
            # scikit-learn warns if the loss still falls at the last iteration.
            warnings.simplefilter("ignore", ConvergenceWarning)
            emulator.fit(2 * cube - 1, statistics)
        expected = emulator.predict(2 * cube - 1)
        near = NearestNeighbors(n_neighbors=min(neighbours, len(cube))).fit(cube)
        names = list(dict.fromkeys(treatments))
        return cls(
            torch.from_numpy(expected).float(),
            torch.from_numpy(statistics - expected).float(),
            torch.tensor([names.index(name) for name in treatments]),
            torch.from_numpy(near.kneighbors(cube, return_distance=False)),
        )

    def draw(
        self, rows: Tensor, held_out: Sequence[np.ndarray], chance: Sequence[torch.Generator]
    ) -> Tensor:
        """Draw data sets for the theta of some rows, shape (estimators, batch, statistics).

        Rows have the shape (estimators, batch). Each estimator must not use the statistics of the
        rows that it holds out, and has its own random numbers.
        """
        drawn = []
        for own, hidden, generator in zip(rows, held_out, chance, strict=True):
            source = self._sources(own, generator)
            is_hidden = torch.zeros(len(self.expected), dtype=torch.bool)
            is_hidden[torch.from_numpy(hidden)] = True
            source = torch.where(is_hidden[source], own[:, None], source)[:, self.treatments]
            statistics = torch.arange(source.shape[1])
            drawn.append(self.expected[own] + self.residuals[source, statistics])
        return torch.stack(drawn)

    def _sources(self, own: Tensor, generator: torch.Generator) -> Tensor:
        """The row that each treatment is taken from, shape (batch, treatments)."""
        shape = (len(own), int(self.treatments.max()) + 1)
        place = torch.randint(self.neighbours.shape[1], shape, generator=generator)
        near = self.neighbours[own].gather(1, place)
        exchanged = torch.rand(shape, generator=generator) < SHARE
        return torch.where(exchanged, near, own[:, None])
