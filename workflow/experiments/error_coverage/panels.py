"""Simulated panels of decisions by contenders that resemble the people."""

from __future__ import annotations

import numpy as np
import pandas as pd

from satisfice.contenders.base import Contender
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import Experiment, Played


def like_people(
    contender: Contender, called: str, human: pd.DataFrame, tried: int, seed: int
) -> np.ndarray:
    """Theta of the simulated experiment nearest to the human statistics, shape (parameters,).

    Args:
        contender: The contender.
        called: Its name, which is part of the seed.
        human: observed.csv.
        tried: Number of draws from the prior.
        seed: The run's seed.
    """
    key = ("error coverage", contender.game.name, called)
    cube = uniform_rows(seed_sequence(seed, *key, "theta"), 0, tried, len(contender.free))
    theta = contender.from_unit(cube)
    x, _ = contender.simulate(experiment_of(contender, human), theta, seed_sequence(seed, *key))
    away = (x - human.value.to_numpy()) / human.standard_error.to_numpy()
    distance = np.nan_to_num((away**2).sum(axis=1), nan=np.inf)
    return np.asarray(theta[distance.argmin()])


def panels_of(
    contender: Contender,
    called: str,
    theta: np.ndarray,
    human: pd.DataFrame,
    panels: int,
    seed: int,
) -> Played:
    """Play of many experiments with one theta, (panels, markets, agents, rounds) by treatment."""
    sequence = seed_sequence(seed, "error coverage", contender.game.name, called, "panels")
    repeated = np.tile(theta, (panels, 1))
    experiment = experiment_of(contender, human)
    return contender.simulate(experiment, repeated, sequence, keep_play=True)[1]


def experiment_of(contender: Contender, human: pd.DataFrame) -> Experiment:
    """The human experiment, with its numbers of markets."""
    markets = human.drop_duplicates("treatment").set_index("treatment").markets
    return Experiment(contender.game, {str(name): int(n) for name, n in markets.items()})
