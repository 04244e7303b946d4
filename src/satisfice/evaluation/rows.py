"""Scores of contenders as rows of one table, for runs, contests and pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.evaluation.scores import Human, intervals, score_all
from satisfice.io.files import read_arrays
from satisfice.io.runs import read_predictions

COLUMNS = ["contender", "group", "estimator", "split", "part", "score", "value", "low", "high"]
"""The columns. A split is a way to divide the statistics; a part is ``fit`` or ``held_out``."""

DEFAULT = "default"
"""Name of the split that inference uses."""

Scored = dict[str, dict[str, np.ndarray]]
"""For each contender what :func:`satisfice.evaluation.scores.score_all` returns."""


@dataclass(frozen=True)
class Split:
    """One way to divide the statistics.

    Attributes:
        name: Its name.
        fitted: Shape (statistics,), what contenders are fitted to.
        held_out: Shape (statistics,), what they have to predict; the rest is neither.
    """

    name: str
    fitted: np.ndarray
    held_out: np.ndarray


@dataclass(frozen=True)
class Prediction:
    """What a contender predicts.

    Attributes:
        group: Kind of the contender: ``belief``, ``rival`` or ``ablation``.
        estimator: How its parameters were estimated.
        x: Statistics, shape (draws, statistics), or (splits, draws, statistics) if parameters
            were estimated for each split.
    """

    group: str
    estimator: str
    x: np.ndarray

    @classmethod
    def read(cls, path: str | Path, group: str, statistics: int) -> Prediction:
        """Read an npz file of predictions.

        Raises:
            SatisficeError: The file is broken, or has another number of statistics.
        """
        x = read_predictions(path, statistics)
        return cls(group, str(read_arrays(path)["estimator"]), x)

    @property
    def by_split(self) -> bool:
        """Whether parameters were estimated for each split."""
        return self.x.ndim == 3

    def of_split(self, number: int) -> np.ndarray:
        """The prediction for one of the splits, shape (draws, statistics)."""
        return self.x[number] if self.by_split else self.x


def scored_parts(
    predictions: Mapping[str, Prediction], splits: Sequence[Split], people: Human
) -> Iterator[tuple[str, str, Scored]]:
    """Score all contenders on both parts of every split.

    Yields:
        Name of the split, the part, and the scores.
    """
    for number, split in enumerate(splits):
        for part, columns in (("fit", split.fitted), ("held_out", split.held_out)):
            there = people.restricted(columns)
            yield (
                split.name,
                part,
                {
                    name: score_all(each.of_split(number)[:, columns], there)
                    for name, each in predictions.items()
                },
            )


def score_rows(
    predictions: Mapping[str, Prediction], split: str, part: str, scored: Scored
) -> pd.DataFrame:
    """One row for each contender and score, with the columns ``COLUMNS``."""
    parts = [
        intervals(scores).assign(
            contender=name,
            group=predictions[name].group,
            estimator=predictions[name].estimator,
            split=split,
            part=part,
        )
        for name, scores in scored.items()
    ]
    return pd.concat(parts, ignore_index=True)[COLUMNS]
