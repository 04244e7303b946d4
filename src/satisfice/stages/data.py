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
from satisfice.io.csv_files import as_number, read_rows
from satisfice.io.datasets import HumanData, load_dataset
from satisfice.io.files import REMEDY, read_arrays, read_table, write_table
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
    remedy = "Write the file with satisfice summarise --correlations."
    place = {label: index for index, label in enumerate(labels_of(table))}
    matrix, seen = np.eye(len(place)), set()
    for number, row in read_rows(path, CORRELATION_COLUMNS, remedy):
        where, value = f"{path}, row {number}", as_number(row["correlation"])
        one, two = (place.get((row["treatment"], row[name])) for name in ("statistic", "other"))
        if one is None or two is None or one == two or not -1 <= value <= 1:
            cells = ", ".join(row[name] for name in CORRELATION_COLUMNS)
            raise SatisficeError(where, f"'{cells}' is no correlation of errors.", remedy)
        if frozenset((one, two)) in seen:
            raise SatisficeError(where, "repeats a pair of statistics.", "Delete one of the rows.")
        seen.add(frozenset((one, two)))
        matrix[one, two] = matrix[two, one] = value
    # Rounded to four digits, correlations may be a little less than consistent.
    if np.linalg.eigvalsh(matrix)[0] < -0.01:
        raise SatisficeError(path, "no errors can be correlated in this way.", remedy)
    return matrix


def read_observed(path: str | Path) -> pd.DataFrame:
    """Read observed.csv as :func:`observe` wrote it."""
    return read_table(path, *OBSERVED_COLUMNS)


def read_simulations(path: str | Path) -> dict[str, np.ndarray]:
    """Read the npz file of simulations that the rule ``gather`` wrote.

    Raises:
        SatisficeError: It is broken, or its arrays do not belong together.
    """
    return read_arrays(
        path,
        theta="simulations parameters",
        x="simulations statistics",
        failures="simulations",
        labels="statistics pair",
    )


def read_draws(path: str | Path) -> dict[str, np.ndarray]:
    """Read the npz file of posterior draws that the rule ``posterior`` wrote.

    Raises:
        SatisficeError: It is broken, or theta has not the shape (members, draws, parameters).
    """
    return read_arrays(path, theta="members draws parameters")


def read_predictions(path: str | Path, statistics: int) -> np.ndarray:
    """Read predicted statistics, shape (..., draws, statistics).

    Args:
        path: The npz file.
        statistics: Number of statistics of the data set.

    Raises:
        SatisficeError: The file is broken, or its predictions are of something else.
    """
    x = read_arrays(path)["x"]
    if x.ndim < 2 or x.shape[-1] != statistics:
        problem = f"array x has the shape {x.shape}, not (draws, {statistics})."
        raise SatisficeError(path, problem, REMEDY)
    if x.dtype.kind != "f" or not np.isfinite(x).all():
        raise SatisficeError(path, "predicts what is no finite number.", REMEDY)
    return x
