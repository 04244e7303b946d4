"""Rules ``predict`` and ``contest_predict``: what a contender predicts of the human experiment."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.contenders import load_contender
from satisfice.contenders.prediction import NEAREST, NONE, NPE, play_prediction, thin
from satisfice.errors import SatisficeError
from satisfice.evaluation.splits import read_splits
from satisfice.games import load_game
from satisfice.inference.nearest import nearest_parameters
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_draws, read_simulations
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
    simulations: str | Path | None = None,
    observed: str | Path | None = None,
    contest: Mapping[str, Any] | None = None,
) -> None:
    """Simulate a contender's predictive distribution of the human experiment.

    Theta comes from a posterior's draws; or, for each split of the statistics, from the simulations
    nearest to what the split lets be seen; or there is nothing to estimate.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy; without it the contender is a rule of play.
        dataset: Folder of the human data, for the experiment's design.
        draws: Number of simulated experiments, for each split where theta depends on it.
        seed: The run's seed.
        output: A npz file with theta, x and the estimator of theta; with the draws' ensemble member
            (``chain``), or the names of the splits.
        posterior: The npz file of posterior draws.
        simulations: The npz file of simulations from the prior.
        observed: observed.csv, which the simulations are compared with.
        contest: Of the config's ``contest`` the ``splits``, and how many simulations are
            ``accepted``.

    Raises:
        SatisficeError: Too few simulations are usable, or a prediction is not finite.
    """
    game = load_game(game_name)
    contender = load_contender(game, block, policy, f"contender {name} of {game_name}")
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    about: dict[str, np.ndarray] = {}
    if simulations is not None and observed is not None and contest is not None:
        theta, about["splits"] = _fitted_to_splits(
            game_name, name, simulations, observed, contest, draws
        )
        estimator = NEAREST if contender.free else NONE
    elif posterior is not None:
        theta, about["chain"] = thin(read_draws(posterior)["theta"], draws)
        estimator = NPE
    elif contender.free:
        raise ValueError(f"nothing to estimate the parameters of {name} from")
    else:
        theta, estimator = np.empty((draws, 0)), NONE
    report = Progress(math.prod(theta.shape[:-1]), "predictions")
    statistics, _ = play_prediction(contender, experiment, name, theta, seed, report=report)
    write_arrays(output, theta=theta, x=statistics, estimator=np.array(estimator), **about)


def _fitted_to_splits(
    game_name: str,
    name: str,
    simulations: str | Path,
    observed: str | Path,
    contest: Mapping[str, Any],
    draws: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Theta, shape (splits, draws, parameters), of the nearest simulations, and names of splits."""
    human, table = read_observed(observed), read_simulations(simulations)
    splits = read_splits(game_name, human, contest["splits"])
    theta = nearest_parameters(
        table,
        human.value.to_numpy(),
        human.standard_error.to_numpy(),
        [split.fitted for split in splits],
        contest["accepted"],
        draws,
    )
    if theta is None:
        raise SatisficeError(
            simulations,
            f"only {(table['failures'] == '').sum()} simulations of {name} are usable.",
            "Raise simulation.simulations.",
        )
    return theta, np.array([split.name for split in splits])
