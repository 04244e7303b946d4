"""Rule ``observe``: turn a data set into observed.csv and correlations.csv."""

from __future__ import annotations

from pathlib import Path

from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_table
from satisfice.io.observed import HeldOut, observed_table
from satisfice.progress import logger


def observe(
    game: str,
    dataset: str | Path,
    held_out: HeldOut,
    observed: str | Path,
    correlations: str | Path,
) -> None:
    """Compute or read human statistics, and divide them into fitted and held-out ones.

    Correlations of errors that are not known are left out.

    Raises:
        SatisficeError: The data or the split are not usable.
    """
    rules = load_game(game)
    human = load_dataset(dataset, rules)
    table = observed_table(rules, human, held_out)
    write_table(observed, table)
    write_table(correlations, human.correlations)
    logger.info("%d statistics, %d of them fitted", len(table), (table.split == "fit").sum())
