"""The command ``satisfice``: from decisions in a CSV file to the statistics of a data set."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.games import GAMES, load_game
from satisfice.io.datasets import PROVENANCES
from satisfice.io.decisions import (
    correlations_of_errors,
    read_decisions,
    summarise_decisions,
)
from satisfice.io.files import write_table


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    parser = argparse.ArgumentParser(prog="satisfice", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    summarise = commands.add_parser(
        "summarise", help="compute statistics.csv from decisions in long format"
    )
    summarise.add_argument(
        "decisions", type=Path, help="CSV of decisions, as data/README.md describes it"
    )
    summarise.add_argument("output", type=Path, help="where statistics.csv goes")
    summarise.add_argument("--game", required=True, choices=sorted(GAMES))
    summarise.add_argument("--provenance", default="primary", choices=PROVENANCES)
    summarise.add_argument(
        "--replicates", type=_at_least(2), default=10_000, help="bootstrap replicates"
    )
    summarise.add_argument("--seed", type=_at_least(0), default=0)
    summarise.add_argument(
        "--correlations",
        type=Path,
        help="also write how the errors of statistics are correlated, correlations.csv",
    )
    given = parser.parse_args(arguments)
    try:
        table = summarise_file(
            given.decisions, given.game, given.provenance, given.replicates, given.seed
        )
        write_table(given.output, table)
        if given.correlations:
            write_table(given.correlations, correlations_in_file(given))
    except SatisficeError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    print(f"{len(table)} statistics of {given.decisions} are in {given.output}")
    return 0


def _at_least(smallest: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        number = int(text)
        if number < smallest:
            raise argparse.ArgumentTypeError(f"{number} is below {smallest}")
        return number

    return whole_number


def summarise_file(
    decisions: Path, game_name: str, provenance: str, replicates: int, seed: int
) -> pd.DataFrame:
    """Return the content of statistics.csv for a file of decisions."""
    game = load_game(game_name)
    table = summarise_decisions(
        read_decisions(decisions, game), game, replicates=replicates, seed=seed
    )
    table["provenance"] = provenance
    return table.round({"value": 6, "standard_error": 6})


def correlations_in_file(given: argparse.Namespace) -> pd.DataFrame:
    """Return the content of correlations.csv for a file of decisions."""
    game = load_game(given.game)
    decisions = read_decisions(given.decisions, game)
    found = correlations_of_errors(decisions, game, replicates=given.replicates, seed=given.seed)
    return found.round({"correlation": 4})


if __name__ == "__main__":
    sys.exit(main())
