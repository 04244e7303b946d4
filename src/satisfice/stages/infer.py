"""Rules ``fit`` and ``posterior``: an ensemble of neural posterior estimators."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import (
    Ensemble,
    RecombinationSettings,
    member_seeds,
    train_as_configured,
)
from satisfice.inference.training_data import split_simulations
from satisfice.io.checkpoints import save_weights
from satisfice.io.files import write_arrays, write_json
from satisfice.progress import logger


def fit_ensemble(
    simulations: str | Path,
    observed: str | Path,
    inference: dict[str, Any],
    seed: int,
    output: str | Path,
) -> None:
    """Train the ensemble.

    Args:
        simulations: The npz file of all simulations.
        observed: observed.csv.
        inference: The config's ``inference``: members, estimator, recombination, and sbc, the
            simulations set aside for calibration checks.
        seed: The run's seed.
        output: The safetensors file of the weights; a JSON file goes beside it.
    """
    data = split_simulations(simulations, observed, inference["sbc"])
    cube = data.cube
    seeds = member_seeds(seed, Path(output).parent.name, inference["members"])
    networks, records, settings = train_as_configured(
        cube,
        data,
        EstimatorSettings(**inference["estimator"]),
        RecombinationSettings(**inference["recombination"]),
        seeds,
    )
    for record in records:
        logger.info(
            "%d simulations, %d epochs, validation loss %.3f",
            len(cube),
            record["epochs"],
            record["best_validation_loss"],
        )
    sizes = {"parameters": cube.shape[1], "statistics": data.x.shape[1]}
    described = {"settings": asdict(settings), **sizes, "members": records}
    write_json(Path(output).with_suffix(".json"), described)
    save_weights(output, nn.ModuleList(networks))


def sample_posterior(
    ensemble: str | Path,
    simulations: str | Path,
    observed: str | Path,
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
        reserved: Simulations set aside for calibration checks.
        draws: Posterior draws of each member.
        seed: The run's seed.
        output: A npz file with theta, shape (members, draws, parameters), and the space of the
            parameters.
    """
    data = split_simulations(simulations, observed, reserved)
    cube = Ensemble.load(ensemble).sample(data.x_observed, draws, seed, "draws")[:, 0]
    write_arrays(output, theta=data.space.from_unit(cube), space=np.array(data.space.as_json()))
