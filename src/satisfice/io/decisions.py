"""Human decisions in long format: checked row by row, and summarised as simulated play is."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.games.base import Game

PLACE_COLUMNS = ("treatment", "market", "period", "agent")
"""Columns that say whose decision a row is; beside them stands what the game records."""


def decision_columns(game: Game) -> tuple[str, ...]:
    """Columns of a file of decisions: ``action``, and where the game records more, the rest."""
    return (*PLACE_COLUMNS, *game.recorded)


def read_decisions(path: str | Path, game: Game) -> pd.DataFrame:
    """Read and check decisions in long format, one row a decision.

    Args:
        path: A CSV file with the columns of :func:`decision_columns`.
        game: The game that was played.

    Raises:
        SatisficeError: A column, a row or a decision is missing, malformed or not of the game.
    """
    try:
        # Blank lines are kept until the rows are numbered.
        table = pd.read_csv(path, dtype={"treatment": str}, skip_blank_lines=False)
        table = table.dropna(how="all")
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", "Check the path.") from error
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError, OSError) as error:
        raise SatisficeError(path, f"is not a CSV file ({error}).", "Save it as CSV.") from error
    columns = decision_columns(game)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise SatisficeError(
            f"{path}, row 1",
            f"the header lacks {', '.join(missing)}.",
            f"The columns are {', '.join(columns)}.",
        )
    if table.empty:
        raise SatisficeError(path, "holds no decisions.", "Give one row a decision.")
    places = table[["market", "period", "agent"]]
    unnumbered = places.isna().any(axis=1) | pd.to_numeric(table.period, errors="coerce").isna()
    if unnumbered.any():
        raise SatisficeError(
            f"{path}, row {int(table.index[unnumbered][0]) + 2}",
            "lacks its market, its agent or the number of its period.",
            "Complete the row.",
        )
    table["period"] = pd.to_numeric(table.period)
    actions = pd.to_numeric(table.action, errors="coerce")
    low, high = float(game.action_values.min()), float(game.action_values.max())
    wrong = ~table.treatment.isin(list(game.treatments)) | ~actions.between(low, high)
    if wrong.any():
        row = table[wrong].iloc[0]
        raise SatisficeError(
            f"{path}, row {int(table.index[wrong][0]) + 2}",
            f"treatment '{row.treatment}', action '{row.action}' is not a decision of the game.",
            f"Treatments are {', '.join(game.treatments)}; actions lie in [{low:g}, {high:g}].",
        )
    table["action"] = actions
    for quantity in game.recorded:
        table[quantity] = pd.to_numeric(table[quantity], errors="coerce")
        unknown = ~np.isfinite(table[quantity])
        if unknown.any():
            raise SatisficeError(
                f"{path}, row {int(table.index[unknown][0]) + 2}",
                f"the {quantity} is not a finite number.",
                "Correct it, or leave the whole market out.",
            )
    if game.roles:
        table["agent"] = _in_order_of_roles(path, table.agent, game.roles)
    for treatment in table.treatment.unique():
        part = table[table.treatment == treatment]
        counts = (
            part.groupby(["market", "agent"], observed=True)
            .period.agg(["size", "nunique"])
            .to_numpy()
        )
        agents = part.groupby("market").agent.nunique().to_numpy()
        if (counts != game.rounds).any() or (agents != game.treatments[treatment]).any():
            raise SatisficeError(
                f"{path}, treatment {treatment}",
                "not every market has all agents in all periods exactly once.",
                f"Give {game.treatments[treatment]} agents a market and {game.rounds} periods.",
            )
    return table


def _in_order_of_roles(path: str | Path, agents: pd.Series, roles: tuple[str, ...]) -> pd.Series:
    """Agents as ordered categories; each must be a role of the game."""
    unknown = ~agents.isin(roles)
    if unknown.any():
        raise SatisficeError(
            f"{path}, row {int(agents.index[unknown][0]) + 2}",
            f"the agent '{agents[unknown].iloc[0]}' is no role of the game.",
            f"Use one of: {', '.join(roles)}.",
        )
    return agents.astype(pd.CategoricalDtype(list(roles), ordered=True))


def correlations_of_errors(
    decisions: pd.DataFrame, game: Game, *, replicates: int, seed: int
) -> pd.DataFrame:
    """Correlations between the errors of statistics of a treatment; markets differ between them.

    Args:
        decisions: As :func:`read_decisions` returns it.
        game: The game; its own statistic functions are used.
        replicates: Bootstrap replicates.
        seed: Seed of the bootstrap.

    Returns:
        Columns treatment, statistic, other and correlation, each pair once.
    """
    rows = []
    for treatment, _, resampled in _resampled(decisions, game, replicates, seed):
        found = {name: function(resampled) for name, function in game.statistics.items()}
        # What no replicate changes has no correlation.
        correlation = pd.DataFrame(found).corr().fillna(0.0)
        for one, other in itertools.combinations(game.statistics, 2):
            rows.append([treatment, one, other, float(correlation[one][other])])
    return pd.DataFrame(rows, columns=["treatment", "statistic", "other", "correlation"])


def summarise_decisions(
    decisions: pd.DataFrame, game: Game, *, replicates: int, seed: int
) -> pd.DataFrame:
    """Compute the game's statistics from human decisions.

    Args:
        decisions: As :func:`read_decisions` returns it.
        game: The game; its own statistic functions are used.
        replicates: Bootstrap replicates for the standard errors.
        seed: Seed of the bootstrap.

    Returns:
        Columns treatment, statistic, value and standard_error. The standard error is the
        standard deviation over a cluster bootstrap, resampling whole markets.
    """
    rows = []
    for treatment, play, resampled in _resampled(decisions, game, replicates, seed):
        for statistic, function in game.statistics.items():
            spread = np.nanstd(function(resampled), ddof=1)
            rows.append([treatment, statistic, float(function(play)), float(spread)])
    return pd.DataFrame(rows, columns=["treatment", "statistic", "value", "standard_error"])


def panels_of(decisions: pd.DataFrame, game: Game) -> dict[str, dict[str, np.ndarray]]:
    """What was recorded in each treatment, arrays of shape (markets, agents, rounds)."""
    ordered = decisions.sort_values(["treatment", "market", "agent", "period"])
    panels = {}
    for treatment, part in ordered.groupby("treatment"):
        shape = (part.market.nunique(), game.treatments[str(treatment)], -1)
        panels[str(treatment)] = {
            quantity: part[quantity].to_numpy(dtype=np.float64).reshape(shape)
            for quantity in game.recorded
        }
    return panels


def _resampled(
    decisions: pd.DataFrame, game: Game, replicates: int, seed: int
) -> Iterator[tuple[str, dict[str, np.ndarray], dict[str, np.ndarray]]]:
    """For each treatment its play, and play with whole markets drawn with replacement."""
    generator = np.random.default_rng(seed)
    for treatment, panels in panels_of(decisions, game).items():
        markets = len(panels["action"])
        chosen = generator.integers(markets, size=(replicates, markets))
        again = {quantity: panel[chosen] for quantity, panel in panels.items()}
        yield treatment, game.record(panels, treatment), game.record(again, treatment)
