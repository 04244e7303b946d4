"""An ensemble of neural posterior estimators: its training, its files and its draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp
from torch import nn

from satisfice.errors import SatisficeError
from satisfice.inference.density_training import log_density
from satisfice.inference.recombination import Recombination
from satisfice.inference.sbi_compat import rebuild_estimator, sample_estimator, train_ensemble
from satisfice.inference.settings import EstimatorSettings, RecombinationSettings
from satisfice.inference.training_data import TrainingData
from satisfice.io.checkpoints import REMEDY, load_weights
from satisfice.io.files import read_json
from satisfice.randomness import small_seed

RECOMBINED = {"batch": 100, "weight_decay": 0.0}
"""Settings of estimators whose data sets are recombined: with new data at every step they need no
weight decay."""


def member_seeds(seed: int, name: str, members: int) -> list[int]:
    """Seeds of the members of an ensemble."""
    return [small_seed(seed, "fit", f"{name}-{number}") for number in range(members)]


def train_as_configured(
    cube: np.ndarray,
    data: TrainingData,
    settings: EstimatorSettings,
    recombination: RecombinationSettings | None,
    seeds: Sequence[int],
) -> tuple[list[nn.Module], list[dict[str, Any]], EstimatorSettings]:
    """Train an ensemble on the first simulations, as many as ``cube`` has rows.

    Returns:
        The estimators, their training records, and the settings they were trained with.
    """
    statistics, drawn_anew = data.x[: len(cube)], None
    if recombination and recombination.neighbours > 1:
        drawn_anew = Recombination.fit(
            cube, statistics, data.treatments.tolist(), recombination.neighbours, seeds[0]
        )
        settings = settings.model_copy(update=RECOMBINED)
    networks, records = train_ensemble(cube, statistics, settings, seeds, drawn_anew)
    return networks, records, settings


@dataclass(frozen=True)
class Ensemble:
    """Trained members; the posterior is their equal-weight mixture.

    Attributes:
        members: The estimators.
        name: Name of the ensemble, which seeds its draws.
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
        try:
            settings = EstimatorSettings(**described["settings"])
            sizes = described["parameters"], described["statistics"]
            networks = [rebuild_estimator(settings, *sizes) for _ in described["members"]]
        except (LookupError, TypeError, ValueError, RuntimeError) as error:
            problem = f"does not describe an ensemble ({' '.join(str(error).split())})."
            raise SatisficeError(beside, problem, REMEDY) from error
        load_weights(path, nn.ModuleList(networks))
        return cls(networks, Path(path).parent.name)

    def sample(self, statistics: np.ndarray, draws: int, seed: int, purpose: str) -> np.ndarray:
        """Draw from each member, given statistics of shape (data sets, statistics).

        The purpose of the draws seeds them, too. Shape (members, data sets, draws, parameters), on
        the unit cube.
        """
        seeds = [small_seed(seed, purpose, self.name, n) for n in range(len(self.members))]
        return np.stack(
            [
                sample_estimator(member, statistics, draws, one)
                for member, one in zip(self.members, seeds, strict=True)
            ]
        )

    def log_density(self, cube: np.ndarray, statistics: np.ndarray) -> np.ndarray:
        """Log density of the mixture given one data set, shape (points,).

        Points of the unit cube have the shape (points, parameters), the data set (statistics,).
        """
        given = np.broadcast_to(statistics, (len(cube), len(statistics)))
        each = [log_density(member, cube, given) for member in self.members]
        return np.asarray(logsumexp(each, axis=0) - np.log(len(each)))
