"""What a contender predicts of an experiment, and the very same play once more."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from satisfice.contenders.base import Contender
from satisfice.errors import SatisficeError
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment, Played

NPE, NEAREST, NONE = "npe", "nearest simulations", "none"
"""How theta was estimated: by a neural posterior, by rejection, or not at all."""


def play_prediction(
    contender: Contender,
    experiment: Experiment,
    called: str,
    theta: np.ndarray,
    seed: int,
    *,
    report: Callable[[int], None] = lambda done: None,
    keep_play: bool = False,
) -> tuple[np.ndarray, Played]:
    """Play the experiment for draws of theta; the same arguments always give the same play.

    The contender's name in the config, what it is ``called``, is part of the seed. Theta has the
    shape (draws, parameters); or (splits, draws, parameters), where it was estimated for each split
    of the statistics. Told are statistics, (draws, statistics) or (splits, draws, statistics), and
    for each treatment what the game records if it is kept, the splits one after the other.

    Raises:
        SatisficeError: What was played has statistics that are not finite.
    """
    purpose = "contest predict" if theta.ndim == 3 else "predict"
    sequence = seed_sequence(seed, purpose, experiment.game.name, called)
    flat = theta.reshape(math.prod(theta.shape[:-1]), theta.shape[-1])
    statistics, play = contender.simulate(
        experiment, flat, sequence, report=report, keep_play=keep_play
    )
    if not np.isfinite(statistics).all():
        raise SatisficeError(
            f"predictions of {called}",
            "hold statistics that are not finite.",
            "See a policy's learning curves, and train it with another seed; or narrow the prior.",
        )
    return statistics.reshape(*theta.shape[:-1], -1), play


def thin(theta: np.ndarray, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Take equally many draws, evenly spaced, of each ensemble member.

    From theta of shape (members, draws, parameters), theta of shape (draws, parameters), and the
    member of each.
    """
    members, available = theta.shape[:2]
    each = min(draws // members, available)
    rows = np.linspace(0, available - 1, each).round().astype(np.int64)
    return theta[:, rows].reshape(-1, theta.shape[-1]), np.repeat(np.arange(members), each)
