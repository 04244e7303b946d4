"""Rule ``contest_predict``: contenders fitted to each split's statistics, all in the same way."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.contest.sequential import Fit, fit
from experiments.contest.splits import read_splits
from satisfice.contenders import load_contender
from satisfice.contenders.base import Contender
from satisfice.contenders.prediction import NONE, SMC_ABC, play_prediction, what_is_fitted
from satisfice.evaluation.rows import Split
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.observed import read_observed
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence, small_seed
from satisfice.simulation.simulator import Experiment


def predict(
    game: str,
    contender: str,
    *,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    splits: Mapping[str, Any],
    particles: int,
    simulations: int,
    draws: int,
    seed: int,
    output: str | Path,
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
        particles: Size of each population of the fit.
        simulations: Number of simulations for the fit to a split, unless its config says more.
        draws: Number of simulated experiments for each split.
        seed: The run's seed.
        output: An npz file with theta, x, the estimator of theta, how many ``parameters`` are
            fitted and which constants were ``hand_set``; and of contenders that are fitted, for
            each of the ``splits``, the fit's ``tolerance``, ``smallest`` distance and
            ``simulations``, and ``x_earlier``, predictions with twice the tolerance or more, NaN
            if no population had it.
        observed: observed.csv, for the fit.

    Raises:
        SatisficeError: A prediction is not finite.
    """
    player, experiment = _loaded(game, contender, block, policy, dataset)
    about = what_is_fitted(player)
    if player.free:
        assert observed is not None  # What is fitted needs data.
        human, budget = read_observed(observed), block.get("simulations") or simulations
        ways = read_splits(game, human, splits)
        report, fits = Progress(len(ways), "splits fitted"), []
        for split in ways:
            numbers = {"particles": particles, "simulations": budget, "draws": draws}
            fits.append(
                _fitted(player, experiment, contender, human[split.fitted], split, numbers, seed)
            )
            report(len(fits))
        theta = np.stack([player.from_unit(each.last) for each in fits])
        # Where no population had twice the tolerance, any theta will do: its play is not used.
        wider = np.stack(
            [player.from_unit(each.last if each.earlier is None else each.earlier) for each in fits]
        )
        x_earlier, _ = play_prediction(player, experiment, contender, wider, seed)
        x_earlier[[each.earlier is None for each in fits]] = np.nan
        about |= {
            "splits": np.array([split.name for split in ways]),
            "x_earlier": x_earlier,
            "simulations": np.array([each.simulations for each in fits]),
            "tolerance": np.array([each.tolerance for each in fits]),
            "smallest": np.array([each.smallest for each in fits]),
        }
    else:
        theta = player.from_unit(np.empty((draws, 0)))
    report = Progress(math.prod(theta.shape[:-1]), "predictions")
    statistics, _ = play_prediction(player, experiment, contender, theta, seed, report=report)
    estimator = np.array(SMC_ABC if player.free else NONE)
    write_arrays(output, theta=theta, x=statistics, estimator=estimator, **about)


def _fitted(
    player: Contender,
    experiment: Experiment,
    contender: str,
    shown: pd.DataFrame,
    split: Split,
    numbers: Mapping[str, int],
    seed: int,
) -> Fit:
    """Fit a contender to the statistics that a split shows, which are rows of observed.csv."""
    name = (experiment.game.name, contender, split.name)
    calls = count()

    def simulate(cube: np.ndarray) -> np.ndarray:
        sequence = seed_sequence(seed, "contest fit", *name, str(next(calls)))
        statistics, _ = player.simulate(experiment, player.from_unit(cube), sequence)
        return statistics[:, split.fitted]

    return fit(
        simulate,
        shown.value.to_numpy(),
        shown.standard_error.to_numpy(),
        len(player.free),
        seed=small_seed(seed, "contest fit", *name),
        **numbers,
    )


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
