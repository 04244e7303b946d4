"""Rule ``infer``: an ensemble of neural posterior estimators, and its posterior draws."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from torch import nn

from satisfice.inference.ensemble import Ensemble, member_seeds, train_as_configured
from satisfice.inference.settings import EstimatorSettings, RecombinationSettings
from satisfice.inference.training_data import split_simulations
from satisfice.io.checkpoints import save_weights
from satisfice.io.files import write_arrays, write_json
from satisfice.progress import logger


def infer(
    belief: str,
    simulations: str | Path,
    observed: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    *,
    ensemble: str | Path,
    record: str | Path,
    draws: str | Path,
) -> None:
    """Train the ensemble, and draw from its posterior given the human statistics.

    Settings are members, estimator, recombination, draws of each member, and sbc, the number of
    reserved simulations. Written are the weights as safetensors, a JSON record of the ensemble and
    its training, and an npz file with theta, shape (members, draws, parameters), and their space.
    """
    data = split_simulations(simulations, observed, settings["sbc"])
    networks, records, used = train_as_configured(
        data.cube,
        data,
        EstimatorSettings(**settings["estimator"]),
        RecombinationSettings(**settings["recombination"]),
        member_seeds(seed, belief, settings["members"]),
    )
    for member in records:
        logger.info(
            "%d simulations, %d epochs, validation loss %.3f",
            len(data.cube),
            member["epochs"],
            member["best_validation_loss"],
        )
    sizes = {"parameters": data.cube.shape[1], "statistics": data.x.shape[1]}
    described = {"settings": used.model_dump(), **sizes, "members": records}
    write_json(record, described)
    save_weights(ensemble, nn.ModuleList(networks))
    drawn = Ensemble(networks, belief).sample(data.x_observed, settings["draws"], seed, "draws")
    theta = data.space.from_unit(drawn[:, 0])
    write_arrays(draws, theta=theta, space=np.array(data.space.as_json()))
