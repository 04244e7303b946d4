"""Rule ``predict``: predictions of the human experiment by all contenders."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.contenders import load_contender
from satisfice.contenders.base import Contender
from satisfice.contenders.earnings import earnings
from satisfice.contenders.prediction import NONE, NPE, play_prediction, thin, what_is_fitted
from satisfice.contenders.shown_play import Panels, panels_of, summarise
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays, write_table
from satisfice.io.game_run import BOUNDED, PPO, RATIONAL, GameRun
from satisfice.io.played_paths import write_paths
from satisfice.io.runs import read_draws
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.simulation.simulator import Experiment

SHOWN_OVER_TIME = (BOUNDED, RATIONAL, PPO, "equilibrium")
"""Contenders whose play is shown over time, the bounded model first."""


def predict(game: str, run: Mapping[str, Any], dataset: str | Path, draws: int, seed: int) -> None:
    """Simulate every contender's predictive distribution of the human experiment.

    Theta of the bounded models comes from their posteriors; the others have no parameters. Writes
    an npz file for each contender, with theta, x, the estimator of theta, how many ``parameters``
    are fitted and which constants were ``hand_set``, and, if there is a posterior, each draw's
    ensemble member (``chain``); paths.npz; and earnings.csv.

    Raises:
        SatisficeError: A policy or a posterior is broken, or a prediction is not finite.
    """
    who, rules = GameRun(**run), load_game(game)
    experiment = Experiment(rules, load_dataset(dataset, rules).markets)
    shown: dict[str, Panels] = {}
    without_parameters: dict[str, Contender] = {}
    for name, block in who.contenders.items():
        trained = block.get("belief") or block.get("policy")
        policy = who.policy(trained) if trained else None
        contender = load_contender(rules, block, policy, f"contender {name} of {game}")
        theta, estimator, about = np.empty((draws, 0)), NONE, what_is_fitted(contender)
        if name in who.bounded:
            drawn = read_draws(who.inferred(block["belief"], "posterior.npz"))["theta"]
            theta, about["chain"] = thin(drawn, draws)
            estimator = NPE
        else:
            without_parameters[name] = contender
        logger.info("%s", name)
        statistics, play = play_prediction(
            contender,
            experiment,
            name,
            theta,
            seed,
            report=Progress(len(theta), "predictions"),
            keep_play=name in SHOWN_OVER_TIME,
        )
        about |= {"theta": theta, "x": statistics, "estimator": np.array(estimator)}
        write_arrays(who.predictions(name), **about)
        if name in SHOWN_OVER_TIME:
            shown[name] = panels_of(rules, play)
    write_paths(who.file("paths.npz"), summarise(rules, shown))
    paid = earnings(rules, without_parameters, small_seed(seed, "earnings", game))
    write_table(who.file("earnings.csv"), paid)
