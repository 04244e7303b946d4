"""Rule ``contest_judge``: scores, paired differences and stacking weights of all contenders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.evaluation.contest import (
    held_out_rows,
    paired_differences,
    stacking_weights,
    table_of_scores,
)
from satisfice.evaluation.scores import (
    BOUNDED,
    NOISE_WEIGHTS,
    Human,
    noisy_log_scores,
    score_all,
    standardised,
)
from satisfice.evaluation.splits import DEFAULT, Split
from satisfice.io.datasets import provenance_in_words
from satisfice.io.files import read_table, write_json, write_table
from satisfice.io.observed import correlation_of, read_observed
from satisfice.io.runs import read_predictions
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.stages.contest import read_splits

PPO = "ppo"
"""Name under which the rational baseline takes part."""

FINAL_SHARE = 0.1
"""Last share of a training over which its payoff is averaged."""


def judge(
    game_name: str,
    observed: str | Path,
    predictions: Mapping[str, str | Path],
    ppo: Mapping[str | Path, str | Path],
    retrained: Sequence[str | Path],
    rules: Mapping[str, str | Path],
    groups: Mapping[str, str],
    settings: Mapping[str, Any],
    seed: int,
    outputs: Mapping[str, str | Path],
    correlations: str | Path | None = None,
) -> None:
    """Score all contenders on all splits.

    Args:
        game_name: Name of the game.
        observed: observed.csv.
        predictions: What each fitted contender foretells, by name, the champion first.
        ppo: For what each training of the rational baseline foretells, its learning curve. The
            one that earned most takes part: a rival is played at its best.
        retrained: What the champion foretells with policies trained with other seeds.
        rules: What the game's own rules foretell, by name.
        groups: ``belief``, ``rival`` or ``ablation`` of each contender.
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
    fitted = {name: read_predictions(path, len(human)) for name, path in predictions.items()}
    fixed = {PPO: read_predictions(best_training(ppo), len(human))}
    fixed |= {name: read_predictions(path, len(human)) for name, path in rules.items()}
    scores, differences, densities = [], [], []
    of_seeds: dict[str, list[dict[str, float]]] = {}
    for index, split in enumerate(splits):
        foretold = {name: x[index] for name, x in fitted.items()} | fixed
        for part, columns in (("fit", split.fitted), ("held_out", split.held_out)):
            there = people.restricted(columns)
            scored = {name: score_all(x[:, columns], there) for name, x in foretold.items()}
            at = {"split": split.name, "part": part}
            scores.append(table_of_scores(scored).assign(**at))
            differences.append(paired_differences(scored, BOUNDED).assign(**at))
        there = people.restricted(split.held_out)
        if split.name != DEFAULT or not _repeated(split, splits):
            of_each = [
                noisy_log_scores(standardised(x[:, split.held_out], there.value, there.error))
                for x in foretold.values()
            ]
            densities.append(np.stack(of_each, axis=-1))
        if split.name == DEFAULT:
            again = [
                foretold[BOUNDED],
                *(read_predictions(path, len(human))[index] for path in retrained),
            ]
            of_seeds = {
                PPO: _scores_of_seeds(
                    [read_predictions(path, len(human)) for path in ppo], there, split
                ),
                BOUNDED: _scores_of_seeds(again, there, split),
            }
            for found, training in zip(of_seeds[PPO], ppo.values(), strict=True):
                found["payoff"] = _final_payoff(training)
        logger.info("%s: %d contenders scored", split.name, len(foretold))
    names = list(foretold)
    # Shape (nodes of noise, statistics of all splits, contenders).
    stacked_on = np.concatenate(densities, axis=1)
    importance = np.repeat(NOISE_WEIGHTS, stacked_on.shape[1])
    weights = stacking_weights(stacked_on.reshape(-1, len(names)), importance)
    stacked = pd.DataFrame({"contender": names, "weight": weights})
    stacked.insert(1, "group", [groups[name] for name in names])
    joined = pd.concat(scores, ignore_index=True)
    joined.insert(0, "group", joined.contender.map(groups))
    compared = pd.concat(differences, ignore_index=True)
    write_table(outputs["scores"], joined)
    write_table(outputs["differences"], compared)
    write_table(outputs["weights"], stacked)
    provenance = provenance_in_words(human.provenance)
    content = summarise(joined, compared, stacked, of_seeds) | {"human_figures": provenance}
    write_json(outputs["summary"], content)
    logger.info("%s", content["sentence"])
    with drawing():
        picture = contest(joined, compared, str(content["sentence"]), provenance)
        save(picture, outputs["figure"])


def _repeated(default: Split, splits: Sequence[Split]) -> bool:
    """Whether the others hold out all that the default split does: it would count twice."""
    others = [split.held_out for split in splits if split.name != DEFAULT]
    return bool(others) and not (default.held_out & ~np.any(others, axis=0)).any()


def best_training(trained: Mapping[str | Path, str | Path]) -> str | Path:
    """The prediction whose training earned most at its end, people's data unseen.

    Args:
        trained: Learning curve, training.csv, of each prediction.
    """
    return max(trained, key=lambda path: _final_payoff(trained[path]))


def _final_payoff(training: str | Path) -> float:
    payoff = read_table(training).payoff.to_numpy()
    return float(payoff[-max(1, round(FINAL_SHARE * len(payoff))) :].mean())


def _scores_of_seeds(
    predicted: Sequence[np.ndarray], human: Human, split: Split
) -> list[dict[str, float]]:
    """Held-out CRPS and energy score with every training."""
    scored = [score_all(x[:, split.held_out], human) for x in predicted]
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
