"""Rule ``contest_judge``: scores, paired differences and stacking weights of all contenders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.evaluation.contest import (
    PPO,
    best_training,
    final_payoff,
    held_out_rows,
    paired_differences,
    splits_to_stack,
    stacking_weights,
)
from satisfice.evaluation.rows import Prediction, score_rows, scored_parts
from satisfice.evaluation.scores import (
    BOUNDED,
    NOISE_WEIGHTS,
    Human,
    noisy_log_scores,
    score_all,
    standardised,
)
from satisfice.evaluation.splits import DEFAULT, Split, read_splits
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
        settings: The config's ``contest``.
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
    weights = _weights(predicted, splits, people)
    write_table(outputs["scores"], joined)
    write_table(outputs["differences"], compared)
    write_table(outputs["weights"], weights)
    default = next(number for number, split in enumerate(splits) if split.name == DEFAULT)

    def of_seeds(paths: Sequence[str | Path]) -> list[dict[str, float]]:
        again = [Prediction.read(path, "", len(human)).of_split(default) for path in paths]
        return _scores_of_seeds(again, people, splits[default])

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


def _weights(
    predicted: Mapping[str, Prediction], splits: Sequence[Split], people: Human
) -> pd.DataFrame:
    """Stacking weights of all contenders."""
    densities = []
    for number in splits_to_stack(splits):
        columns = splits[number].held_out
        there = people.restricted(columns)
        of_each = [
            noisy_log_scores(
                standardised(each.of_split(number)[:, columns], there.value, there.error)
            )
            for each in predicted.values()
        ]
        densities.append(np.stack(of_each, axis=-1))
    # Shape (nodes of noise, statistics of all splits, contenders).
    stacked_on = np.concatenate(densities, axis=1)
    importance = np.repeat(NOISE_WEIGHTS, stacked_on.shape[1])
    weights = stacking_weights(stacked_on.reshape(-1, len(predicted)), importance)
    groups = [each.group for each in predicted.values()]
    return pd.DataFrame({"contender": list(predicted), "group": groups, "weight": weights})


def _scores_of_seeds(
    predicted: Sequence[np.ndarray], human: Human, split: Split
) -> list[dict[str, float]]:
    """Held-out CRPS and energy score with every training."""
    there = human.restricted(split.held_out)
    scored = [score_all(x[:, split.held_out], there) for x in predicted]
    return [{name: float(one[name][0]) for name in ("crps", "energy")} for one in scored]


def summarise(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    weights: pd.DataFrame,
    seeds: Mapping[str, Sequence[Mapping[str, float]]],
) -> dict[str, Any]:
    """The contest in a few numbers and a sentence."""
    default = held_out_rows(scores, "energy").set_index("contender").value
    by_split = held_out_rows(scores, "energy", split=None).pivot_table(
        index="split", columns="contender", values="value", sort=False
    )
    ratio = {
        str(name): {str(split): float(value) for split, value in column.items()}
        for name, column in by_split.rdiv(by_split[BOUNDED], axis=0).items()
        if name != BOUNDED
    }
    decided = held_out_rows(differences, "energy").set_index("contender").verdict
    beaten = [str(name) for name in decided.index[decided == "worse"]]
    beating = [str(name) for name in decided.index[decided == "better"]]
    best = str(default.idxmin())
    sentence = (
        f"On what the default split holds out, the energy score of the bounded model is "
        f"{default[BOUNDED]:.2f}; it beats {len(beaten)} of {len(decided)} contenders beyond doubt"
        + (f" and loses to {', '.join(beating)}" if beating else " and loses to none")
        + f". The best is {best} ({default[best]:.2f})."
    )
    heaviest = weights.sort_values("weight", ascending=False).iloc[:3]
    return {
        "sentence": sentence,
        "beaten": beaten,
        "beating": beating,
        "champions_energy_over_theirs": ratio,
        "stacking": dict(zip(heaviest.contender, heaviest.weight, strict=True)),
        "trainings": seeds,
    }
