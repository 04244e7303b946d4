"""Rule ``paths``: play predictions again and keep what they look like over time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.contenders import load_contender
from satisfice.contenders.base import Contender
from satisfice.contenders.prediction import play_prediction
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_arrays
from satisfice.io.played_paths import LEVELS, PlayedPath, write_paths
from satisfice.progress import logger
from satisfice.simulation.simulator import Experiment

SINGLES = 2
"""Paths that are kept whole, so that one sees what a path looks like."""

ByPanel = dict[tuple[str, int], np.ndarray]
"""Paths of shape (paths, rounds) by treatment and number of what the game shows."""


def keep_paths(
    game_name: str,
    dataset: str | Path,
    predictions: Mapping[str, str | Path],
    blocks: Mapping[str, Mapping[str, Any]],
    policies: Mapping[str, str | Path | None],
    seed: int,
    output: str | Path,
) -> None:
    """Play the predictions of a few contenders again; keep quantiles, means and a few paths.

    Args:
        game_name: Name of the game.
        dataset: Folder of the human data, for the experiment's design.
        predictions: The npz file of each contender's predictions. Of the first one quantiles and
            single paths are kept, of the others mean paths.
        blocks: Config of each contender.
        policies: Policy folder of each contender; None for rules of play.
        seed: The run's seed.
        output: Where paths.npz goes.
    """
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    played = {}
    for name, path in predictions.items():
        place = f"contender {name} of {game_name}"
        contender = load_contender(game, blocks[name], policies[name], place)
        played[name] = _played_again(contender, experiment, name, path, seed)
    paths, *_ = played.values()
    means = {
        name: {panel: values.mean(axis=0) for panel, values in again.items()}
        for name, again in list(played.items())[1:]
    }
    kept = [
        PlayedPath(
            shown=game.paths[panel[1]],
            treatment=panel[0],
            quantiles=np.quantile(values, LEVELS, axis=0),
            singles=evenly_spaced(values, SINGLES),
            means={name: mean[panel] for name, mean in means.items()},
        )
        for panel, values in paths.items()
    ]
    write_paths(output, kept)


def _played_again(
    contender: Contender, experiment: Experiment, called: str, path: str | Path, seed: int
) -> ByPanel:
    """Paths of the very simulations whose statistics the rule ``predict`` stored."""
    stored = read_arrays(path)
    statistics, play = play_prediction(
        contender, experiment, called, stored["theta"], seed, keep_play=True
    )
    # On another kind of processor, a close decision can fall otherwise; nothing depends on it.
    same = int((statistics == stored["x"]).all(axis=1).sum())
    logger.info("%s: %d of %d simulations are those predicted", called, same, len(statistics))
    return _paths_of(experiment.game, play)


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
