"""Predictions of a contender, which can be played again exactly."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from satisfice.contenders.base import Contender
from satisfice.errors import SatisficeError
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment, Played

NPE, SMC_ABC, NONE = "npe", "smc-abc", "none"
"""How theta was estimated: by a neural posterior, by sequential Monte Carlo ABC, or not at all."""


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

    ``called``, the contender's name in the config, is part of the seed. Theta has the shape (draws,
    parameters), or (splits, draws, parameters) if it was estimated for each split of the
    statistics. Returns statistics, (draws, statistics) or (splits, draws, statistics), and the
    recorded play of each treatment if it is kept, with the splits one after the other.

    Raises:
        SatisficeError: A statistic of the play is not finite.
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


def what_is_fitted(contender: Contender) -> dict[str, np.ndarray]:
    """How many ``parameters`` of a contender are fitted, and which constants are ``hand_set``."""
    return {
        "parameters": np.array(len(contender.free)),
        "hand_set": np.array(contender.hand_set, dtype="U"),
    }


def thin(theta: np.ndarray, draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Take evenly spaced draws, the same number of each ensemble member.

    ``theta`` has the shape (members, draws, parameters). Returns theta of shape (draws,
    parameters), and the member of each draw.
    """
    members, available = theta.shape[:2]
    each = min(draws // members, available)
    rows = np.linspace(0, available - 1, each).round().astype(np.int64)
    return theta[:, rows].reshape(-1, theta.shape[-1]), np.repeat(np.arange(members), each)
