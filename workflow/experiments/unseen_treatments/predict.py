"""Rule ``unseen_predict``: predictions of a bounded model whose policy was trained otherwise."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from satisfice.contenders import load_contender
from satisfice.contenders.prediction import NPE, play_prediction, thin
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.game_run import BOUNDED
from satisfice.io.runs import read_draws
from satisfice.progress import Progress
from satisfice.simulation.simulator import Experiment


def predict(
    game: str,
    *,
    policy: str | Path,
    posterior: str | Path,
    dataset: str | Path,
    draws: int,
    seed: int,
    output: str | Path,
) -> None:
    """Simulate the predictive distribution of the human experiment.

    Args:
        game: Name of the game.
        policy: Folder of the trained policy.
        posterior: Draws of its posterior, posterior.npz.
        dataset: Folder of the human data, for the experiment's design.
        draws: Number of simulated experiments.
        seed: The run's seed.
        output: An npz file with theta, x and the estimator of theta.
    """
    rules = load_game(game)
    experiment = Experiment(rules, load_dataset(dataset, rules).markets)
    contender = load_contender(rules, {}, policy, f"policy {policy}")
    theta, _ = thin(read_draws(posterior)["theta"], draws)
    # With the random numbers of the contender that it is compared with.
    statistics, _ = play_prediction(
        contender, experiment, BOUNDED, theta, seed, report=Progress(len(theta), "predictions")
    )
    write_arrays(output, theta=theta, x=statistics, estimator=np.array(NPE))
