"""observed.csv: the human statistics, each fitted, held out or only shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.files import read_table
from satisfice.io.names import matching

if TYPE_CHECKING:
    from satisfice.games.base import Game
    from satisfice.io.datasets import HumanData

HeldOut = Mapping[str, Sequence[str]]
"""The config's ``held_out``."""

OBSERVED_COLUMNS = [
    "treatment", "statistic", "value", "standard_error", "provenance", "split", "markets",
]  # fmt: skip
"""The columns. ``split`` is ``fit``, ``held_out`` or, of what is only shown, ``shown``; ``markets``
is the number of the treatment's markets, from which the standard error comes."""


def observed_table(game: Game, human: HumanData, held_out: HeldOut) -> pd.DataFrame:
    """Check which statistics are held out, and return the content of observed.csv.

    Held out are ``treatments`` by name, and ``statistics`` by name or by a pattern with ``*``.
    Statistics that the game only shows are not among them.

    Raises:
        SatisficeError: Nothing is fitted, nothing is held out, or a name is unknown.
    """
    place = f"config, key games.{game.name}.held_out"
    held_treatments, held_statistics = (
        matching(
            f"{place}.{kind}",
            held_out.get(kind, ()),
            list(known),
            "is not in the data set.",
            f"Use some of: {', '.join(known)}.",
        )
        for kind, known in (("treatments", human.markets), ("statistics", game.statistics))
    )
    table = human.table.copy()
    shown = table.statistic.isin(_only_shown(game))
    unseen = table.treatment.isin(held_treatments) | table.statistic.isin(held_statistics)
    if unseen[~shown].all() or not unseen[~shown].any():
        problem = "nothing is held out." if not unseen[~shown].any() else "nothing is left to fit."
        raise SatisficeError(
            place,
            problem,
            "Choose some, not all, of the treatments "
            f"({', '.join(human.markets)}) or of the statistics "
            f"({', '.join(name for name in game.statistics if name not in game.only_shown)}).",
        )
    table["split"] = np.select([shown, unseen], ["shown", "held_out"], "fit")
    table["markets"] = table.treatment.map(human.markets)
    # Ordered like the simulated statistics: treatments as in the design, statistics as in the game.
    treatments, statistics = list(human.markets), list(game.statistics)
    table["treatment_order"] = table.treatment.map(treatments.index)
    table["statistic_order"] = table.statistic.map(statistics.index)
    ordered = table.sort_values(["treatment_order", "statistic_order"])
    return ordered[OBSERVED_COLUMNS].reset_index(drop=True)


def _only_shown(game: Game) -> tuple[str, ...]:
    for name in game.only_shown:
        if name not in game.statistics:
            raise SatisficeError(
                f"game {game.name}, only_shown",
                f"'{name}' is no statistic of the game.",
                f"Use some of: {', '.join(game.statistics)}.",
            )
    return game.only_shown


def labels_of(table: pd.DataFrame) -> list[tuple[str, str]]:
    """Treatment and name of each statistic of a table."""
    return list(zip(table.treatment.astype(str), table.statistic.astype(str), strict=True))


def read_observed(path: str | Path) -> pd.DataFrame:
    """Read observed.csv as the rule ``observe`` wrote it."""
    return read_table(path, *OBSERVED_COLUMNS)


def wholly_held_out(table: pd.DataFrame) -> list[str]:
    """Treatments of observed.csv of which nothing is fitted; their decisions are held out too."""
    fitted = (table.split == "fit").groupby(table.treatment, sort=False).any()
    return [str(treatment) for treatment in fitted.index[~fitted]]
