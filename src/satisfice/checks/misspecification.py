"""Can the model produce these data? A test of overidentifying statistics.

There are more statistics than parameters, so no theta can match all of them by accident. The
test finds the closest theta and measures the distance that remains, as Hansen's (1982) J does for
moments. Simulations of the model itself, not a chi-squared distribution, say what is usual.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from satisfice.inference.emulator import StatisticsEmulator, closest
from satisfice.inference.training_data import TrainingData

LEVEL = 0.05
"""Nominal share of false alarms."""

MOST_OWN = 2000
"""Largest number of own simulations that say what is usual."""


@dataclass(frozen=True)
class Misspecification:
    """Result of the test for one data set.

    Attributes:
        distance: Squared Mahalanobis distance from the closest theta.
        usual: Shape (own simulations,), the same for data of the model, sorted.
        p_value: Share of the model's own data sets that are at least as far from theirs.
        cube: Shape (parameters,), the closest theta on the unit cube.
        residual: Shape (statistics,), data minus closest theta, in standard deviations.
    """

    distance: float
    usual: np.ndarray
    p_value: float
    cube: np.ndarray
    residual: np.ndarray


class MisspecificationTest:
    """The test, fitted to simulations from the prior.

    Half of them fit the emulator. Another quarter says what distance is usual; an emulator fits
    its own simulations too well. False alarms can be counted on the last quarter.

    Attributes:
        usual: Shape (own simulations,), distances of the model's own data sets, sorted.
        unseen: Shape (simulations, statistics), those that the test has not used.
    """

    def __init__(self, cube: np.ndarray, statistics: np.ndarray) -> None:
        """Fit the test to theta on the unit cube, and statistics, one row for each simulation."""
        half, most = len(cube) // 2, min(len(cube) // 4, MOST_OWN)
        self._parameters = cube.shape[1]
        self._emulator = StatisticsEmulator.fit(cube[:half], statistics[:half])
        own = statistics[half : half + most]
        self.usual = np.sort(closest(self._emulator, own, self._parameters).distance)
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


def findings(
    test: MisspecificationTest,
    data: TrainingData,
    table: pd.DataFrame,
    rivals: Mapping[str, np.ndarray],
) -> dict[str, Any]:
    """Test the human data, and check the test itself: the content of misspecification.json.

    The table has the fitted rows of observed.csv. Of each rival it takes the predictions, shape
    (draws, fitted statistics).
    """
    found, space = test.judge(data.x_observed[0]), data.space
    well_specified = np.concatenate([data.x_reserved, test.unseen])
    statistics = disagreement(table, found)
    return {
        "warning": warning_of(found, statistics),
        "p_value": found.p_value,
        "level": LEVEL,
        "distance": found.distance,
        "usual": {
            "median": float(np.median(found.usual)),
            "q95": float(np.quantile(found.usual, 1 - LEVEL)),
            "simulations": len(found.usual),
        },
        "closest": dict(zip(space.names, map(float, space.from_unit(found.cube)), strict=True)),
        "statistics": statistics,
        "false_alarms": share_detected(test, well_specified),
        "well_specified": len(well_specified),
        "detected": {name: share_detected(test, predicted) for name, predicted in rivals.items()},
    }


def share_detected(test: MisspecificationTest, statistics: np.ndarray) -> float:
    """Share of data sets that the test rejects, of those that are finite."""
    usable = statistics[np.isfinite(statistics).all(-1)]
    return float((test.p_values(usable) < LEVEL).mean())


def disagreement(table: pd.DataFrame, found: Misspecification) -> list[dict[str, Any]]:
    """The fitted statistics; those that the closest theta misses most come first."""
    order = np.argsort(-np.abs(found.residual))
    rows = table.reset_index(drop=True)
    return [
        {
            "treatment": str(rows.treatment[i]),
            "statistic": str(rows.statistic[i]),
            "human": float(rows.value[i]),
            "provenance": str(rows.provenance[i]),
            "standard_deviations": float(found.residual[i]),
        }
        for i in order
    ]


def warning_of(found: Misspecification, statistics: list[dict[str, Any]]) -> str:
    """Warning to show beside the posterior; empty where the model can produce the data."""
    if found.p_value >= LEVEL:
        return ""
    worst = statistics[0]
    mark = "" if worst["provenance"] == "primary" else f" ({worst['provenance']})"
    return (
        f"The human statistics are unlike those of this model (p = {found.p_value:.2g}), most of "
        f"all {worst['statistic']} of treatment {worst['treatment']}{mark}: read the posterior as "
        "the least bad fit."
    )
