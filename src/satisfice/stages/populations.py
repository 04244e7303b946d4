"""Builds populations from what the config or a checkpoint says about them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from satisfice.behaviour.prior_beliefs import HabitBelief, PriorBelief, UniformBelief
from satisfice.behaviour.skill import Supertypes
from satisfice.errors import SatisficeError
from satisfice.evaluation.rivals import KL_FREE
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.inference.parameter_prior import ParameterPrior
from satisfice.io.checkpoints import load_policy
from satisfice.learning.policy_gradient import LearningProblem
from satisfice.learning.rollout import Population

HABIT_SETTINGS = ("stay", "explore", "reach")


def build_belief(game: Game, settings: Mapping[str, Any]) -> PriorBelief:
    """Return the prior belief that a config block describes."""
    if settings["prior_belief"] == "uniform":
        return UniformBelief(game.action_values)
    return HabitBelief(game.action_values, **{name: settings[name] for name in HABIT_SETTINGS})


def check_information(game: Game, variant: str, settings: Mapping[str, Any]) -> None:
    """Check that a variant observes something that the game offers.

    Raises:
        SatisficeError: It does not.
    """
    if settings["information"] not in game.information:
        key = "rational" if variant == "ppo" else f"beliefs.{variant}"
        raise SatisficeError(
            f"config, key games.{game.name}.{key}.information",
            f"'{settings['information']}' is unknown to the game.",
            f"Use one of: {', '.join(game.information)}.",
        )


def build_problem(
    game: Game, settings: Mapping[str, Any], prior: ParameterPrior
) -> LearningProblem:
    """Return the learning problem of a variant.

    Supertypes come from the calibration's prior, except for rational agents: their KL weight
    is zero, which makes the algorithm PPO.
    """
    belief = build_belief(game, settings)

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        if settings["rational"]:
            return Supertypes.from_array(np.tile(KL_FREE, (number, 1)))
        cube = torch.rand((number, 3), generator=generator, dtype=torch.float64)
        return Supertypes.from_array(prior.from_unit(cube.numpy()))

    return LearningProblem(game, belief, settings["information"], draw)


def load_population(folder: str | Path) -> tuple[Population, dict[str, Any]]:
    """Rebuild a trained population from its policy folder.

    Returns:
        The population, and the description in its policy.json.

    Raises:
        SatisficeError: The checkpoint is missing or broken.
    """
    policy, description = load_policy(folder)
    try:
        game, variant = load_game(description["game"]), description["variant"]
        belief = build_belief(game, variant)
        return Population(game, policy, belief, variant["information"]), description
    except KeyError as error:
        raise SatisficeError(
            Path(folder) / "policy.json",
            f"lacks the key {error}.",
            "Delete the file and run again; the workflow trains it anew.",
        ) from error
