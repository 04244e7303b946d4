"""Rule ``single_agent``: KL-bounded learning in a game with one agent, against the closed form."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.games import load_game
from satisfice.io.files import write_json, write_table
from satisfice.learning.populations import check_roles
from satisfice.learning.single_agent_comparison import (
    BELIEFS,
    GAME,
    compare_belief,
    summary_of,
    table_of,
)
from satisfice.population.parameters import ParameterPrior
from satisfice.report.figures_single_agent import comparison_figure
from satisfice.report.style import drawing, save


def run_experiment(settings: Mapping[str, Any], seed: int, folder: str | Path) -> None:
    """Train a policy for each prior belief and compare it with the closed form.

    Args:
        settings: The config's ``experiments.single_agent``.
        seed: The run's seed.
        folder: Where table.csv, summary.json and figure.png go.

    Raises:
        SatisficeError: The prior has no agents with a processing cost to compare at.
    """
    game, folder = load_game(GAME), Path(folder)
    prior = ParameterPrior.from_config(settings["parameter_prior"])
    check_roles(game, prior)
    found = {belief: compare_belief(game, prior, belief, settings, seed) for belief in BELIEFS}
    with drawing():
        picture = comparison_figure(found, game.action_unit, settings["tolerance"])
    write_table(folder / "table.csv", table_of(found))
    write_json(
        folder / "summary.json", {**summary_of(found, settings), "figure": picture.description}
    )
    save(picture, folder / "figure.png")
