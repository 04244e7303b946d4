"""Checks before the first job, so that errors are reported before files are written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.contenders import load_rule
from satisfice.decisions.models import load_rules
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.io.datasets import FEW_REPLICATES, load_dataset
from satisfice.io.decisions import panels_of
from satisfice.io.game_run import RATIONAL
from satisfice.io.observed import observed_table
from satisfice.learning.populations import check_roles, check_variant
from satisfice.learning.ppo_settings import check_ppo
from satisfice.plugins import guarded
from satisfice.simulation.histories import histories_of


def check_inputs(config: Mapping[str, Any], root: str | Path = ".") -> None:
    """Check games, rivals, data sets and priors of a resolved config; data/ is in ``root``.

    Raises:
        SatisficeError: Something is wrong; the message names the file and the key or row.
    """
    root = Path(root)
    for name, block in config["games"].items():
        game = load_game(name)
        prior = block["parameter_prior"]
        check_roles(game, tuple(prior["roles"]))
        for variant, settings in {**block["beliefs"], RATIONAL: block["rational"]}.items():
            check_variant(game, variant, settings, prior)
        if block["ppo"] is not None:
            check_ppo(game, block["ppo"])
        for rule in block["rivals"]:
            place = f"config, key games.{name}.rivals"
            if load_rule(rule, game, place, is_fitted=False).free:
                problem = f"'{rule}' has parameters, which are not fitted here."
                raise SatisficeError(place, problem, "Name it as a contender of the contest.")
        load_rules(game, (), block["decisions"]["rivals"])
        folder = root / "data" / name / block["dataset"]
        human = load_dataset(folder, game, replicates=FEW_REPLICATES)
        observed_table(game, human, block["held_out"])
        if human.decisions is not None:
            place = str(folder / "decisions.csv")
            with guarded(place, f"the game {name} cannot follow recorded decisions"):
                histories_of(game, panels_of(human.decisions, game))
