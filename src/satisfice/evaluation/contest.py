"""Contests: scores of many contenders on the same human statistics, and who wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.evaluation.scores import with_interval
from satisfice.evaluation.splits import DEFAULT, Split
from satisfice.io.files import read_table

PPO = "ppo"
"""Name under which the rational baseline takes part."""

FINAL_SHARE = 0.1
"""Last share of a training over which its payoff is averaged."""

STACKED = 1e-5
"""Stacking ends where no weights could predict better by more nats a value."""

ROUNDS_OF_STACKING = 100_000
"""Most steps of its expectation-maximisation."""


def best_training(trained: Mapping[str | Path, str | Path]) -> str | Path:
    """The prediction whose training earned most at its end, people's data unseen.

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
    champion: str,
    scores: Sequence[str] = ("crps", "energy", "log_score"),
) -> pd.DataFrame:
    """Each contender's score minus the champion's, on the same redraws.

    Args:
        scored: What :func:`score_all` returns, by contender.
        champion: Whom the others are compared with.
        scores: Which scores.

    Returns:
        One row for each other contender and score: difference, low, high and ``verdict``: whether
        the contender is ``better`` or ``worse`` than the champion, or ``undecided`` where the
        interval holds zero.
    """
    rows = []
    for contender, found in scored.items():
        for name in scores if contender != champion else ():
            value, low, high = with_interval(found[name] - scored[champion][name])
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
        score: Which score.
        split: Of one split, or of all.
    """
    rows = table[(table.part == "held_out") & (table.score == score)]
    return rows if split is None else rows[rows.split == split]


def splits_to_stack(splits: Sequence[Split]) -> list[int]:
    """Numbers of the splits whose held-out statistics are stacked on.

    The default split is left out where the others hold out all that it does: it would count twice.
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
        importance: Shape (held-out values,), weights of the values; alike without it.

    Returns:
        Shape (contenders,), the weights that maximise the mean log density of the mixture.
    """
    values = np.ones(len(log_density)) if importance is None else importance
    values = values / values.sum()
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True))
    weights = np.full(log_density.shape[1], 1.0 / log_density.shape[1])
    for _ in range(ROUNDS_OF_STACKING):
        # The gradient of the mean log density; on the simplex its excess over one bounds what is
        # to be gained, as the density of a mixture is concave in the weights.
        gradient = (values / (density @ weights)) @ density
        if gradient.max() < 1 + STACKED:
            break
        weights = weights * gradient
    return np.asarray(weights)
