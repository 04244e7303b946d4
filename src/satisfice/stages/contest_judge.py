"""Rule ``contest_judge``: scores, paired differences and stacking weights of all contenders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from satisfice.evaluation.contest import (
    PPO,
    best_training,
    final_payoff,
    held_out_scores,
    paired_differences,
    summarise,
    weights_of,
)
from satisfice.evaluation.rows import Prediction, score_rows, scored_parts
from satisfice.evaluation.scores import BOUNDED, Human
from satisfice.evaluation.splits import DEFAULT, read_splits
from satisfice.io.datasets import provenance_in_words
from satisfice.io.files import write_json, write_table
from satisfice.io.observed import correlation_of, read_observed
from satisfice.progress import logger
from satisfice.randomness import small_seed


def judge(
    game_name: str,
    observed: str | Path,
    predictions: Mapping[str, str | Path],
    groups: Mapping[str, str],
    ppo: Mapping[str | Path, str | Path],
    retrained: Sequence[str | Path],
    settings: Mapping[str, Any],
    seed: int,
    outputs: Mapping[str, str | Path],
    correlations: str | Path | None = None,
) -> None:
    """Score all contenders on all splits.

    Args:
        game_name: Name of the game.
        observed: observed.csv.
        predictions: What each contender predicts, by name, the champion first.
        groups: ``belief``, ``rival`` or ``ablation`` of each contender.
        ppo: For what each training of the rational baseline predicts, its learning curve. The one
            that earned most takes part: a rival is played at its best.
        retrained: What the champion predicts with policies trained with other seeds.
        settings: Of the config's ``contest`` the ``splits`` and the ``replicates``.
        seed: The run's seed.
        outputs: Where scores, differences and weights (CSV), summary (JSON) and figure (PNG) go.
        correlations: correlations.csv of the data set, where it has one.
    """
    from satisfice.report.figures_contest import contest  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    human = read_observed(observed)
    splits = read_splits(game_name, human, settings["splits"])
    people = Human.of(
        human.value.to_numpy(),
        human.standard_error.to_numpy(),
        settings["replicates"],
        small_seed(seed, "contest", game_name),
        correlation_of(human, correlations),
    )
    predicted = {
        name: Prediction.read(path, groups[name], len(human))
        for name, path in {**predictions, PPO: best_training(ppo)}.items()
    }
    rows, differences = [], []
    for split, part, scored in scored_parts(predicted, splits, people):
        rows.append(score_rows(predicted, split, part, scored))
        differences.append(paired_differences(scored, BOUNDED).assign(split=split, part=part))
        logger.info("%s, %s: %d contenders scored", split, part, len(scored))
    joined, compared = (pd.concat(parts, ignore_index=True) for parts in (rows, differences))
    weights = weights_of(predicted, splits, people)
    write_table(outputs["scores"], joined)
    write_table(outputs["differences"], compared)
    write_table(outputs["weights"], weights)
    default = next(number for number, split in enumerate(splits) if split.name == DEFAULT)

    def of_seeds(paths: Sequence[str | Path]) -> list[dict[str, float]]:
        again = [Prediction.read(path, "", len(human)).of_split(default) for path in paths]
        return held_out_scores(again, people, splits[default])

    trainings = {PPO: of_seeds(list(ppo)), BOUNDED: of_seeds([predictions[BOUNDED], *retrained])}
    for found, training in zip(trainings[PPO], ppo.values(), strict=True):
        found["payoff"] = final_payoff(training)
    provenance = provenance_in_words(human.provenance)
    content = summarise(joined, compared, weights, trainings) | {"human_figures": provenance}
    write_json(outputs["summary"], content)
    logger.info("%s", content["sentence"])
    with drawing():
        picture = contest(joined, compared, str(content["sentence"]), provenance)
        save(picture, outputs["figure"])
