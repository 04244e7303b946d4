"""Simulations to train an estimator on, and reserved ones to check it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.observed import labels_of, read_observed
from satisfice.io.runs import read_simulations, space_in
from satisfice.population.parameters import ParameterSpace


@dataclass(frozen=True)
class TrainingData:
    """Usable simulations with the fitted statistics, some of them reserved.

    Attributes:
        space: The parameters.
        theta: Shape (simulations, columns), to train on.
        x: Shape (simulations, statistics).
        theta_reserved: Like ``theta``, reserved for checks.
        x_reserved: Like ``x``, reserved for checks.
        x_observed: Shape (1, statistics), the human statistics.
        treatments: Shape (statistics,), the treatment of each statistic.
    """

    space: ParameterSpace
    theta: np.ndarray
    x: np.ndarray
    theta_reserved: np.ndarray
    x_reserved: np.ndarray
    x_observed: np.ndarray
    treatments: np.ndarray

    @property
    def cube(self) -> np.ndarray:
        """Theta to train on, on the unit cube."""
        return self.space.to_unit(self.theta)

    @property
    def cube_reserved(self) -> np.ndarray:
        """Reserved theta, on the unit cube."""
        return self.space.to_unit(self.theta_reserved)

    @classmethod
    def of(
        cls,
        archive: Mapping[str, np.ndarray],
        space: ParameterSpace,
        table: pd.DataFrame,
        reserved: int,
        place: str | Path,
    ) -> TrainingData:
        """Choose among simulations; see :func:`split_simulations`."""
        fitted = (table.split == "fit").to_numpy()
        usable = archive["failures"] == ""
        if usable.sum() < reserved + 100:
            raise SatisficeError(
                place,
                f"only {usable.sum()} of {len(usable)} simulations are usable.",
                "Raise simulation.simulations, or see the reasons under 'failures' in the file.",
            )
        theta, x = archive["theta"][usable], archive["x"][usable][:, fitted]
        trained = len(theta) - reserved
        return cls(
            space=space,
            theta=theta[:trained],
            x=x[:trained],
            theta_reserved=theta[trained:],
            x_reserved=x[trained:],
            x_observed=table.value.to_numpy()[fitted][None, :],
            treatments=table.treatment.to_numpy(dtype="U")[fitted],
        )


def split_simulations(simulations: str | Path, observed: str | Path, reserved: int) -> TrainingData:
    """Read usable simulations with the fitted statistics, and reserve the last ones for checks.

    Raises:
        SatisficeError: Too few simulations are usable, or the files do not fit together.
    """
    archive, table = read_simulations(simulations), read_observed(observed)
    labels = [tuple(label) for label in archive["labels"]]
    if labels != labels_of(table):
        raise SatisficeError(
            simulations, f"has other statistics than {observed}.", "Rerun the rule simulate."
        )
    return TrainingData.of(archive, space_in(archive, simulations), table, reserved, simulations)
