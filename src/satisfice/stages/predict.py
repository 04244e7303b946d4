"""Rule ``predict``: what a contender predicts of the human experiment."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.contenders import load_contender
from satisfice.contenders.prediction import NONE, NPE, play_prediction, thin
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.runs import read_draws
from satisfice.progress import Progress
from satisfice.simulation.simulator import Experiment


def predict(
    game_name: str,
    name: str,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    draws: int,
    seed: int,
    output: str | Path,
    *,
    posterior: str | Path | None = None,
) -> None:
    """Simulate a contender's predictive distribution of the human experiment.

    Theta comes from a posterior's draws, or there is nothing to estimate.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy; without it the contender is a rule of play.
        dataset: Folder of the human data, for the experiment's design.
        draws: Number of simulated experiments.
        seed: The run's seed.
        output: A npz file with theta, x, the estimator of theta and the draws' ensemble member
            (``chain``).
        posterior: The npz file of posterior draws.

    Raises:
        SatisficeError: A prediction is not finite.
    """
    game = load_game(game_name)
    contender = load_contender(game, block, policy, f"contender {name} of {game_name}")
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    about: dict[str, np.ndarray] = {}
    if posterior is not None:
        theta, about["chain"] = thin(read_draws(posterior)["theta"], draws)
        estimator = NPE
    elif contender.free:
        raise ValueError(f"nothing to estimate the parameters of {name} from")
    else:
        theta, estimator = np.empty((draws, 0)), NONE
    report = Progress(len(theta), "predictions")
    statistics, _ = play_prediction(contender, experiment, name, theta, seed, report=report)
    write_arrays(output, theta=theta, x=statistics, estimator=np.array(estimator), **about)
