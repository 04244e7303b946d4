"""Rule ``observe``: turn a data set into observed.csv."""

from __future__ import annotations

from pathlib import Path

from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_table
from satisfice.io.observed import HeldOut, observed_table
from satisfice.progress import logger


def observe(game: str, dataset: str | Path, held_out: HeldOut, observed: str | Path) -> None:
    """Check human statistics and divide them into fitted and held-out ones.

    Raises:
        SatisficeError: The data or the split are not usable.
    """
    rules = load_game(game)
    table = observed_table(rules, load_dataset(dataset, rules), held_out)
    write_table(observed, table)
    logger.info("%d statistics, %d of them fitted", len(table), (table.split == "fit").sum())
