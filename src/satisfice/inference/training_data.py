"""What an estimator is trained on, and what is set aside to check it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from satisfice.errors import SatisficeError
from satisfice.io.observed import labels_of, read_observed
from satisfice.io.runs import read_simulations


def split_simulations(
    simulations: str | Path, observed: str | Path, reserved: int
) -> dict[str, np.ndarray]:
    """Usable simulations, fitted statistics only, with the last ones set aside.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv, which says what is fitted.
        reserved: Number of simulations to set aside for calibration checks.

    Returns:
        theta and x for training, theta_reserved and x_reserved for checks, x_observed, and the
        treatment of each statistic.

    Raises:
        SatisficeError: Too few usable simulations, or the files do not belong together.
    """
    archive, table = read_simulations(simulations), read_observed(observed)
    labels = [tuple(label) for label in archive["labels"]]
    if labels != labels_of(table):
        raise SatisficeError(
            simulations, f"has other statistics than {observed}.", "Rerun the rule simulate."
        )
    fitted = (table.split == "fit").to_numpy()
    usable = archive["failures"] == ""
    if usable.sum() < reserved + 100:
        raise SatisficeError(
            simulations,
            f"only {usable.sum()} of {len(usable)} simulations are usable.",
            "Raise simulation.simulations, or see the reasons under 'failures' in the file.",
        )
    theta, x = archive["theta"][usable], archive["x"][usable][:, fitted]
    return {
        "theta": theta[:-reserved],
        "x": x[:-reserved],
        "theta_reserved": theta[-reserved:],
        "x_reserved": x[-reserved:],
        "x_observed": table.value.to_numpy()[fitted][None, :],
        "treatments": table.treatment.to_numpy(dtype="U")[fitted],
    }
