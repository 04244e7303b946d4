"""Summaries of human data in words, for their users."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from satisfice.io.datasets import HumanData
from satisfice.io.decisions import panels_of

if TYPE_CHECKING:
    from satisfice.games.base import Game

FEW_MARKETS = 6
"""With fewer markets, standard errors are rough."""


def about_decisions(decisions: pd.DataFrame, game: Game) -> list[str]:
    """Describe decisions, with warnings."""
    panels = panels_of(decisions, game)
    lines = [f"{len(decisions)} decisions of the game {game.name}, all of them complete."]
    for treatment, recorded in panels.items():
        action = recorded["action"]
        markets, agents, rounds = action.shape
        lines.append(
            f"Treatment {treatment}: {markets} markets of {agents} agents, {rounds} rounds; mean "
            f"{game.action_unit} {action.mean():.4g}, SD {action.std():.4g}, from {action.min():g} "
            f"to {action.max():g}."
        )
    lines += _cautions(panels, game)
    absent = [name for name in game.treatments if name not in panels]
    if absent:
        lines.append(f"The data lack these treatments of the game: {', '.join(absent)}.")
    return lines


def _cautions(panels: dict[str, dict[str, np.ndarray]], game: Game) -> list[str]:
    grid, found = game.action_values.double().numpy(), []
    for treatment, recorded in panels.items():
        action = recorded["action"]
        if len(action) < 2:
            found.append(
                f"Beware: treatment {treatment} has one market; no standard error can be computed."
            )
        elif len(action) < FEW_MARKETS:
            found.append(
                f"Beware: treatment {treatment} has {len(action)} markets; standard errors of so "
                "few markets are rough."
            )
        off = ~np.isclose(action[..., None], grid).any(axis=-1)
        if off.any():
            found.append(
                f"Beware: {off.mean():.1%} of the actions of treatment {treatment} are not on the "
                f"grid that simulated agents choose from (steps of {grid[1] - grid[0]:g}); where "
                "single decisions are predicted, each counts as the nearest action of the grid."
            )
        constant = (action == action[..., :1]).all(axis=-1)
        if constant.any():
            found.append(
                f"{constant.sum()} of {constant.size} agents of treatment {treatment} never change "
                "their action; they are left out of the autocorrelation."
            )
    return found


def about_dataset(data: HumanData, game: Game) -> list[str]:
    """Describe a data set, with warnings."""
    table = data.table
    markets = ", ".join(f"{name} ({number} markets)" for name, number in data.markets.items())
    counts = table.provenance.value_counts(sort=False)
    provenance = ", ".join(f"{number} {name}" for name, number in counts.items())
    lines = [
        f"{len(table)} statistics of the game {game.name}; treatments: {markets}.",
        f"Source: {' '.join(str(data.description['citation']).split())}",
        f"Provenance: {provenance}.",
    ]
    if data.decisions is not None:
        lines.append("Statistics of treatments in decisions.csv are computed from it.")
    if not data.correlations.empty:
        lines.append("Correlations of errors are known.")
    unsure = table[table.standard_error > table.value.abs()]
    for row in unsure.itertuples():
        lines.append(
            f"Beware: {row.statistic} of treatment {row.treatment} is {row.value:g} with a "
            f"standard error of {row.standard_error:g}; it carries little information."
        )
    if (table.provenance == "unverified").any():
        lines.append("Beware: unverified values are marked as such in every table and figure.")
    return lines
