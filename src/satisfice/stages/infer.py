"""Rules ``fit`` and ``posterior``: an ensemble of neural posterior estimators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp
from torch import nn

from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings, log_density
from satisfice.inference.recombination import Recombination
from satisfice.inference.sbi_compat import rebuild_estimator, sample_estimator, train_ensemble
from satisfice.io.checkpoints import REMEDY, check_pair, load_weights, save_weights
from satisfice.io.files import read_json, write_arrays, write_json
from satisfice.io.observed import labels_of, read_observed
from satisfice.io.runs import read_simulations
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import logger
from satisfice.randomness import small_seed


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


def fit_ensemble(
    simulations: str | Path,
    observed: str | Path,
    parameter_prior: dict[str, Any],
    inference: dict[str, Any],
    seed: int,
    output: str | Path,
) -> None:
    """Train the ensemble.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv.
        parameter_prior: Bounds of the prior.
        inference: The config's ``inference``: members, estimator, recombination, and sbc, the
            simulations set aside for calibration checks.
        seed: The run's seed.
        output: The safetensors file of the weights; a JSON file goes beside it.
    """
    data = split_simulations(simulations, observed, inference["sbc"])
    cube = ParameterPrior.from_config(parameter_prior).to_unit(data["theta"])
    names = [f"{Path(output).parent.name}-{number}" for number in range(inference["members"])]
    seeds = [small_seed(seed, "fit", name) for name in names]
    networks, records, settings = train_as_configured(cube, data, inference, seeds)
    for record in records:
        logger.info(
            "%d simulations, %d epochs, validation loss %.3f",
            len(cube),
            record["epochs"],
            record["best_validation_loss"],
        )
    sizes = {"parameters": cube.shape[1], "statistics": data["x"].shape[1]}
    described = {"settings": asdict(settings), **sizes, "members": records}
    write_json(Path(output).with_suffix(".json"), described)
    save_weights(output, nn.ModuleList(networks), described)


def train_as_configured(
    cube: np.ndarray, data: dict[str, np.ndarray], inference: dict[str, Any], seeds: Sequence[int]
) -> tuple[list[nn.Module], list[dict[str, Any]], EstimatorSettings]:
    """Train an ensemble on the first simulations, as many as ``cube`` has rows.

    Args:
        cube: Shape (rows, parameters), parameters on the unit cube.
        data: See :func:`split_simulations`.
        inference: The config's ``inference``.
        seeds: Of each member.

    Returns:
        The estimators, their training records, and the settings they were trained with.
    """
    statistics, recombination = data["x"][: len(cube)], None
    settings = EstimatorSettings(**inference["estimator"])
    if (block := inference["recombination"])["neighbours"] > 1:
        recombination = Recombination.fit(
            cube, statistics, data["treatments"].tolist(), block["neighbours"], seeds[0]
        )
        settings = replace(settings, batch=block["batch"], weight_decay=block["weight_decay"])
    networks, records = train_ensemble(cube, statistics, settings, seeds, recombination)
    return networks, records, settings


@dataclass(frozen=True)
class Ensemble:
    """Trained members; the posterior is their equal-weight mixture.

    Attributes:
        members: The estimators.
        name: Of the ensemble, which seeds its draws.
    """

    members: Sequence[nn.Module]
    name: str

    @classmethod
    def load(cls, path: str | Path) -> Ensemble:
        """Read the safetensors file, and the JSON file beside it.

        Raises:
            SatisficeError: A file is missing, cut short or does not fit the other.
        """
        beside = Path(path).with_suffix(".json")
        described = read_json(beside)
        check_pair(path, described)
        try:
            settings = EstimatorSettings(**described["settings"])
            sizes = described["parameters"], described["statistics"]
            networks = [rebuild_estimator(settings, *sizes) for _ in described["members"]]
        except (LookupError, TypeError, ValueError, RuntimeError) as error:
            problem = f"does not describe an ensemble ({error})."
            raise SatisficeError(beside, problem, REMEDY) from error
        load_weights(path, nn.ModuleList(networks))
        return cls(networks, Path(path).parent.name)

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
        seeds = [small_seed(seed, purpose, self.name, n) for n in range(len(self.members))]
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


def sample_posterior(
    ensemble: str | Path,
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
        ensemble: The safetensors file of the ensemble.
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
    cube = Ensemble.load(ensemble).sample(data["x_observed"], draws, seed, "draws")[:, 0]
    write_arrays(output, theta=prior.from_unit(cube), roles=np.array(prior.roles, dtype="U"))
