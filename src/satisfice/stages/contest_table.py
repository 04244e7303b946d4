"""Rule ``contest``: the contests of all games in one table."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from satisfice.evaluation.contest import held_out_rows
from satisfice.evaluation.splits import DEFAULT
from satisfice.io.files import read_json, read_table, write_table, written_whole

SHOWN = ("crps", "energy", "log_score")
"""Scores of the table."""


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
        [_game_table(paths).assign(game=game) for game, paths in games.items()], ignore_index=True
    )
    joined = joined[["game", *joined.columns.drop("game")]].round(4)
    write_table(table, joined)
    with written_whole(markdown) as temporary:
        temporary.write_text(markdown_table(joined), encoding="utf-8")


def _game_table(paths: Mapping[str, str | Path]) -> pd.DataFrame:
    """One row for each contender, the best energy score first."""
    scores, differences = (read_table(paths[name]) for name in ("scores", "differences"))
    weights = read_table(paths["weights"]).set_index("contender").weight
    rows = held_out_rows(scores, "energy").set_index("contender")[["group", "estimator"]]
    for name in SHOWN:
        found = held_out_rows(scores, name).set_index("contender")
        rows[[name, f"{name}_low", f"{name}_high"]] = found[["value", "low", "high"]]
    rows["coverage_90"] = held_out_rows(scores, "coverage_90").set_index("contender").value
    verdict = held_out_rows(differences, "energy").set_index("contender").verdict
    rows["against_bounded"] = verdict.reindex(rows.index).fillna("")
    every = held_out_rows(scores, "energy", split=None)
    others = every[every.split != DEFAULT]
    rows["energy_of_other_splits"] = others.groupby("contender").value.mean()
    rows["stacking_weight"] = weights
    rows["human_figures"] = read_json(paths["summary"])["human_figures"]
    return rows.sort_values("energy").reset_index()


def markdown_table(joined: pd.DataFrame) -> str:
    """The table in Markdown, with intervals."""
    lines = [
        "| game | contender | kind | energy score, held out | against bounded | "
        "CRPS, held out | log score, held out | energy, other splits | stacking weight | "
        "human figures |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for row in joined.to_dict("records"):
        scores = [
            f"{row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]"
            for name in SHOWN
        ]
        lines.append(
            f"| {row['game']} | {row['contender']} | {row['group']} | {scores[1]} | "
            f"{row['against_bounded']} | {scores[0]} | {scores[2]} | "
            f"{row['energy_of_other_splits']:.2f} | {row['stacking_weight']:.2f} | "
            f"{row['human_figures']} |"
        )
    return "\n".join(lines) + "\n"
