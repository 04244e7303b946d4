"""Human data: a folder with dataset.yaml and statistics.csv, checked row by row."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.csv_files import as_number, read_rows
from satisfice.io.yaml_files import read_yaml

if TYPE_CHECKING:
    from satisfice.games.base import Game

COLUMNS = ("treatment", "statistic", "value", "standard_error", "provenance")
PROVENANCES = ("primary", "secondary", "unverified")

MOST_MARKETS = 1_000_000
"""More than any experiment had; a typing error would fill the memory."""


@dataclass(frozen=True)
class HumanData:
    """Statistics of human play and the design of the experiment.

    Attributes:
        description: The content of dataset.yaml.
        markets: Number of markets of each treatment, also in simulations.
        table: One row for each statistic, with the columns ``COLUMNS``.
    """

    description: dict[str, Any]
    markets: dict[str, int]
    table: pd.DataFrame


def provenance_in_words(found: Iterable[str]) -> str:
    """Every provenance in ``found`` once, such as "secondary and unverified"."""
    present = set(found)
    return " and ".join(name for name in PROVENANCES if name in present)


def load_dataset(folder: str | Path, game: Game) -> HumanData:
    """Read and check a data set.

    Raises:
        SatisficeError: Something is missing, malformed or unknown to the game; the message
            names the file and the row.
    """
    folder = Path(folder)
    description = _read_description(folder / "dataset.yaml", game)
    markets = {str(name): int(n) for name, n in description["design"]["markets"].items()}
    rows = _read_rows(folder / "statistics.csv", game, markets)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return HumanData(description, markets, table)


def _read_description(path: Path, game: Game) -> Any:
    remedy = "See data/README.md for an example."
    description = read_yaml(path, remedy)
    for key in ("citation", "design", "licence", "how_computed"):
        if not isinstance(description, dict) or key not in description:
            raise SatisficeError(path, f"the key '{key}' is missing.", remedy)
        if key != "design" and not (isinstance(description[key], str) and description[key].strip()):
            raise SatisficeError(path, f"the key '{key}' is not a text.", remedy)
    markets = description["design"].get("markets") if isinstance(description["design"], dict) else 0
    if not isinstance(markets, dict) or not markets:
        problem = "design.markets must give a number of markets per treatment."
        raise SatisficeError(path, problem, remedy)
    for treatment, number in markets.items():
        if str(treatment) not in game.treatments:
            problem = f"design.markets names the unknown treatment '{treatment}'."
            raise SatisficeError(path, problem, f"Use one of: {', '.join(game.treatments)}.")
        if type(number) is not int or not 2 <= number <= MOST_MARKETS:
            problem = f"design.markets.{treatment} is {number!r}."
            remedy = f"Give a whole number of 2 (for a spread between markets) to {MOST_MARKETS}."
            raise SatisficeError(path, problem, remedy)
    return description


def _read_rows(path: Path, game: Game, markets: dict[str, int]) -> list[list[Any]]:
    known = {
        "treatment": (markets, f"Use one of dataset.yaml's design.markets: {', '.join(markets)}."),
        "statistic": (
            game.statistics, f"The game {game.name} has: {', '.join(game.statistics)}."
        ),
        "provenance": (PROVENANCES, f"Use one of: {', '.join(PROVENANCES)}."),
    }  # fmt: skip
    rows, seen = [], set()
    for number, row in read_rows(path, COLUMNS, "See data/README.md."):
        place = f"{path}, row {number}"
        for column, (names, remedy) in known.items():
            if row[column] not in names:
                raise SatisficeError(place, f"unknown {column} '{row[column]}'.", remedy)
        key = (row["treatment"], row["statistic"])
        if key in seen:
            raise SatisficeError(place, f"repeats {key[1]} of treatment {key[0]}.", "Delete one.")
        seen.add(key)
        value, error = (as_number(row[column]) for column in ("value", "standard_error"))
        for column, found in (("value", value), ("standard_error", error)):
            if math.isnan(found):
                problem = f"{column} is '{row[column]}', not a finite number."
                raise SatisficeError(place, problem, "Correct it or delete the row.")
        if error <= 0:
            remedy = "Give a number above 0: scores are in units of it."
            raise SatisficeError(place, f"standard_error is {error}.", remedy)
        rows.append([*key, value, error, row["provenance"]])
    if not rows:
        raise SatisficeError(path, "holds no statistics.", "See data/README.md.")
    for treatment in markets:
        absent = [name for name in game.statistics if (treatment, name) not in seen]
        if absent:
            remedy = "Add the rows: every treatment needs every statistic of the game."
            raise SatisficeError(path, f"treatment {treatment} lacks {', '.join(absent)}.", remedy)
    return rows
