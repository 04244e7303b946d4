"""Settings of learning and of its verification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from satisfice.errors import SatisficeError
from satisfice.games.base import DynamicGame, Game
from satisfice.settings import Settings


def check_offered(game: Game, settings: Mapping[str, Any], place: str) -> None:
    """Check that a game offers what learners should observe and earn.

    Args:
        game: The game.
        settings: With the keys ``information`` and ``reward``.
        place: The config's key of the settings, for messages.

    Raises:
        SatisficeError: It does not; the message names the key.
    """
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


class LearningConfig(Settings):
    """Arguments of the policy gradient that a config gives."""

    iterations: PositiveInt = 2000
    """Number of iterations: play, then one pass of updates."""
    markets: PositiveInt = 256
    """Markets played at a time in each treatment."""
    minibatches: PositiveInt = 4
    """Updates in one pass; a dynamic game has one."""
    learning_rate: PositiveFloat = 0.005
    """Learning rate of Adam, annealed to zero along a cosine."""
    clip: float = Field(default=0.2, gt=0, le=1)
    """PPO's clipping of the ratio of probabilities. The pathwise gradient of dynamic games does not
    use it."""
    entropy_bonus: NonNegativeFloat = 0.0
    """Payoff for each nat of the policy's entropy, in stage games. It keeps rational agents from
    early convergence to one action."""
    discount: float = Field(default=1.0, ge=0, le=1)
    """Discount factor: weight of the next round's payoff."""
    near_rational: float = Field(default=0.0, ge=0, le=0.9)
    """Share of training episodes in which all agents are nearly rational, a corner of the prior
    that is seldom drawn. Rational agents do not use it."""
    averaging: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the running average of the weights; the average is the trained network."""
    hidden: PositiveInt = 128
    """Width of the network's two hidden layers."""
    action_basis: int = Field(default=16, ge=2, le=40)
    """Number of smooth functions of the action in the policy's score."""
    smallest_cost: PositiveFloat = 0.001
    """Lower bound of the processing cost in the policy: smaller costs do not sharpen behaviour."""
    bands: int = Field(default=1, ge=1, le=16)
    """Number of equal skill bands with a network each; 1 if all skills share one network."""
    chance_draws: PositiveInt = 1
    """Draws of the game's shocks over which payoffs of actions are averaged, in stage games."""


class RationalLearning(LearningConfig):
    """Arguments of the policy gradient for rational agents."""

    smallest_cost: PositiveFloat = 0.2
    """As for bounded agents, but larger: without a KL cost nothing else prevents early convergence
    to one action."""


class LearningSettings(LearningConfig):
    """Arguments of the algorithm: those of the config, and a seed."""

    seed: int = 0
    """Seed of all random numbers in learning."""


class ResponderSettings(Settings):
    """Training of a best response; other arguments are those of the population's training."""

    iterations: PositiveInt = 100
    """Number of plays, each followed by one pass of updates."""
    markets: PositiveInt = 32
    """Markets played at a time in each treatment."""
    learning_rate: PositiveFloat = 0.005
    """Learning rate of Adam, annealed to zero along a cosine."""
    hidden: PositiveInt = 128
    """Width of the responder's network."""


class VerificationSettings(Settings):
    """Verification of trained policies."""

    supertypes: int = Field(default=200, ge=2)
    """Number of supertypes, drawn from the prior, at which policies are verified."""
    responder: ResponderSettings = ResponderSettings()
    """Training of a best response to the trained population, if none is known exactly. Other
    arguments are those of the population's training."""
