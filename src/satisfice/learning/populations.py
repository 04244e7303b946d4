"""Builds populations from what the config or a checkpoint says about them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import DynamicGame, Game, StageGame
from satisfice.io.checkpoints import REMEDY, load_policy
from satisfice.learning.problem import LearningProblem
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import AnchorBelief, HabitBelief, PriorBelief, UniformBelief
from satisfice.population.parameters import ParameterPrior
from satisfice.population.supertypes import Supertypes, kl_free

BELIEFS: Mapping[str, tuple[Callable[..., PriorBelief], tuple[str, ...]]] = {
    "uniform": (UniformBelief, ()),
    "habit": (HabitBelief, ("stay", "explore", "reach")),
    "anchor": (AnchorBelief, ("spread", "explore", "inertia")),
}
"""Prior beliefs by the name that the config uses, with the settings that each takes."""

RATIONAL_CORNER = 0.15
"""Width of the corner of the prior, in each parameter, where thinking costs almost nothing."""


def build_belief(game: Game, settings: Mapping[str, Any]) -> PriorBelief:
    """Return the prior belief that a config block describes."""
    belief, names = BELIEFS[settings["prior_belief"]]
    given = {name: settings[name] for name in names}
    if belief is AnchorBelief:
        given["own_action"] = isinstance(game, StageGame) and game.anchored_on_own_action
    return belief(game.action_values, **given)


def check_variant(game: Game, variant: str, settings: Mapping[str, Any]) -> None:
    """Check that a variant asks for nothing that the game does not offer or that is no belief.

    Raises:
        SatisficeError: It does.
    """
    place = (
        f"config, key games.{game.name}.{'rational' if variant == 'ppo' else f'beliefs.{variant}'}"
    )
    if settings["information"] not in game.information:
        raise SatisficeError(
            f"{place}.information",
            f"'{settings['information']}' is unknown to the game.",
            f"Use one of: {', '.join(game.information)}.",
        )
    if settings["reward"] == "team" and not isinstance(game, DynamicGame):
        raise SatisficeError(
            f"{place}.reward",
            "this game's agents learn from their own payoffs only.",
            "Leave the key out.",
        )
    try:
        build_belief(game, settings)
    except SatisficeError as error:
        raise SatisficeError(f"{place}.{error.place}", error.problem, error.remedy) from error
    anchored = settings["prior_belief"] == "anchor"
    if anchored and settings["inertia"] > 0 and not isinstance(game, DynamicGame):
        # The gradient of stage games reads from a belief's kernel what an action costs later; a
        # belief that moves with an anchor has none.
        raise SatisficeError(
            f"{place}.inertia",
            "an anchor with inertia cannot be learnt in this game.",
            "Leave the key out, or use prior_belief: habit.",
        )


def check_roles(game: Game, prior: ParameterPrior, place: str = "") -> None:
    """Check that supertypes by role name the roles that the game has.

    Args:
        game: The game.
        prior: The prior of the supertypes.
        place: The config's key, for messages; the game's parameter_prior if nothing is said.

    Raises:
        SatisficeError: They do not.
    """
    if prior.roles and prior.roles != game.roles:
        known = f"[{', '.join(game.roles)}] or []" if game.roles else "[]: all agents are alike"
        raise SatisficeError(
            place or f"config, key games.{game.name}.parameter_prior.roles",
            f"[{', '.join(prior.roles)}] are not the roles of the game.",
            f"Use {known}.",
        )


def into_rational_corner(cube: np.ndarray, prior: ParameterPrior) -> np.ndarray:
    """Map points of the unit cube to where mu is high, and sigma and beta are low."""
    near = RATIONAL_CORNER * cube
    high = np.array([name.startswith("mu") for name in prior.names])
    return np.where(high, 1.0 - near, near)


def build_problem(
    game: Game, settings: Mapping[str, Any], prior: ParameterPrior
) -> LearningProblem:
    """Return the learning problem of a variant.

    Supertypes come from the calibration's prior, except for rational agents: their KL weight
    is zero, which makes them unboundedly rational.
    """

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        if settings["rational"]:
            return Supertypes.from_array(np.tile(kl_free(prior.groups), (number, 1)))
        shape = (number, len(prior.names))
        cube = torch.rand(shape, generator=generator, dtype=torch.float64, device="cpu").numpy()
        corner = round(settings.get("learning", {}).get("near_rational", 0.0) * number)
        cube[:corner] = into_rational_corner(cube[:corner], prior)
        return Supertypes.from_array(prior.from_unit(cube))

    return LearningProblem(
        game,
        build_belief(game, settings),
        settings["information"],
        draw,
        groups=prior.groups,
        team_reward=settings["reward"] == "team",
    )


def load_population(folder: str | Path) -> tuple[Population, dict[str, Any]]:
    """Rebuild a trained population from its policy folder.

    Returns:
        The population, and the description in its policy.json.

    Raises:
        SatisficeError: The checkpoint is missing or broken.
    """
    policy, description = load_policy(folder)
    place = Path(folder) / "policy.json"
    game, variant = load_game(description["game"]), description["variant"]
    prior = description["parameter_prior"]
    try:
        belief, seen = build_belief(game, variant), game.information[variant["information"]]
        groups = ParameterPrior.from_config(prior).groups
    except (LookupError, TypeError, ValueError, RuntimeError) as error:
        problem = f"describes no variant of the game {game.name} ({error!r})."
        raise SatisficeError(place, problem, REMEDY) from error
    treatment = len(game.treatment_features(next(iter(game.training_treatments))))
    needed = (len(game.action_values), treatment, len(seen), groups)
    shape = policy.shape
    sizes = (shape.actions, shape.treatment_features, shape.observation_features, shape.groups)
    if sizes != needed:
        problem = f"describes a network of another game than {game.name}."
        raise SatisficeError(place, problem, REMEDY)
    return Population(game, policy, belief, variant["information"]), description
