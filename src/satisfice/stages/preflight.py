"""Checks before the first job: what is wrong is told while nothing has been touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.contenders import load_rule
from satisfice.errors import SatisficeError
from satisfice.evaluation.splits import read_splits
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import read_decisions
from satisfice.io.observed import correlation_of, observed_table
from satisfice.learning.populations import check_roles, check_variant
from satisfice.population.registry import skill_space, space_of


def check_inputs(config: Mapping[str, Any], root: str | Path = ".") -> None:
    """Check games, rivals, data sets and priors of a resolved config.

    Args:
        config: The resolved config.
        root: Folder that holds data/.

    Raises:
        SatisficeError: Something is wrong; the message names the file and the key or row.
    """
    root = Path(root)
    alone = config["experiments"]["single_agent"]["parameter_prior"]
    skill_space(alone, "config, key experiments.single_agent.parameter_prior")
    for name, block in config["games"].items():
        game = load_game(name)
        prior = block["parameter_prior"]
        check_roles(game, tuple(prior["roles"]))
        for variant, settings in {**block["beliefs"], "ppo": block["rational"]}.items():
            check_variant(game, variant, settings, prior)
        for variant, policy in block["contest"]["policies"].items():
            place = f"config, key games.{name}.contest.policies.{variant}.roles"
            check_roles(game, tuple(policy["roles"]), place)
        for rule in block["rivals"]:
            place = f"config, key games.{name}.rivals"
            if load_rule(rule, game, place, is_fitted=False).free:
                problem = f"'{rule}' has parameters, which nothing fits here."
                raise SatisficeError(place, problem, "Name it under contest.contenders.")
        _check_contest(game, block, root / "data" / name / block["dataset"])


def _check_contest(game: Game, block: Mapping[str, Any], dataset: Path) -> None:
    """Check the data set, the splits against it, and the contest's rules against the game."""
    table = observed_table(game, load_dataset(dataset, game), block["held_out"])
    read_splits(game.name, table, block["contest"]["splits"])
    correlations = dataset / "correlations.csv"
    correlation_of(table, correlations if correlations.is_file() else None)
    if (dataset / "decisions.csv").is_file():
        read_decisions(dataset / "decisions.csv", game)
    for name, contender in block["contest"]["contenders"].items():
        place = f"config, key games.{game.name}.contest.contenders.{name}"
        if contender.get("rule"):
            load_rule(contender["rule"], game, f"{place}.rule")
        else:
            _check_held(block, contender, place)


def _check_held(block: Mapping[str, Any], contender: Mapping[str, Any], place: str) -> None:
    """Check that what a contender holds fixed, or shares between roles, are parameters."""
    alike = {"like": contender["belief"], "roles": []}
    policy = block["contest"]["policies"].get(contender["belief"], alike)
    variant = block["beliefs"][policy["like"]]
    if contender["shared"] and not (policy["roles"] or block["parameter_prior"]["roles"]):
        raise SatisficeError(
            f"{place}.shared",
            f"'{contender['belief']}' has no roles with parameters of their own.",
            "Leave shared out, or give roles to parameter_prior or to one of contest.policies.",
        )
    known = {each.name: each for each in space_of(variant, block["parameter_prior"]).columns}
    for key in ("fixed", "shared"):
        for name in contender[key]:
            if name not in known:
                remedy = f"Use some of: {', '.join(known)}; or set the contender to null."
                raise SatisficeError(f"{place}.{key}", f"'{name}' is no fitted parameter.", remedy)
    for name in contender["shared"]:
        if name in contender["fixed"]:
            remedy = "Name it in one of the two: what is fixed is the same for all roles anyway."
            raise SatisficeError(f"{place}.shared", f"'{name}' is fixed, too.", remedy)
    for name, value in contender["fixed"].items():
        if not known[name].allows(value) and value not in known[name].limits:
            low, high = known[name].support
            remedy = f"Give a value from {low:g} to {high:g}."
            raise SatisficeError(f"{place}.fixed.{name}", f"{value:g} is no {name}.", remedy)
