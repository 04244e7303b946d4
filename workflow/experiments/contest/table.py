"""Rule ``contest``: the contests of all games in one table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.contest.scores import SHOWN, contest_table
from satisfice.io.files import read_json, read_table, write_table, written_whole


def join_contests(
    games: Sequence[str],
    *,
    scores: Sequence[str | Path],
    differences: Sequence[str | Path],
    weights: Sequence[str | Path],
    fits: Sequence[str | Path],
    summaries: Sequence[str | Path],
    table: str | Path,
    markdown: str | Path,
) -> None:
    """Join the games' scores on the held-out statistics of their default splits.

    Args:
        games: Names of the games.
        scores: scores.csv of each.
        differences: differences.csv of each.
        weights: weights.csv of each.
        fits: fits.csv of each.
        summaries: summary.json of each.
        table: Output: CSV file.
        markdown: Output: the same table in Markdown, for README.md.
    """
    rows = []
    files = zip(games, scores, differences, weights, fits, summaries, strict=True)
    for game, scored, paired, weighted, fitted, summary in files:
        provenance = str(read_json(summary)["human_figures"])
        one, two, three, four = (read_table(each) for each in (scored, paired, weighted, fitted))
        rows.append(contest_table(one, two, three, four, provenance).assign(game=game))
    joined = pd.concat(rows, ignore_index=True)
    joined = joined[["game", *joined.columns.drop("game")]].round(4)
    write_table(table, joined)
    with written_whole(markdown) as temporary:
        temporary.write_text(markdown_table(joined), encoding="utf-8")


def markdown_table(joined: pd.DataFrame) -> str:
    """The joined table in Markdown, with intervals. A cell without a number is empty."""
    others = joined.get("energy_of_other_splits", pd.Series(np.nan, joined.index))
    lines = [
        "| game | contender | kind | parameters | energy score, held out | against bounded | "
        "converged | CRPS, held out | log score, held out | energy, other splits | "
        "stacking weight | human figures |",
        "|---|---|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row, other in zip(joined.to_dict("records"), others, strict=True):
        scores = [
            f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"
            for name in SHOWN
        ]
        lines.append(
            f"| {row['game']} | {row['contender']} | {row['group']} | {row['parameters']} | "
            f"{scores[1]} | {row['against_bounded']} | {'yes' if row['converged'] else 'NO'} | "
            f"{scores[0]} | {scores[2]} | "
            f"{'' if np.isnan(other) else f'{other:.2f}'} | {row['stacking_weight']:.2f} | "
            f"{row['human_figures']} |"
        )
    return "\n".join(lines) + "\n"
