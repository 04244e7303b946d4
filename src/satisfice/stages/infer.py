"""Rules ``fit`` and ``posterior``: an ensemble of neural posterior estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp
from torch import nn

from satisfice.errors import SatisficeError
from satisfice.inference.parameter_prior import ParameterPrior
from satisfice.inference.sbi_compat import (
    EstimatorSettings,
    log_density,
    rebuild_estimator,
    sample_estimator,
    train_estimator,
)
from satisfice.io.checkpoints import REMEDY, check_pair, load_weights, save_weights
from satisfice.io.files import read_json, write_arrays, write_json
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.stages.data import labels_of, read_observed, read_simulations


def split_simulations(
    simulations: str | Path, observed: str | Path, reserved: int
) -> dict[str, np.ndarray]:
    """Usable simulations, fitted statistics only, with the last ones set aside.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv, which says what is fitted.
        reserved: Number of simulations to set aside for calibration checks.

    Returns:
        theta and x for training, theta_reserved and x_reserved for checks, and x_observed.

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
    }


def fit_member(
    simulations: str | Path,
    observed: str | Path,
    parameter_prior: dict[str, Any],
    estimator: dict[str, Any],
    reserved: int,
    member: int,
    seed: int,
    output: str | Path,
) -> None:
    """Train one member of the ensemble.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv.
        parameter_prior: Bounds of the prior.
        estimator: Settings of the estimator.
        reserved: Simulations set aside for calibration checks.
        member: Number of the member, from 0.
        seed: The run's seed.
        output: The safetensors file of the weights; a JSON file goes beside it.
    """
    settings = EstimatorSettings(**estimator)
    data = split_simulations(simulations, observed, reserved)
    cube = ParameterPrior.from_config(parameter_prior).to_unit(data["theta"])
    name = f"{Path(output).parent.name}-{member}"
    network, record = train_estimator(cube, data["x"], settings, small_seed(seed, "fit", name))
    logger.info(
        "%d simulations, %d epochs, validation loss %.3f",
        len(cube),
        record["epochs"],
        record["best_validation_loss"],
    )
    sizes = {"parameters": cube.shape[1], "statistics": data["x"].shape[1]}
    described = {"settings": asdict(settings), **sizes, **record}
    write_json(Path(output).with_suffix(".json"), described)
    save_weights(output, network, described)


@dataclass(frozen=True)
class Ensemble:
    """Trained members; the posterior is their equal-weight mixture.

    Attributes:
        members: The estimators.
        paths: Their files, which seed their draws.
    """

    members: Sequence[nn.Module]
    paths: Sequence[Path]

    @classmethod
    def load(cls, paths: Sequence[str | Path]) -> Ensemble:
        """Read the members' safetensors files."""
        return cls([_load_member(path) for path in paths], [Path(path) for path in paths])

    def sample(self, statistics: np.ndarray, draws: int, seed: int, purpose: str) -> np.ndarray:
        """Draw from each member.

        Args:
            statistics: Shape (data sets, statistics).
            draws: Draws of each member for each data set.
            seed: The run's seed.
            purpose: What the draws are for, which seeds them too.

        Returns:
            Shape (members, data sets, draws, parameters), on the unit cube.
        """
        seeds = [small_seed(seed, purpose, *path.parts[-2:]) for path in self.paths]
        return np.stack(
            [
                sample_estimator(member, statistics, draws, one)
                for member, one in zip(self.members, seeds, strict=True)
            ]
        )

    def log_density(self, cube: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Log density of the mixture given one data set.

        Args:
            cube: Shape (points, parameters), on the unit cube.
            statistics: Shape (statistics,).

        Returns:
            Shape (points,).
        """
        given = np.broadcast_to(statistics, (len(cube), len(statistics)))
        each = [log_density(member, cube, given) for member in self.members]
        return np.asarray(logsumexp(each, axis=0) - np.log(len(each)))


def _load_member(path: str | Path) -> nn.Module:
    described = read_json(Path(path).with_suffix(".json"))
    check_pair(path, described)
    try:
        settings = EstimatorSettings(**described["settings"])
        network = rebuild_estimator(settings, described["parameters"], described["statistics"])
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        problem = f"does not describe an estimator ({error})."
        raise SatisficeError(Path(path).with_suffix(".json"), problem, REMEDY) from error
    load_weights(path, network)
    return network


def sample_posterior(
    members: list[str],
    simulations: str | Path,
    observed: str | Path,
    parameter_prior: dict[str, Any],
    reserved: int,
    draws: int,
    seed: int,
    output: str | Path,
) -> None:
    """Draw from the ensemble's posterior given the human statistics.

    Args:
        members: The safetensors files of the ensemble.
        simulations: The npz file of all simulations.
        observed: observed.csv.
        parameter_prior: Bounds of the prior.
        reserved: Simulations set aside for calibration checks.
        draws: Posterior draws of each member.
        seed: The run's seed.
        output: A npz file with theta, shape (members, draws, parameters), and the roles that
            have a supertype each.
    """
    prior = ParameterPrior.from_config(parameter_prior)
    data = split_simulations(simulations, observed, reserved)
    cube = Ensemble.load(members).sample(data["x_observed"], draws, seed, "draws")[:, 0]
    write_arrays(output, theta=prior.from_unit(cube), roles=np.array(prior.roles, dtype="U"))
