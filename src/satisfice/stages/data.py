"""Rule ``observe``: from a data set's folder to observed.csv."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.evaluation.splits import matching
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.files import read_table, write_table
from satisfice.progress import logger

CORRELATION_COLUMNS = ("treatment", "statistic", "other", "correlation")
"""Columns of correlations.csv, one row a pair of statistics of a treatment."""

HeldOut = Mapping[str, Sequence[str]]
"""The config's ``held_out``."""

OBSERVED_COLUMNS = [
    "treatment",
    "statistic",
    "value",
    "standard_error",
    "provenance",
    "split",
]


def observe(game_name: str, dataset: str | Path, held_out: HeldOut, output: str | Path) -> None:
    """Check human statistics and say which of them are fitted and which held out.

    Args:
        game_name: Name of the game.
        dataset: Folder of the data set.
        held_out: What inference must not see: ``treatments`` by name, and ``statistics`` by
            name or by a pattern with ``*``.
        output: Where observed.csv goes.

    Raises:
        SatisficeError: The data or the split are not usable.
    """
    game = load_game(game_name)
    table = observed_table(game, load_dataset(dataset, game), held_out)
    write_table(output, table)
    logger.info("%d statistics, %d of them fitted", len(table), (table.split == "fit").sum())


def observed_table(game: Game, human: HumanData, held_out: HeldOut) -> pd.DataFrame:
    """Return the content of observed.csv; see :func:`observe`."""
    place = f"config, key games.{game.name}.held_out"
    held_treatments, held_statistics = (
        _chosen(f"{place}.{kind}", held_out.get(kind, ()), list(known))
        for kind, known in (("treatments", human.markets), ("statistics", game.statistics))
    )
    table = human.table.copy()
    unseen = table.treatment.isin(held_treatments) | table.statistic.isin(held_statistics)
    if unseen.all() or not unseen.any():
        problem = "nothing is left to fit." if unseen.all() else "nothing is held out."
        raise SatisficeError(
            place,
            problem,
            "Choose some, not all, of the treatments "
            f"({', '.join(human.markets)}) or of the statistics ({', '.join(game.statistics)}).",
        )
    table["split"] = np.where(unseen, "held_out", "fit")
    # The order of the simulated statistics: treatments as designed, statistics as the game has.
    treatments, statistics = list(human.markets), list(game.statistics)
    table["treatment_order"] = table.treatment.map(treatments.index)
    table["statistic_order"] = table.statistic.map(statistics.index)
    ordered = table.sort_values(["treatment_order", "statistic_order"])
    return ordered[OBSERVED_COLUMNS].reset_index(drop=True)


def _chosen(place: str, patterns: Sequence[str], known: list[str]) -> set[str]:
    problem, remedy = "is none of the data set.", f"Known are: {', '.join(known)}."
    return matching(place, patterns, known, problem, remedy)


def labels_of(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Treatment and name of each statistic of a table."""
    return list(zip(table.treatment.astype(str), table.statistic.astype(str), strict=True))


def correlation_of(table: pd.DataFrame, path: str | Path | None) -> np.ndarray | None:
    """Correlation matrix of the errors of human statistics.

    Args:
        table: observed.csv.
        path: correlations.csv, or None where the data set has none.

    Returns:
        Shape (statistics, statistics) in the table's order, or None.

    Raises:
        SatisficeError: A column is missing, or a row names no statistic or no correlation.
    """
    if path is None:
        return None
    found = read_table(path)
    remedy = "Write the file with satisfice summarise --correlations."
    missing = [name for name in CORRELATION_COLUMNS if name not in found.columns]
    if missing:
        raise SatisficeError(f"{path}, row 1", f"lacks {', '.join(missing)}.", remedy)
    place = {label: index for index, label in enumerate(labels_of(table))}
    matrix = np.eye(len(place))
    values = pd.to_numeric(found.correlation, errors="coerce")
    rows = zip(found.treatment.astype(str), found.statistic, found.other, values, strict=True)
    for number, (treatment, statistic, other, value) in enumerate(rows, start=2):
        one, two = place.get((treatment, statistic)), place.get((treatment, other))
        if one is None or two is None or not -1 <= value <= 1:
            problem = f"'{treatment}, {statistic}, {other}, {value}' is no correlation of errors."
            raise SatisficeError(f"{path}, row {number}", problem, remedy)
        matrix[one, two] = matrix[two, one] = value
    return matrix


def read_observed(path: str | Path) -> pd.DataFrame:
    """Read observed.csv as :func:`observe` wrote it."""
    return read_table(path)
