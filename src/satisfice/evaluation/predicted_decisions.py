"""Predicted decisions, and the two naive predictions that others are measured from.

The naive prediction of completeness (Fudenberg, Kleinberg, Liang and Mullainathan 2022) is uniform
over the grid. Frequencies of the treatment's actions are a second reference: they know how people
decide on average, and nothing of a person's past.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.evaluation.history_features import taken_actions
from satisfice.games.base import Game, Play
from satisfice.io.files import read_arrays, write_arrays

LEAVE_ONE_OUT = 24
"""Largest number of markets that are left out one by one."""

SMOOTHING = 20.0
"""Decisions that are added to the frequencies of a treatment, spread evenly over the grid."""


@dataclass(frozen=True)
class Predicted:
    """What a predictor said of the decisions of one treatment.

    Attributes:
        log_score: Shape (markets, agents, rounds), log-probability of the action taken, in nats;
            an action off the grid counts as the nearest one of the grid.
        crps: Shape (markets, agents, rounds), in the action's unit, of the action itself.
    """

    log_score: np.ndarray
    crps: np.ndarray


def score_probabilities(
    probability: np.ndarray, grid: np.ndarray, taken: np.ndarray, action: np.ndarray
) -> Predicted:
    """Score predicted distributions.

    The CRPS of a distribution F is E|X - y| - E|X - X'| / 2, and the second mean is the integral
    of 2 F (1 - F) (Gneiting and Raftery 2007).

    Args:
        probability: Shape (..., actions), for every decision.
        grid: Shape (actions,), increasing.
        taken: Shape (...), index of the grid's action nearest to the one taken.
        action: Shape (...), the action taken, in natural units.
    """
    chosen = np.take_along_axis(probability, taken[..., None], -1)[..., 0]
    distance = (probability * np.abs(grid - action[..., None])).sum(-1)
    below = probability.cumsum(-1)[..., :-1]
    spread = (below * (1.0 - below)) @ np.diff(grid)
    with np.errstate(divide="ignore"):
        return Predicted(np.log(chosen), distance - spread)


def uniform(game: Game, panels: Mapping[str, Play]) -> dict[str, Predicted]:
    """The naive prediction: every action of the grid is equally likely."""
    grid = game.action_values.double().cpu().numpy()
    alike = np.full(len(grid), 1.0 / len(grid))
    return {
        treatment: _score_alike(
            game, play, np.broadcast_to(alike, (len(play["action"]), len(grid)))
        )
        for treatment, play in panels.items()
    }


def frequencies(
    game: Game, panels: Mapping[str, Play], folds: int, seed: int
) -> dict[str, Predicted]:
    """Smoothed frequencies of the treatment's actions in markets of other folds.

    ``folds`` and ``seed`` are those of :func:`market_folds`.
    """
    actions, predicted = len(game.action_values), {}
    of_market = market_folds(panels, folds, seed)
    for treatment, play in panels.items():
        taken, fold = taken_actions(game, play), of_market[treatment]
        counts = (taken[..., None] == np.arange(actions)).sum((1, 2))
        same = fold[:, None] == fold
        others = counts.sum(0) - same @ counts + SMOOTHING / actions
        predicted[treatment] = _score_alike(game, play, others / others.sum(-1, keepdims=True))
    return predicted


def _score_alike(game: Game, play: Play, probability: np.ndarray) -> Predicted:
    """Scores of one distribution for all decisions of a market, shape (markets, actions)."""
    action = np.asarray(play["action"], dtype=np.float64)
    shape = (*action.shape, probability.shape[-1])
    grid = game.action_values.double().cpu().numpy()
    every = np.broadcast_to(probability[:, None, None], shape)
    return score_probabilities(every, grid, taken_actions(game, play), action)


def market_folds(panels: Mapping[str, Play], folds: int, seed: int) -> dict[str, np.ndarray]:
    """The fold of each market of each treatment, shape (markets,).

    Up to :data:`LEAVE_ONE_OUT` markets in all are a fold each. More are dealt at random into
    ``folds`` groups, each treatment evenly.
    """
    sizes = {treatment: len(play["action"]) for treatment, play in panels.items()}
    total = sum(sizes.values())
    generator = np.random.default_rng(seed)
    dealt, found = 0, {}
    for treatment, size in sizes.items():
        numbers = np.arange(dealt, dealt + size)
        order = numbers if total <= LEAVE_ONE_OUT else generator.permutation(numbers) % folds
        found[treatment], dealt = order, dealt + size
    return found


def completeness(score: Any, naive: Any, ceiling: Any) -> Any:
    """What share of the predictable a model predicts: 0 as the naive one, 1 as the ceiling.

    All scores are mean log scores of the same decisions, numbers or arrays.
    """
    return (score - naive) / (ceiling - naive)


def write_predicted(path: str | Path, predicted: Mapping[str, Mapping[str, Predicted]]) -> None:
    """Write the scores of predictors, each a mapping of treatments, to an npz file."""
    arrays = {
        f"{predictor}/{treatment}/{score}": values
        for predictor, treatments in predicted.items()
        for treatment, found in treatments.items()
        for score, values in vars(found).items()
    }
    write_arrays(path, **arrays)


def read_predicted(path: str | Path) -> dict[str, dict[str, Predicted]]:
    """Read what :func:`write_predicted` wrote, by predictor and treatment.

    Raises:
        SatisficeError: The file is missing or broken.
    """
    arrays = read_arrays(path)
    found: dict[str, dict[str, Predicted]] = {}
    for predictor, treatment in dict.fromkeys(tuple(name.split("/")[:2]) for name in arrays):
        scores = (arrays[f"{predictor}/{treatment}/{name}"] for name in ("log_score", "crps"))
        found.setdefault(predictor, {})[treatment] = Predicted(*scores)
    return found
