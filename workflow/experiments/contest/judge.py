"""Rule ``contest_judge``: scores, paired differences and stacking weights of all contenders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.contest.convergence import fits_table
from experiments.contest.figures import contest_figure
from experiments.contest.scores import (
    best_training,
    final_payoff,
    held_out_scores,
    paired_differences,
    summarise,
    weights_of,
)
from experiments.contest.splits import read_splits
from satisfice.evaluation.rows import DEFAULT, Prediction, score_rows, scored_parts
from satisfice.evaluation.scores import Human
from satisfice.io.correlations import correlation_of
from satisfice.io.datasets import provenance_in_words
from satisfice.io.files import write_json, write_table
from satisfice.io.game_run import BOUNDED, RATIONAL
from satisfice.io.observed import labels_of, read_observed
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save


def judge(
    game: str,
    *,
    observed: str | Path,
    predictions: Sequence[str | Path],
    groups: Mapping[str, str],
    rational: Sequence[str | Path],
    training: Sequence[str | Path],
    retrained: Sequence[str | Path],
    correlations: str | Path,
    splits: Mapping[str, Any],
    replicates: int,
    seed: int,
    scores: str | Path,
    differences: str | Path,
    weights: str | Path,
    fits: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Score all contenders on all splits.

    Args:
        game: Name of the game.
        observed: observed.csv.
        predictions: Files of each contender's predictions, ``bounded`` first.
        groups: ``belief``, ``rival`` or ``ablation`` for each, by name.
        rational: Files of the predictions of each training of rational play; the training that
            earned most takes part.
        training: The learning curve of each.
        retrained: Files of the bounded model's predictions with other seeds of training.
        correlations: correlations.csv of the run.
        splits: The contest's ``splits`` in the config.
        replicates: Number of redraws of the human statistics.
        seed: The run's seed.
        scores: Output: the scores.
        differences: Output: the paired differences.
        weights: Output: the stacking weights.
        fits: Output: how each contender was fitted, and whether that has converged.
        summary: Output: the contest in a few numbers and a sentence.
        figure: Output: the figure.
    """
    human = read_observed(observed)
    ways = read_splits(game, human, splits)
    curves = dict(zip(rational, training, strict=True))
    people = Human.of_table(
        human,
        replicates,
        small_seed(seed, "contest", game),
        correlation_of(correlations, labels_of(human)),
    )
    named = dict(zip(groups, predictions, strict=True)) | {RATIONAL: best_training(curves)}
    predicted = {
        name: Prediction.read(path, groups[name], len(human)) for name, path in named.items()
    }
    rows, paired = [], []
    for split, part, scored in scored_parts(predicted, ways, people):
        rows.append(score_rows(predicted, split, part, scored))
        paired.append(paired_differences(scored, BOUNDED).assign(split=split, part=part))
        logger.info("%s, %s: %d contenders scored", split, part, len(scored))
    joined, compared = (pd.concat(parts, ignore_index=True) for parts in (rows, paired))
    stacked = weights_of(predicted, ways, people)
    write_table(scores, joined)
    write_table(differences, compared)
    write_table(weights, stacked)
    write_table(fits, fits_table(named, ways, people))
    default = next(number for number, split in enumerate(ways) if split.name == DEFAULT)

    def of_seeds(paths: Sequence[str | Path]) -> list[dict[str, float]]:
        again = [Prediction.read(path, "", len(human)).of_split(default) for path in paths]
        return held_out_scores(again, people, ways[default])

    trainings = {RATIONAL: of_seeds(rational), BOUNDED: of_seeds([named[BOUNDED], *retrained])}
    for found, curve in zip(trainings[RATIONAL], training, strict=True):
        found["payoff"] = final_payoff(curve)
    provenance = provenance_in_words(human.provenance)
    held_out = int(ways[default].held_out.sum())
    content = summarise(joined, compared, stacked, trainings, held_out)
    content["human_figures"] = provenance
    write_json(summary, content)
    logger.info("%s", content["sentence"])
    with drawing():
        picture = contest_figure(joined, compared, str(content["sentence"]), provenance)
        save(picture, figure)
