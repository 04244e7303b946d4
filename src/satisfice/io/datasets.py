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
"""More than any experiment had; a slip of the keyboard would fill the memory."""


@dataclass(frozen=True)
class HumanData:
    """Statistics of human play and the design of the experiment.

    Attributes:
        description: The content of dataset.yaml.
        markets: Number of markets of each treatment: simulations play as many.
        table: One row a statistic with the columns ``COLUMNS``.
    """

    description: dict[str, Any]
    markets: dict[str, int]
    table: pd.DataFrame


def provenance_in_words(found: Iterable[str]) -> str:
    """Every provenance among ``found`` once, for a label: "secondary and unverified"."""
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
    _require_every_statistic(folder / "statistics.csv", table, game, markets)
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
        raise SatisficeError(
            path, "design.markets must give a number of markets per treatment.", remedy
        )
    for treatment, number in markets.items():
        if str(treatment) not in game.treatments:
            known = ", ".join(game.treatments)
            raise SatisficeError(
                path, f"design.markets names the unknown treatment '{treatment}'.",
                f"Use one of: {known}.",
            )  # fmt: skip
        if not isinstance(number, int) or isinstance(number, bool) or number < 2:
            raise SatisficeError(
                path,
                f"design.markets.{treatment} is {number!r}.",
                "Give a whole number of at least 2 (spread between markets needs two).",
            )
        if number > MOST_MARKETS:
            raise SatisficeError(
                path,
                f"design.markets.{treatment} is {number}.",
                f"Give at most {MOST_MARKETS}: every simulation plays as many.",
            )
    return description


def _read_rows(path: Path, game: Game, markets: dict[str, int]) -> list[list[Any]]:
    rows, seen = [], set()
    for number, row in read_rows(path, COLUMNS, "See data/README.md."):
        place = f"{path}, row {number}"
        if row["treatment"] not in markets:
            raise SatisficeError(
                place,
                f"unknown treatment '{row['treatment']}'.",
                f"Use one of dataset.yaml's design.markets: {', '.join(markets)}.",
            )
        if row["statistic"] not in game.statistics:
            raise SatisficeError(
                place,
                f"unknown statistic '{row['statistic']}'.",
                f"The game {game.name} has: {', '.join(game.statistics)}.",
            )
        if row["provenance"] not in PROVENANCES:
            raise SatisficeError(
                place,
                f"unknown provenance '{row['provenance']}'.",
                f"Use one of: {', '.join(PROVENANCES)}.",
            )
        key = (row["treatment"], row["statistic"])
        if key in seen:
            raise SatisficeError(place, f"repeats {key[1]} of treatment {key[0]}.", "Delete one.")
        seen.add(key)
        value = _number(place, "value", row["value"])
        error_size = _number(place, "standard_error", row["standard_error"])
        if error_size <= 0:
            raise SatisficeError(
                place,
                f"standard_error is {error_size}.",
                "Give a number above 0: scores are in units of it.",
            )
        rows.append([*key, value, error_size, row["provenance"]])
    if not rows:
        raise SatisficeError(path, "holds no statistics.", "See data/README.md.")
    return rows


def _number(place: str, column: str, text: str) -> float:
    number = as_number(text)
    if math.isnan(number):
        raise SatisficeError(
            place, f"{column} is '{text}', not a finite number.", "Correct it or delete the row."
        )
    return number


def _require_every_statistic(
    path: Path, table: pd.DataFrame, game: Game, markets: dict[str, int]
) -> None:
    for treatment in markets:
        present = set(table.loc[table.treatment == treatment, "statistic"])
        absent = [name for name in game.statistics if name not in present]
        if absent:
            raise SatisficeError(
                path,
                f"treatment {treatment} lacks {', '.join(absent)}.",
                "Add the rows: every treatment needs every statistic of the game.",
            )
