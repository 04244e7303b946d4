"""The splits of a contest: statistics to fit, and statistics to predict."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.evaluation.rows import DEFAULT, Split
from satisfice.io.names import matching
from satisfice.io.observed import labels_of

Labels = Sequence[tuple[str, str]]
"""Treatment and name of each statistic."""


def read_splits(game_name: str, human: pd.DataFrame, extra: Mapping[str, Any]) -> list[Split]:
    """The splits of a game's contest.

    Args:
        game_name: Name of the game.
        human: observed.csv.
        extra: The contest's ``splits`` in the config.

    Raises:
        SatisficeError: See :func:`splits_of`.
    """
    default = Split(DEFAULT, *((human.split == part).to_numpy() for part in ("fit", "held_out")))
    place = f"config, key experiments.contest.{game_name}.splits"
    return splits_of(labels_of(human), default, extra, place)


def splits_of(
    labels: Labels, default: Split, extra: Mapping[str, Mapping[str, Any]], place: str
) -> list[Split]:
    """The default split, and those of the config.

    Statistics that are only shown are on neither side of any split.

    Args:
        labels: Treatment and name of each statistic.
        default: The default split; what is on neither side of it is only shown.
        extra: The contest's ``splits`` in the config: for each name ``held_out`` and ``set_aside``,
            lists of patterns of ``treatment/statistic``.
        place: The config's key, for messages.

    Raises:
        SatisficeError: A pattern matches nothing, nothing is fitted, or nothing is held out.
    """
    found, used = [default], default.fitted | default.held_out
    for name, block in extra.items():
        where = f"{place}.{name}"
        if name in {split.name for split in found}:
            raise SatisficeError(where, "is already the name of a split.", "Choose another name.")
        held = used & _matching(labels, block["held_out"], f"{where}.held_out")
        aside = _matching(labels, block["set_aside"], f"{where}.set_aside")
        fitted = used & ~(held | aside)
        if not held.any() or not fitted.any():
            raise SatisficeError(
                where, "leaves nothing on one side.", "Hold out some statistics, not all."
            )
        found.append(Split(name, fitted, held))
    return found


def wholly_held_out(labels: Labels, split: Split) -> list[str]:
    """Treatments of which a split fits nothing and holds something out.

    Args:
        labels: Treatment and name of each statistic.
        split: The split.
    """
    treatments = np.array([treatment for treatment, _ in labels])
    return [
        name
        for name in dict.fromkeys(treatments.tolist())
        if split.held_out[treatments == name].any() and not split.fitted[treatments == name].any()
    ]


def _matching(labels: Labels, patterns: Sequence[str], place: str) -> np.ndarray:
    names = ["/".join(label) for label in labels]
    remedy = f"Statistics are named like {names[0]}; * stands for anything."
    return np.isin(names, list(matching(place, patterns, names, "matches no statistic.", remedy)))
