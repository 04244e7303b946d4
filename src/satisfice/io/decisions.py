"""Human decisions in long format, checked row by row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.io.csv_files import as_number, read_rows

if TYPE_CHECKING:
    from satisfice.games.base import Game

PLACE_COLUMNS = ("treatment", "market", "period", "agent")
"""Columns that say whose decision a row is; the others hold what the game records."""

BLANK = ("", "NA", "N/A", "NaN", "nan", "null")
"""What programs write into a cell without a value."""


def decision_columns(game: Game) -> tuple[str, ...]:
    """Columns of a file of decisions: ``action``, and whatever else the game records."""
    return (*PLACE_COLUMNS, *game.recorded)


def read_decisions(path: str | Path, game: Game) -> pd.DataFrame:
    """Read and check decisions in long format, one row for each decision.

    Raises:
        SatisficeError: A column, row or decision is missing, malformed or not part of the game.
    """
    table = _read_cells(path, decision_columns(game))
    _check_places(path, table)
    actions = table.action.map(as_number)
    low, high = float(game.action_values.min()), float(game.action_values.max())
    wrong = ~table.treatment.isin(list(game.treatments)) | ~actions.between(low, high)
    if wrong.any():
        row = table[wrong].iloc[0]
        problem = (
            f"treatment '{row.treatment}', action '{row.action}' is not a decision of the game."
        )
        remedy = f"Treatments are {', '.join(game.treatments)}; actions lie in [{low:g}, {high:g}]."
        raise SatisficeError(_place_of_first(path, wrong), problem, remedy)
    for quantity in game.recorded:
        table[quantity] = table[quantity].map(as_number)
        unknown = table[quantity].isna()
        if unknown.any():
            problem = f"the {quantity} is not a finite number."
            remedy = "Correct it, or leave the whole market out."
            raise SatisficeError(_place_of_first(path, unknown), problem, remedy)
    table["period"] = table.period.map(as_number).astype(np.int64)
    table["market"], table["agent"] = _as_numbers(table.market), _as_numbers(table.agent)
    if game.roles:
        table["agent"] = _in_order_of_roles(path, table.agent, game.roles)
    for treatment in table.treatment.unique():
        _check_complete(path, table[table.treatment == treatment], game, treatment)
    return table


def _read_cells(path: str | Path, columns: tuple[str, ...]) -> pd.DataFrame:
    """The cells as texts; the index is the row that an editor shows."""
    rows = read_rows(path, columns, "Check the path.")
    if not rows:
        raise SatisficeError(path, "holds no decisions.", "Give one row for each decision.")
    cells = {name: [row[name].strip() for _, row in rows] for name in columns}
    return pd.DataFrame(cells, index=[number for number, _ in rows], dtype=object)


def _check_places(path: str | Path, table: pd.DataFrame) -> None:
    periods = table.period.map(as_number)
    unnumbered = table[["market", "agent"]].isin(BLANK).any(axis=1) | periods.isna()
    if unnumbered.any():
        problem = "lacks its market, its agent or the number of its period."
        raise SatisficeError(_place_of_first(path, unnumbered), problem, "Complete the row.")
    broken = (periods % 1 != 0) | (periods.abs() > 1e9)
    if broken.any():
        problem = "the period is not a whole number."
        raise SatisficeError(_place_of_first(path, broken), problem, "Correct it.")


def _check_complete(path: str | Path, part: pd.DataFrame, game: Game, treatment: str) -> None:
    """Check that a treatment's markets have all agents in all periods exactly once."""
    counts = part.groupby(["market", "agent"], observed=True).period.agg(["size", "nunique"])
    agents = part.groupby("market").agent.nunique().to_numpy()
    place, needed = f"{path}, treatment {treatment}", game.treatments[treatment]
    if (counts.to_numpy() != game.rounds).any() or (agents != needed).any():
        problem = "not every market has all agents in all periods exactly once."
        remedy = f"Give {needed} agents a market and {game.rounds} periods."
        raise SatisficeError(place, problem, remedy)
    # All agents have as many periods; here the numbers of the periods are checked.
    first, last = part.period.min(), part.period.max()
    if last - first + 1 != game.rounds:
        problem = f"its periods run from {first} to {last}, but the game has {game.rounds}."
        remedy = "Number the periods of all markets alike and without gaps."
        raise SatisficeError(place, problem, remedy)


def _place_of_first(path: str | Path, wrong: pd.Series) -> str:
    return f"{path}, row {wrong.index[wrong][0]}"


def _as_numbers(labels: pd.Series) -> pd.Series:
    """Labels as numbers where all of them are, so that market 10 comes after market 9."""
    return pd.to_numeric(labels) if labels.map(as_number).notna().all() else labels


def _in_order_of_roles(path: str | Path, agents: pd.Series, roles: tuple[str, ...]) -> pd.Series:
    """Agents as ordered categories; each must be a role of the game."""
    unknown = ~agents.isin(roles)
    if unknown.any():
        problem = f"the agent '{agents[unknown].iloc[0]}' is not a role of the game."
        remedy = f"Use one of: {', '.join(roles)}."
        raise SatisficeError(_place_of_first(path, unknown), problem, remedy)
    return agents.astype(pd.CategoricalDtype(list(roles), ordered=True))


def panels_of(decisions: pd.DataFrame, game: Game) -> dict[str, dict[str, np.ndarray]]:
    """Recorded play of each treatment, arrays of shape (markets, agents, rounds)."""
    ordered = decisions.sort_values(["treatment", "market", "agent", "period"])
    panels = {}
    for treatment, part in ordered.groupby("treatment"):
        shape = (part.market.nunique(), game.treatments[str(treatment)], -1)
        panels[str(treatment)] = {
            quantity: part[quantity].to_numpy(dtype=np.float64).reshape(shape)
            for quantity in game.recorded
        }
    return panels
