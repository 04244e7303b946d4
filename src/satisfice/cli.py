"""The command ``satisfice``: check human data, and turn decisions into statistics."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from satisfice.config import Config
from satisfice.config_reference import config_page
from satisfice.errors import SatisficeError
from satisfice.games import game_names, load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import read_decisions
from satisfice.io.files import write_table
from satisfice.io.overwriting import require_other_files, require_same_table
from satisfice.io.plain_words import about_dataset, about_decisions
from satisfice.io.statistics_file import COLUMNS, PROVENANCES
from satisfice.io.summaries import CORRELATION_COLUMNS, REPLICATES, SEED, summarise_decisions


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit status."""
    given = _parser().parse_args(arguments)
    try:
        print(given.run(given))
    except SatisficeError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="satisfice", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    of_game = argparse.ArgumentParser(add_help=False)
    of_game.add_argument("--game", required=True, choices=game_names())

    words = "check and describe a file of decisions or a data set"
    check = commands.add_parser("check-data", help=words, parents=[of_game])
    check.add_argument("path", type=Path, help="CSV of decisions, or a data set's folder")
    check.set_defaults(run=_check_data)

    words = "compute statistics.csv from decisions in long format"
    summarise = commands.add_parser("summarise", help=words, parents=[of_game])
    words = "CSV of decisions, see data/README.md"
    summarise.add_argument("decisions", type=Path, help=words)
    summarise.add_argument("output", type=Path, help="path of statistics.csv")
    summarise.add_argument("--provenance", default="primary", choices=PROVENANCES)
    words = "bootstrap replicates"
    summarise.add_argument("--replicates", type=_at_least(2), default=REPLICATES, help=words)
    summarise.add_argument("--seed", type=_at_least(0), default=SEED)
    words = "also write the correlations of the statistics' errors, correlations.csv"
    summarise.add_argument("--correlations", type=Path, help=words)
    summarise.set_defaults(run=_summarise)

    words = "print the list of all config keys, docs/config.md"
    describe = commands.add_parser("describe-config", help=words)
    describe.set_defaults(run=lambda given: config_page().rstrip())
    words = "print the JSON schema of configs, for editors"
    schema = commands.add_parser("schema", help=words)
    schema.set_defaults(run=lambda given: json.dumps(Config.model_json_schema(), indent=1))
    return parser


def _at_least(smallest: int) -> Callable[[str], int]:
    def whole_number(text: str) -> int:
        number = int(text)
        if number < smallest:
            raise argparse.ArgumentTypeError(f"{number} is below {smallest}")
        return number

    return whole_number


def _check_data(given: argparse.Namespace) -> str:
    game = load_game(given.game, "--game")
    if os.path.isdir(given.path):  # noqa: PTH112 - Path.is_dir fails for overlong names
        data = load_dataset(given.path, game)
        lines = about_dataset(data, game)
        if data.decisions is not None:
            lines += about_decisions(data.decisions, game)
    else:
        lines = about_decisions(read_decisions(given.path, game), game)
    return "\n".join([f"{given.path} is fine.", *lines])


def _summarise(given: argparse.Namespace) -> str:
    # Only an older summary may be overwritten, never human decisions.
    files = {"DECISIONS": given.decisions, "OUTPUT": given.output}
    if given.correlations:
        files["--correlations"] = given.correlations
    require_other_files(files)
    require_same_table(given.output, COLUMNS)
    if given.correlations:
        require_same_table(given.correlations, CORRELATION_COLUMNS)
    game = load_game(given.game, "--game")
    decisions = read_decisions(given.decisions, game)
    found = summarise_decisions(decisions, game, replicates=given.replicates, seed=given.seed)
    table = found.statistics.assign(provenance=given.provenance)
    write_table(given.output, table)
    if given.correlations:
        write_table(given.correlations, found.correlations)
    return f"{len(table)} statistics of {given.decisions} are in {given.output}"


if __name__ == "__main__":
    sys.exit(main())
