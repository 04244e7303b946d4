"""Checks of the experiments' settings before the first job, against the config and the data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from experiments.contest.splits import read_splits
from experiments.settings import Contender, Contest, Experiments, Policy
from satisfice.contenders import load_rule
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import FEW_REPLICATES, load_dataset
from satisfice.io.observed import observed_table
from satisfice.learning.populations import check_roles
from satisfice.population.registry import space_of


def check_experiments(
    settings: Experiments, config: Mapping[str, Any], root: str | Path = "."
) -> None:
    """Check the contests against the run's games, their data and prior beliefs.

    Args:
        settings: The experiments' settings.
        config: The resolved config of the run.
        root: Folder that holds data/.

    Raises:
        SatisficeError: Something is wrong; the message names the key.
    """
    unseen = settings.unseen_treatments.games
    for name in (*settings.cross_checks, *settings.decision_checks, *settings.contest, *unseen):
        load_game(name)  # The run may leave a named game out, but the game must exist.
    for name, rules in settings.error_coverage.contenders.items():
        place, game = f"config, key experiments.error_coverage.contenders.{name}", load_game(name)
        for rule in rules:
            if not load_rule(rule, game, place).free:
                raise SatisficeError(
                    place, f"'{rule}' has no parameters.", "Choose a rule that can be fitted."
                )
    for name, block in config["games"].items():
        contest = settings.contest.get(name, Contest())
        place, game = f"config, key experiments.contest.{name}", load_game(name)
        again = re.compile(rf"{block['default_belief']}_(\d+|on_all|on_fitted(_\d+)?)")
        taken = [belief for each in config["games"].values() for belief in each["beliefs"]]
        for policy, given in contest.policies.items():
            where = f"{place}.policies.{policy}"
            if policy in taken or again.fullmatch(policy):
                raise _taken(where, "is taken.")
            _check_policy(game, given, block, where)
        for contender, chosen in contest.contenders.items():
            where = f"{place}.contenders.{contender}"
            if contender in block["rivals"]:
                raise _taken(where, "takes part anyway.")
            _check_contender(game, chosen, contest, block, where)
        folder = Path(root) / "data" / name / block["dataset"]
        data = load_dataset(folder, game, replicates=FEW_REPLICATES)
        splits = {key: split.model_dump() for key, split in contest.splits.items()}
        read_splits(name, observed_table(game, data, block["held_out"]), splits)


def _taken(place: str, problem: str) -> SatisficeError:
    return SatisficeError(place, problem, "Choose another name.")


def _check_policy(game: Game, policy: Policy, block: Mapping[str, Any], place: str) -> None:
    if policy.like not in block["beliefs"]:
        raise _unknown(f"{place}.like", policy.like, block["beliefs"], "policy")
    check_roles(game, tuple(policy.roles), f"{place}.roles")


def _check_contender(
    game: Game, contender: Contender, contest: Contest, block: Mapping[str, Any], place: str
) -> None:
    """Check that a contender is a rule of the game, or a belief with its own settings."""
    belief, changed = contender.belief, bool(contender.fixed or contender.shared)
    unchanged = belief in block["beliefs"] and not changed
    if bool(contender.rule) == bool(belief) or unchanged or (contender.rule and changed):
        raise SatisficeError(
            place,
            "needs either a rule alone, or a belief and what is fixed or shared.",
            "Give rule, or belief and fixed or shared; or as belief one of the contest's policies.",
        )
    if contender.rule:
        load_rule(contender.rule, game, f"{place}.rule")
        return
    known = [*block["beliefs"], *contest.policies]
    if belief not in known:
        raise _unknown(f"{place}.belief", belief, known, "contender")
    _check_held(contender, contest.policies.get(belief, Policy(like=belief)), block, place)


def _unknown(place: str, name: str, known: Iterable[str], kind: str) -> SatisficeError:
    remedy = f"Use one of: {', '.join(known)}; or set the {kind} to null."
    return SatisficeError(place, f"'{name}' is not one of the beliefs.", remedy)


def _check_held(contender: Contender, policy: Policy, block: Mapping[str, Any], place: str) -> None:
    """Check that the names that a contender fixes, or shares between roles, are parameters."""
    prior = block["parameter_prior"]
    if contender.shared and not (policy.roles or prior["roles"]):
        raise SatisficeError(
            f"{place}.shared",
            f"the roles of '{contender.belief}' do not have their own parameters.",
            "Leave shared out, or give roles to parameter_prior or to one of the policies.",
        )
    columns = space_of(block["beliefs"][policy.like], prior).columns
    known = {each.name: each for each in columns}
    for key, names in (("fixed", tuple(contender.fixed)), ("shared", contender.shared)):
        for name in names:
            if name not in known:
                remedy = f"Use some of: {', '.join(known)}; or set the contender to null."
                raise SatisficeError(f"{place}.{key}", f"'{name}' is no fitted parameter.", remedy)
    for name in contender.shared:
        if name in contender.fixed:
            remedy = "Name it in one of the two: a fixed parameter is the same for all roles."
            raise SatisficeError(f"{place}.shared", f"'{name}' is fixed, too.", remedy)
    for name, value in contender.fixed.items():
        if not known[name].allows(value) and value not in known[name].limits:
            low, high = known[name].support
            remedy = f"Give a value from {low:g} to {high:g}."
            raise SatisficeError(f"{place}.fixed.{name}", f"{name} cannot be {value:g}.", remedy)
