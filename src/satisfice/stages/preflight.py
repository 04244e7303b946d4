"""Checks before the first job: what is wrong is told while nothing has been touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.contenders import load_rule
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.io.checkpoints import check_pair, read_weights
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_json
from satisfice.io.game_run import RATIONAL
from satisfice.io.names import check_inside
from satisfice.io.observed import correlation_of, observed_table
from satisfice.learning.populations import check_roles, check_variant


def check_inputs(config: Mapping[str, Any], root: str | Path = ".") -> None:
    """Check games, rivals, data sets, priors and existing checkpoints of a resolved config.

    Args:
        config: The resolved config.
        root: Folder that holds data/ and results/.

    Raises:
        SatisficeError: Something is wrong; the message names the file and the key or row.
    """
    root = Path(root)
    for name, block in config["games"].items():
        game = load_game(name)
        data, results = root / "data" / name, root / "results"
        check_inside(f"config, key games.{name}.dataset", data / block["dataset"], data)
        check_inside("config, key run", results / config["run"] / name, results)
        prior = block["parameter_prior"]
        check_roles(game, tuple(prior["roles"]))
        for variant, settings in {**block["beliefs"], RATIONAL: block["rational"]}.items():
            check_variant(game, variant, settings, prior)
        for rule in block["rivals"]:
            place = f"config, key games.{name}.rivals"
            if load_rule(rule, game, place, is_fitted=False).free:
                problem = f"'{rule}' has parameters, which nothing fits here."
                raise SatisficeError(place, problem, "Name it under contest.contenders.")
        folder = data / block["dataset"]
        table = observed_table(game, load_dataset(folder, game), block["held_out"])
        correlations = folder / "correlations.csv"
        correlation_of(table, correlations if correlations.is_file() else None)
        for weights in sorted((root / "results" / config["run"] / name).glob("*/*/*.safetensors")):
            read_weights(weights)
            if weights.with_suffix(".json").is_file():
                check_pair(weights, read_json(weights.with_suffix(".json")))
