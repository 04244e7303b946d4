"""Rule ``contest``: the contests of all games in one table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from satisfice.evaluation.contest import contest_table
from satisfice.io.files import read_json, read_table, write_table, written_whole
from satisfice.report.contest_table import markdown_table


def join_contests(
    games: Mapping[str, Mapping[str, str | Path]], table: str | Path, markdown: str | Path
) -> None:
    """Join what each game's contest found about the held-out statistics of its default split.

    Args:
        games: For each game the CSV files ``scores``, ``differences`` and ``weights``, and the
            JSON file ``summary``.
        table: Where the CSV file goes.
        markdown: Where the same table goes for README.md to quote.
    """
    joined = pd.concat(
        [_one_game(paths).assign(game=game) for game, paths in games.items()], ignore_index=True
    )
    joined = joined[["game", *joined.columns.drop("game")]].round(4)
    write_table(table, joined)
    with written_whole(markdown) as temporary:
        temporary.write_text(markdown_table(joined), encoding="utf-8")


def _one_game(paths: Mapping[str, str | Path]) -> pd.DataFrame:
    """One row for each contender of a game."""
    scores, differences, weights = (
        read_table(paths[name]) for name in ("scores", "differences", "weights")
    )
    provenance = str(read_json(paths["summary"])["human_figures"])
    return contest_table(scores, differences, weights, provenance)
