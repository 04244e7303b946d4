"""Rule ``observe``: from a data set's folder to observed.csv."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_table, write_table
from satisfice.progress import logger

OBSERVED_COLUMNS = [
    "treatment",
    "statistic",
    "value",
    "standard_error",
    "provenance",
    "split",
]


def observe(game_name: str, dataset: str | Path, held_out: list[str], output: str | Path) -> None:
    """Check human statistics and say which of them are fitted and which held out.

    Args:
        game_name: Name of the game.
        dataset: Folder of the data set.
        held_out: Treatments that inference must not see.
        output: Where observed.csv goes.

    Raises:
        SatisficeError: The data or the split are not usable.
    """
    table = observed_table(game_name, dataset, held_out)
    write_table(output, table)
    logger.info("%d statistics, %d of them fitted", len(table), (table.split == "fit").sum())


def observed_table(game_name: str, dataset: str | Path, held_out: list[str]) -> pd.DataFrame:
    """Return the content of observed.csv; see :func:`observe`."""
    game = load_game(game_name)
    human = load_dataset(dataset, game)
    unknown = [name for name in held_out if name not in human.markets]
    if unknown or not set(human.markets) - set(held_out):
        problem = f"unknown treatment '{unknown[0]}'." if unknown else "nothing is left to fit."
        raise SatisficeError(
            f"config, key games.{game_name}.held_out",
            problem,
            f"Leave at least one of these out of the list: {', '.join(human.markets)}.",
        )
    table = human.table.copy()
    table["split"] = table.treatment.map(lambda t: "held_out" if t in held_out else "fit")
    # The order of the simulated statistics: treatments as designed, statistics as the game has.
    treatments, statistics = list(human.markets), list(game.statistics)
    table["treatment_order"] = table.treatment.map(treatments.index)
    table["statistic_order"] = table.statistic.map(statistics.index)
    ordered = table.sort_values(["treatment_order", "statistic_order"])
    return ordered[OBSERVED_COLUMNS].reset_index(drop=True)


def read_observed(path: str | Path) -> pd.DataFrame:
    """Read observed.csv as :func:`observe` wrote it."""
    return read_table(path)
