"""Rule ``contest_decisions``: how well contenders predict single decisions of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.contest.decision_scores import (
    DECISION_SCORES,
    Decided,
    distributions,
    score_treatments,
)
from experiments.contest.figures import decisions_figure
from experiments.contest.scores import best_training, paired_differences
from experiments.contest.splits import read_splits, wholly_held_out
from satisfice.contenders import load_contender
from satisfice.contenders.prediction import play_prediction
from satisfice.errors import SatisficeError
from satisfice.evaluation.rows import DEFAULT, Prediction, Scored, score_rows
from satisfice.games import load_game
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.decisions import panels_of
from satisfice.io.files import read_arrays, write_table
from satisfice.io.game_run import BOUNDED, RATIONAL
from satisfice.io.observed import read_observed
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save
from satisfice.simulation.simulator import Experiment


def judge_decisions(
    game: str,
    *,
    dataset: str | Path,
    observed: str | Path,
    predictions: Sequence[str | Path],
    blocks: Mapping[str, Mapping[str, Any]],
    policies: Mapping[str, str | Path | None],
    rational: Sequence[str | Path],
    training: Sequence[str | Path],
    splits: Mapping[str, Any],
    replicates: int,
    seed: int,
    table: str | Path,
    figure: str | Path,
) -> None:
    """Play every prediction again, and compare its decisions with people's.

    A treatment is scored on the splits that hold out all of it. On the default split the other
    treatments are scored, too: the part ``fit``.

    Args:
        game: Name of the game.
        dataset: Folder of the human data, with decisions.csv.
        observed: observed.csv.
        predictions: Files of each contender's predictions, ``bounded`` first.
        blocks: Config of each contender, by name.
        policies: Policy folder of each contender; None for rules of play.
        rational: Files of the predictions of each training of rational play.
        training: The learning curve of each, beside its policy.
        splits: The contest's ``splits`` in the config.
        replicates: Number of draws of people's markets.
        seed: The run's seed.
        table: Output: CSV file.
        figure: Output: the figure.
    """
    played_game = load_game(game)
    grid = played_game.action_values.double().numpy()
    human_data = load_dataset(dataset, played_game)
    experiment = Experiment(played_game, human_data.markets)
    people = _decisions(human_data)
    random = np.random.default_rng(small_seed(seed, "contest decisions", game))
    drawn = {
        treatment: Decided.of(actions, replicates, random) for treatment, actions in people.items()
    }
    human = read_observed(observed)
    ways = read_splits(game, human, splits)
    curves = dict(zip(rational, training, strict=True))
    best = best_training(curves)
    predicted, played = {}, {}
    progress = Progress(len(predictions), "contenders")
    for name, path in (dict(zip(blocks, predictions, strict=True)) | {RATIONAL: best}).items():
        predicted[name] = Prediction.read(path, blocks[name]["group"], len(human))
        # If there are several trainings, each has the name of its policy's folder.
        trained = Path(curves[best]).parent
        policy, called = (trained, trained.name) if name == RATIONAL else (policies[name], name)
        place = f"contender {name} of {game}"
        contender = load_contender(played_game, blocks[name], policy, place)
        theta = read_arrays(path)["theta"]
        _, play = play_prediction(contender, experiment, called, theta, seed, keep_play=True)
        # A contender that is not fitted has the same prediction for all splits.
        alike = 1 if predicted[name].by_split else len(ways)
        by_agent = bool(played_game.roles)
        played[name] = distributions(grid, play, len(ways) // alike, by_agent) * alike
        progress(len(played))
    parts = []
    for index, split in enumerate(ways):
        of_split = {name: found[index] for name, found in played.items()}
        held = wholly_held_out(experiment.labels, split)
        seen = [name for name in people if name not in held] if split.name == DEFAULT else []
        for part, treatments in (("held_out", held), ("fit", seen)):
            if treatments:
                scored = score_treatments(grid, of_split, drawn, treatments)
                parts.append(
                    _with_differences(score_rows(predicted, split.name, part, scored), scored)
                )
    rows = pd.concat(parts, ignore_index=True)
    write_table(table, rows)
    part = rows[rows.split == DEFAULT].part.iloc[0]
    shown = rows[(rows.score == "crps") & (rows.split == DEFAULT) & (rows.part == part)]
    for row in shown.itertuples():
        logger.info("CRPS of a decision by %s: %.3f", row.contender, row.value)
    with drawing():
        picture = decisions_figure(
            grid,
            played_game.action_unit,
            {name: people[name] for name in wholly_held_out(experiment.labels, ways[0]) or people},
            {name: found[0] for name, found in played.items()},
            shown,
            [name for name, each in predicted.items() if each.group == "rival" and each.by_split],
        )
        save(picture, figure)


def _decisions(data: HumanData) -> dict[str, np.ndarray]:
    """People's decisions in each treatment, shape (markets, agents, rounds)."""
    panels = {} if data.decisions is None else panels_of(data.decisions, data.game)
    absent = [name for name in data.markets if name not in panels]
    if absent:
        raise SatisficeError(
            data.folder / "decisions.csv",
            f"has no decisions of treatment {absent[0]}, which the data set has.",
            "Add them, or move the file elsewhere.",
        )
    return {name: panel["action"] for name, panel in panels.items()}


def _with_differences(rows: pd.DataFrame, scored: Scored) -> pd.DataFrame:
    """The rows with paired differences from the bounded model."""
    against = paired_differences(scored, BOUNDED, DECISION_SCORES)
    against = against.rename(columns={"low": "difference_low", "high": "difference_high"})
    return rows.merge(against, how="left", on=["contender", "score"])
