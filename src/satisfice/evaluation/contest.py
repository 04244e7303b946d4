"""Contests: scores of many contenders on the same human statistics, and who wins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from satisfice.evaluation.scores import intervals, with_interval
from satisfice.evaluation.splits import DEFAULT

STACKED = 1e-5
"""Stacking ends where no weights could foretell better by more nats a value."""

ROUNDS_OF_STACKING = 100_000
"""Most steps of its expectation-maximisation."""


def table_of_scores(scored: Mapping[str, Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """One row for each contender and score: value, low and high.

    Args:
        scored: What :func:`score_all` returns, by contender.
    """
    parts = [intervals(scores).assign(contender=contender) for contender, scores in scored.items()]
    columns = ["contender", "score", "value", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


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


def stacking_weights(log_density: np.ndarray, importance: np.ndarray | None = None) -> np.ndarray:
    """Weights of the mixture that foretells best (Yao, Vehtari, Simpson and Gelman 2018).

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
