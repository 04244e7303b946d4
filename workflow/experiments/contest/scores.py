"""Scores of a contest: paired differences, stacking weights and a summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.evaluation.rows import DEFAULT, Prediction, Split
from satisfice.evaluation.scores import (
    FEW_HELD_OUT,
    NOISE_WEIGHTS,
    Human,
    noisy_log_scores,
    score_all,
    standardised,
    with_interval,
)
from satisfice.io.files import read_table
from satisfice.io.game_run import BOUNDED

FINAL_SHARE = 0.1
"""Last share of a training over which its payoff is averaged."""

STACKED = 1e-5
"""Stacking ends when no weights could gain more nats for each value."""

ROUNDS_OF_STACKING = 100_000
"""Largest number of steps of its expectation-maximisation."""

SHOWN = ("crps", "energy", "log_score")
"""Scores in the table of all games."""

FITTED = ["parameters", "hand_set", "simulations", "converged"]
"""Columns about fits there."""


def best_training(trained: Mapping[str | Path, str | Path]) -> str | Path:
    """The prediction whose training earned most at its end; human data are not used.

    Args:
        trained: Learning curve, training.csv, of each prediction.
    """
    return max(trained, key=lambda path: final_payoff(trained[path]))


def final_payoff(training: str | Path) -> float:
    """Mean payoff over the last tenth of a training."""
    payoff = read_table(training).payoff.to_numpy()
    return float(payoff[-max(1, round(FINAL_SHARE * len(payoff))) :].mean())


def paired_differences(
    scored: Mapping[str, Mapping[str, np.ndarray]],
    bounded: str,
    scores: Sequence[str] = ("crps", "energy", "log_score"),
) -> pd.DataFrame:
    """Each contender's score minus the bounded model's, on the same redraws.

    Args:
        scored: What :func:`score_all` returns, by contender.
        bounded: Name of the bounded model.
        scores: Names of the scores.

    Returns:
        One row for each other contender and score: difference, low, high and ``verdict``: whether
        the contender is ``better`` or ``worse`` than the bounded model, or ``undecided`` if the
        interval contains zero.
    """
    rows = []
    for contender, found in scored.items():
        for name in scores if contender != bounded else ():
            value, low, high = with_interval(found[name] - scored[bounded][name])
            sign = -1.0 if name == "log_score" else 1.0
            verdict = "undecided"
            if low > 0 or high < 0:
                verdict = "worse" if sign * value > 0 else "better"
            rows.append([contender, name, value, low, high, verdict])
    columns = ["contender", "score", "difference", "low", "high", "verdict"]
    return pd.DataFrame(rows, columns=columns)


def held_out_rows(table: pd.DataFrame, score: str, split: str | None = DEFAULT) -> pd.DataFrame:
    """Rows about held-out statistics in a table of scores or of differences.

    Args:
        table: With the columns part, split and score.
        score: Name of the score.
        split: Name of a split; None for all.
    """
    rows = table[(table.part == "held_out") & (table.score == score)]
    return rows if split is None else rows[rows.split == split]


def held_out_columns(
    table: pd.DataFrame, scores: Sequence[str], about: Sequence[str]
) -> pd.DataFrame:
    """Held-out scores side by side, for tables of all contenders.

    Args:
        table: A table of scores.
        scores: Names of the scores; each becomes three columns, with its interval.
        about: Columns about the contenders, which come first.

    Returns:
        One row for each contender, which is the index.
    """
    each = {name: held_out_rows(table, name).set_index("contender") for name in scores}
    columns = each[scores[0]][[*about]].copy()
    for name, found in each.items():
        columns[[name, f"{name}_low", f"{name}_high"]] = found[["value", "low", "high"]]
    return columns


def splits_to_stack(splits: Sequence[Split]) -> list[int]:
    """Numbers of the splits that stacking uses.

    The default split is left out if the others hold out the same statistics, which would otherwise
    count twice.
    """
    others = [split.held_out for split in splits if split.name != DEFAULT]
    return [
        number
        for number, split in enumerate(splits)
        if split.name != DEFAULT
        or not others
        or bool((split.held_out & ~np.any(others, axis=0)).any())
    ]


def stacking_weights(log_density: np.ndarray, importance: np.ndarray | None = None) -> np.ndarray:
    """Weights of the mixture that predicts best (Yao, Vehtari, Simpson and Gelman 2018).

    Args:
        log_density: Shape (held-out values, contenders).
        importance: Shape (held-out values,), weights of the values; None for equal weights.

    Returns:
        Shape (contenders,), the weights that maximise the mean log density of the mixture.
    """
    values = np.ones(len(log_density)) if importance is None else importance
    values = values / values.sum()
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights = np.full(log_density.shape[1], 1.0 / log_density.shape[1])
    for _ in range(ROUNDS_OF_STACKING):
        # The gradient of the mean log density. The log density is concave in the weights, so on
        # the simplex the gradient's excess over one bounds the possible gain.
        gradient = (values / (density @ weights)) @ density
        if gradient.max() < 1 + STACKED:
            break
        weights = weights * gradient
    return np.asarray(weights)


def weights_of(
    predicted: Mapping[str, Prediction], splits: Sequence[Split], people: Human
) -> pd.DataFrame:
    """Stacking weights of all contenders.

    Args:
        predicted: Each contender's prediction.
        splits: The splits.
        people: The human statistics.

    Returns:
        A table with the columns contender, group and weight.
    """
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


def held_out_scores(
    predicted: Sequence[np.ndarray], human: Human, split: Split
) -> list[dict[str, float]]:
    """CRPS and energy score of several predictions on a split's held-out statistics.

    Args:
        predicted: Predictions, each of shape (draws, statistics).
        human: The human statistics.
        split: The split.
    """
    there = human.restricted(split.held_out)
    scored = [score_all(x[:, split.held_out], there) for x in predicted]
    return [{name: float(one[name][0]) for name in ("crps", "energy")} for one in scored]


def summarise(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    weights: pd.DataFrame,
    trainings: Mapping[str, Sequence[Mapping[str, float]]],
    held_out: int,
) -> dict[str, Any]:
    """Summarise the contest in a few numbers and a sentence.

    Args:
        scores: The contest's scores.
        differences: Paired differences from the bounded model.
        weights: Stacking weights.
        trainings: Scores of each training, for contenders that were trained several times.
        held_out: Number of statistics that the default split holds out.
    """
    by_split = held_out_rows(scores, "energy", split=None).pivot_table(
        index="split", columns="contender", values="value", sort=False
    )
    ratio = {
        str(name): {str(split): float(value) for split, value in column.items()}
        for name, column in by_split.rdiv(by_split[BOUNDED], axis=0).items()
        if name != BOUNDED
    }
    decided = held_out_rows(differences, "energy").set_index("contender").verdict
    beaten, beating = (
        [str(name) for name in decided.index[decided == verdict]] for verdict in ("worse", "better")
    )
    heaviest = weights.sort_values("weight", ascending=False).iloc[:3]
    return {
        "sentence": outcome(
            held_out_rows(scores, "energy").set_index("contender").value,
            beaten,
            beating,
            held_out,
        ),
        "beaten": beaten,
        "beating": beating,
        "champions_energy_over_theirs": ratio,
        "stacking": dict(zip(heaviest.contender, heaviest.weight, strict=True)),
        "trainings": trainings,
    }


def outcome(
    energy: pd.Series[float], beaten: Sequence[str], beating: Sequence[str], held_out: int
) -> str:
    """The contest in words. Whoever predicts better is named before the bounded model.

    Args:
        energy: Energy score of each contender on what the default split holds out.
        beaten: Contenders that are worse than the bounded model, whatever people are redrawn.
        beating: Those that are better.
        held_out: Number of statistics that the default split holds out.
    """
    best = str(energy.idxmin())
    who = "The bounded model" if best == BOUNDED else best
    words = [f"{who} predicts best what the default split holds out (energy {energy[best]:.2f})."]
    if beating:
        verb = "predicts" if len(beating) == 1 else "predict"
        words.append(f"{', '.join(beating)} {verb} better than the bounded model.")
    own = "" if best == BOUNDED else f" ({energy[BOUNDED]:.2f})"
    words.append(
        f"The bounded model{own} is better than {len(beaten)} of {len(energy) - 1} contenders."
    )
    words.append(
        "Such differences are beyond doubt from other samples of people."
        if held_out >= FEW_HELD_OUT
        else f"With {held_out} statistics held out, no difference is beyond doubt."
    )
    return " ".join(words)


def contest_table(
    scores: pd.DataFrame,
    differences: pd.DataFrame,
    weights: pd.DataFrame,
    fits: pd.DataFrame,
    human_figures: str,
) -> pd.DataFrame:
    """Scores on the held-out statistics of a contest's default split.

    Args:
        scores: The contest's scores.
        differences: Paired differences from the bounded model.
        weights: Stacking weights.
        fits: How contenders were fitted.
        human_figures: Provenance of the human figures, in words.

    Returns:
        One row for each contender, the best energy score first.
    """
    rows = held_out_columns(scores, SHOWN, ["group", "estimator"])
    rows["coverage_90"] = held_out_rows(scores, "coverage_90").set_index("contender").value
    verdict = held_out_rows(differences, "energy").set_index("contender").verdict
    rows["against_bounded"] = verdict.reindex(rows.index).fillna("")
    every = held_out_rows(scores, "energy", split=None)
    others = every[every.split != DEFAULT]
    if len(others):
        rows["energy_of_other_splits"] = others.groupby("contender").value.mean()
    rows["stacking_weight"] = weights.set_index("contender").weight
    fitted = fits[fits.split == DEFAULT].set_index("contender")
    rows[FITTED] = fitted[FITTED].reindex(rows.index)
    rows["human_figures"] = human_figures
    return rows.sort_values("energy").reset_index()
