"""Can the model produce these data at all? A test of overidentifying statistics.

There are more statistics than parameters, so no theta can match all of them by accident. The
test finds the theta that comes closest and measures what is left, as Hansen's (1982) J does for
moments; what is usual is learnt from simulations of the model itself, not from a chi-squared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from satisfice.inference.emulator import StatisticsEmulator, closest

LEVEL = 0.05
"""Nominal share of false alarms."""

MOST_REFERENCE = 2000
"""Largest number of simulations that say what is usual."""


@dataclass(frozen=True)
class Misspecification:
    """Verdict of the test about one data set.

    Attributes:
        distance: What the closest theta leaves, a squared Mahalanobis distance.
        usual: Shape (reference simulations,), the same for data of the model, sorted.
        p_value: Share of the model's own data sets that are as far from it.
        cube: Shape (parameters,), the closest theta.
        residual: Shape (statistics,), where the data disagree, in standard deviations.
    """

    distance: float
    usual: np.ndarray
    p_value: float
    cube: np.ndarray
    residual: np.ndarray


class MisspecificationTest:
    """The test, fitted to simulations from the prior.

    Half of them fit the emulator and a quarter says what distance is usual, so that neither
    flatters the other. On the last quarter false alarms can be counted.

    Attributes:
        usual: Shape (reference simulations,), distances of the model's own data sets, sorted.
        unseen: Shape (simulations, statistics), those that the test has not used.
    """

    def __init__(self, cube: np.ndarray, statistics: np.ndarray) -> None:
        """Fit the test.

        Args:
            cube: Shape (simulations, parameters), on the unit cube.
            statistics: Shape (simulations, statistics).
        """
        half, most = len(cube) // 2, min(len(cube) // 4, MOST_REFERENCE)
        self._parameters = cube.shape[1]
        self._emulator = StatisticsEmulator.fit(cube[:half], statistics[:half])
        reference = statistics[half : half + most]
        self.usual = np.sort(closest(self._emulator, reference, self._parameters).distance)
        self.unseen = statistics[half + most : half + 2 * most]

    def p_values(self, statistics: np.ndarray) -> np.ndarray:
        """P-value of each data set, shape (data sets,)."""
        return self._rank(closest(self._emulator, statistics, self._parameters).distance)

    def judge(self, observed: np.ndarray) -> Misspecification:
        """Test one data set of shape (statistics,)."""
        found = closest(self._emulator, observed[None], self._parameters)
        return Misspecification(
            float(found.distance[0]),
            self.usual,
            float(self._rank(found.distance)[0]),
            found.cube[0],
            found.residual[0],
        )

    def _rank(self, distance: np.ndarray) -> np.ndarray:
        # The data set itself counts, so that no p-value is zero.
        as_far = len(self.usual) - np.searchsorted(self.usual, distance, side="left")
        return np.asarray((1 + as_far) / (1 + len(self.usual)))
