"""Builds populations from a config or a checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.checkpoints import REMEDY, load_policy
from satisfice.learning.problem import LearningProblem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import check_offered
from satisfice.population.parameters import ParameterSpace
from satisfice.population.registry import belief_in, build_belief, space_of
from satisfice.population.supertypes import SKILL_PARAMETERS, Supertypes, belief_parameters

RATIONAL_CORNER = 0.15
"""Width, in each parameter, of the corner of the prior where agents are nearly rational."""


def check_variant(
    game: Game, variant: str, settings: Mapping[str, Any], parameter_prior: Mapping[str, Any]
) -> None:
    """Check that the game offers what a variant's settings ask for.

    Raises:
        SatisficeError: It does not, or the settings describe no prior belief.
    """
    of_game = f"config, key games.{game.name}"
    place = f"{of_game}.{'rational' if settings['rational'] else f'beliefs.{variant}'}"
    check_offered(game, settings, place)
    try:
        # Rational agents have no fitted parameter, but their belief's settings are checked.
        space = space_of({**settings, "rational": False}, parameter_prior, place)
        build_belief(game, settings, place)
    except SatisficeError as error:
        known = str(error.place).startswith("config")
        where = of_game if str(error.place).startswith("parameter_prior") else place
        full = error.place if known else f"{where}.{error.place}"
        raise SatisficeError(full, error.problem, error.remedy) from error
    if not settings["rational"] and not space.fitted:
        problem = "nothing of this variant is fitted."
        raise SatisficeError(place, problem, "Give bounds, [low, high], of one parameter at least.")
    if settings["rational"] and belief_parameters(space):
        raise SatisficeError(
            f"{place}.{belief_parameters(space)[0]}",
            "rational agents have no parameter to fit.",
            "Give one value in place of the bounds.",
        )


def check_roles(game: Game, roles: tuple[str, ...], place: str = "") -> None:
    """Check that supertypes by role name the roles of the game.

    Raises:
        SatisficeError: They do not; ``place`` is by default the game's parameter_prior.
    """
    if roles and roles != game.roles:
        known = f"[{', '.join(game.roles)}] or []" if game.roles else "[]: all agents are alike"
        raise SatisficeError(
            place or f"config, key games.{game.name}.parameter_prior.roles",
            f"[{', '.join(roles)}] are not the roles of the game.",
            f"Use {known}.",
        )


def into_rational_corner(cube: np.ndarray, space: ParameterSpace) -> np.ndarray:
    """Map points of the unit cube to the corner where agents are nearly rational."""
    near = RATIONAL_CORNER * cube
    ends = np.array([parameter.rational_end for parameter in space.columns])
    return np.select([ends == "high", ends == "low"], [1.0 - near, near], cube)


def build_problem(
    game: Game, settings: Mapping[str, Any], space: ParameterSpace
) -> LearningProblem:
    """Return the learning problem of a variant.

    Supertypes come from the prior; rational agents are all alike.
    """

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        shape = (number, len(space.names))
        if not space.names:
            return Supertypes.from_array(np.empty(shape), space)
        cube = torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu").numpy()
        corner = round(settings.get("learning", {}).get("near_rational", 0.0) * number)
        cube[:corner] = into_rational_corner(cube[:corner], space)
        return Supertypes.from_array(space.from_unit(cube), space)

    return LearningProblem(
        game,
        build_belief(game, settings),
        settings["information"],
        draw,
        space,
        team_reward=settings["reward"] == "team",
    )


def load_population(folder: str | Path) -> tuple[Population, dict[str, Any]]:
    """Load a trained population from its policy folder, and its description in policy.json.

    Raises:
        SatisficeError: The checkpoint is missing or broken.
    """
    policy, description = load_policy(folder)
    place = Path(folder) / "policy.json"
    game, variant = load_game(description["game"]), description["variant"]
    described = description["space"]
    try:
        if "trained_without" in description:
            game = game.trained_without(description["trained_without"])
        space, seen = ParameterSpace.from_json(described), game.information[variant["information"]]
        # Parameters as in training, even if declared defaults have changed since.
        belief = belief_in(game, variant["prior_belief"], space, "variant")
        needed = {parameter.name for parameter in (*SKILL_PARAMETERS, *belief.parameters)}
        found = {each.parameter.name for each in space.fitted} | set(space.fixed)
        if found != needed:
            raise ValueError(f"parameters {', '.join(sorted(found))}")
    except (LookupError, TypeError, ValueError, RuntimeError, SatisficeError) as error:
        problem = f"describes no variant of the game {game.name} ({error!r})."
        raise SatisficeError(place, problem, REMEDY) from error
    treatment = len(game.treatment_features(next(iter(game.training_treatments))))
    traits = len(belief_parameters(space))
    sizes = {
        "actions": len(game.action_values),
        "treatment_features": treatment,
        "observation_features": len(seen),
        "groups": space.groups,
        "belief_traits": traits,
    }
    if any(getattr(policy.shape, name) != size for name, size in sizes.items()):
        problem = f"describes a network of another game than {game.name}."
        raise SatisficeError(place, problem, REMEDY)
    return Population(game, policy, belief, variant["information"], space), description
