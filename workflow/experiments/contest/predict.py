"""Rules ``contest_simulate`` and ``contest_predict``: contenders fitted to each split's statistics.

All are fitted in the same way, by the prior simulations nearest to the human statistics.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.contest.nearest import nearest_parameters
from experiments.contest.splits import read_splits
from satisfice.contenders import load_contender
from satisfice.contenders.base import Contender
from satisfice.contenders.prediction import NEAREST, NONE, play_prediction
from satisfice.errors import SatisficeError
from satisfice.evaluation.rows import Split
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_simulations
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import Experiment, failure_reasons


def simulate(
    game: str,
    contender: str,
    *,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    simulations: int,
    seed: int,
    output: str | Path,
) -> None:
    """Simulate the human experiment for draws from a contender's prior.

    Args:
        game: Name of the game.
        contender: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy; None for a rule of play.
        dataset: Folder of the human data, for the experiment's design.
        simulations: Number of simulations; one if no parameter is fitted.
        seed: The run's seed.
        output: An npz file with theta, x, failures and labels.
    """
    player, experiment = _loaded(game, contender, block, policy, dataset)
    number = simulations if player.free else 1
    sequence = seed_sequence(seed, "contest theta", game, contender)
    theta = player.from_unit(uniform_rows(sequence, 0, number, len(player.free)))
    statistics, _ = player.simulate(
        experiment,
        theta,
        seed_sequence(seed, "contest", game, contender),
        report=Progress(number, "simulations"),
    )
    write_arrays(
        output,
        theta=theta,
        x=statistics,
        failures=failure_reasons(statistics, experiment.labels),
        labels=np.array(experiment.labels),
        free=np.array(player.free, dtype="U"),
    )


def predict(
    game: str,
    contender: str,
    *,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    splits: Mapping[str, Any],
    accepted: int,
    draws: int,
    seed: int,
    output: str | Path,
    simulations: str | Path | None = None,
    observed: str | Path | None = None,
) -> None:
    """Fit a contender to each split's fitted statistics, and simulate its prediction.

    Args:
        game: Name of the game.
        contender: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy; None for a rule of play.
        dataset: Folder of the human data, for the experiment's design.
        splits: The contest's ``splits`` in the config.
        accepted: Number of nearest simulations to keep.
        draws: Number of simulated experiments for each split.
        seed: The run's seed.
        output: An npz file with theta, x, the estimator of theta and the names of the splits.
        simulations: The npz file of simulations from its prior; None if nothing is fitted.
        observed: observed.csv, for the fit.

    Raises:
        SatisficeError: Too few simulations are usable, or a prediction is not finite.
    """
    player, experiment = _loaded(game, contender, block, policy, dataset)
    theta, about = np.empty((draws, 0)), {}
    if simulations and observed:
        human = read_observed(observed)
        ways = read_splits(game, human, splits)
        theta = _nearest(contender, simulations, human, ways, accepted, draws)
        about = {"splits": np.array([split.name for split in ways])}
    report = Progress(math.prod(theta.shape[:-1]), "predictions")
    statistics, _ = play_prediction(player, experiment, contender, theta, seed, report=report)
    estimator = np.array(NEAREST if player.free else NONE)
    write_arrays(output, theta=theta, x=statistics, estimator=estimator, **about)


def _loaded(
    game: str,
    contender: str,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
) -> tuple[Contender, Experiment]:
    """The contender, and the human experiment that it plays."""
    played = load_game(game)
    player = load_contender(played, block, policy, f"contender {contender} of {game}")
    return player, Experiment(played, load_dataset(dataset, played).markets)


def _nearest(
    contender: str,
    simulations: str | Path,
    human: pd.DataFrame,
    ways: Sequence[Split],
    accepted: int,
    draws: int,
) -> np.ndarray:
    """Theta of the simulations nearest in what each split fits, (splits, draws, parameters)."""
    table = read_simulations(simulations)
    theta = nearest_parameters(
        table,
        human.value.to_numpy(),
        human.standard_error.to_numpy(),
        [split.fitted for split in ways],
        accepted,
        draws,
    )
    if theta is None:
        raise SatisficeError(
            simulations,
            f"only {(table['failures'] == '').sum()} simulations of {contender} are usable.",
            "Raise simulation.simulations.",
        )
    return theta
