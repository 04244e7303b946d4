"""An ensemble of neural posterior estimators: its training, its files and its draws."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import logsumexp
from torch import nn

from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings, log_density
from satisfice.inference.recombination import Recombination
from satisfice.inference.sbi_compat import rebuild_estimator, sample_estimator, train_ensemble
from satisfice.io.checkpoints import REMEDY, check_pair, load_weights
from satisfice.io.files import read_json
from satisfice.randomness import small_seed


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
