"""Rule ``paths``: play predictions again and keep what they look like over time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays
from satisfice.io.played_paths import LEVELS, PlayedPath, write_paths
from satisfice.progress import logger
from satisfice.simulation.simulator import Experiment
from satisfice.stages.simulate import play_again

SINGLES = 2
"""Paths that are kept whole, so that one sees what a path looks like."""

ByPanel = dict[tuple[str, int], np.ndarray]
"""Paths of shape (paths, rounds) by treatment and number of what the game shows."""


def keep_paths(
    game_name: str,
    dataset: str | Path,
    predictive: Mapping[str, str | Path],
    policies: Mapping[str, str | Path],
    seed: int,
    output: str | Path,
) -> None:
    """Play the predictions of a few models again, and keep quantiles, means and a few paths.

    Args:
        game_name: Name of the game.
        dataset: Folder of the human data, for the experiment's design.
        predictive: The npz file of each model's predictions. Of the first model quantiles and
            single paths are kept, of the others mean paths.
        policies: Policy folder of each model that has one; the others are rules of the game.
        seed: The run's seed.
        output: Where paths.npz goes.
    """
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    bounded, *others = predictive
    paths = _played_again(experiment, bounded, predictive, policies, seed)
    means = {}
    for model in others:
        again = _played_again(experiment, model, predictive, policies, seed)
        means[model] = {panel: values.mean(axis=0) for panel, values in again.items()}
    played = [
        PlayedPath(
            shown=game.paths[panel[1]],
            treatment=panel[0],
            quantiles=np.quantile(values, LEVELS, axis=0),
            singles=evenly_spaced(values, SINGLES),
            means={model: mean[panel] for model, mean in means.items()},
        )
        for panel, values in paths.items()
    ]
    write_paths(output, played)


def _played_again(
    experiment: Experiment,
    model: str,
    predictive: Mapping[str, str | Path],
    policies: Mapping[str, str | Path],
    seed: int,
) -> ByPanel:
    """Paths of the very simulations whose statistics the rule ``predict`` stored."""
    game, stored = experiment.game, read_arrays(predictive[model])
    statistics, play = play_again(experiment, model, stored["theta"], seed, policies.get(model))
    # On another kind of processor, a close decision can fall otherwise; nothing depends on it.
    same = int((statistics == stored["x"]).all(axis=1).sum())
    logger.info("%s: %d of %d simulations are those predicted", model, same, len(statistics))
    return _paths_of(game, play)


def _paths_of(game: Game, play: Mapping[str, Mapping[str, np.ndarray]]) -> ByPanel:
    paths = {}
    for treatment, recorded in play.items():
        record = game.record(recorded, treatment)
        for number, shown in enumerate(game.paths):
            values = shown.of(record)
            paths[treatment, number] = values.reshape(-1, values.shape[-1])
    return paths


def evenly_spaced(paths: np.ndarray, number: int) -> np.ndarray:
    """A few rows, evenly spaced, neither first nor last.

    Args:
        paths: Shape (paths, rounds).
        number: How many.
    """
    rows = np.linspace(0, len(paths) - 1, number + 2)[1:-1].round().astype(np.int64)
    return paths[rows]
