"""Settings of the baseline that is trained by proximal policy optimisation (PPO)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field, PositiveFloat, PositiveInt

from satisfice.games.base import Game
from satisfice.learning.settings import check_offered
from satisfice.settings import Settings


class PPOSettings(Settings):
    """PPO of Stable-Baselines3 with one policy for all agents."""

    information: str = "none"
    """What agents observe of a round; see the prior beliefs' key of this name."""
    memory: PositiveInt = 2
    """Number of rounds that agents see, with their own actions: the present one and those before
    it."""
    centre: Literal["middle", "anchor"] = "middle"
    """Where untrained agents' actions are: in the middle of the range, or around the anchor, the
    game's rule of thumb."""
    reward: Literal["own", "team"] = "own"
    """What agents earn: own, or in a dynamic game team (the sum of the market)."""
    seeds: int = Field(default=3, ge=1, le=20)
    """Number of trainings. The one that earns most at the end of its training plays."""
    decisions: PositiveInt = 1_000_000
    """Decisions in each training; it consists of whole plays."""
    markets: PositiveInt = 16
    """Markets of each treatment that are played between updates."""
    minibatch: int = Field(default=1400, ge=2)
    """Decisions in a minibatch."""
    epochs: PositiveInt = 4
    """Passes over the decisions between plays."""
    learning_rate: PositiveFloat = 0.002
    """Learning rate of Adam, which falls to zero along a line."""
    discount: float = Field(default=0.5, ge=0, lt=1)
    """Discount factor: weight of the next round's payoff. Play is taken to go on for ever."""
    trace: float = Field(default=0.95, ge=0, le=1)
    """Lambda of generalised advantage estimation."""
    largest_change: PositiveFloat = 0.03
    """KL divergence in nats at which the updates between two plays end early."""
    first_sd: float = Field(default=0.15, gt=0, le=1)
    """Standard deviation of actions before training, in half ranges of actions."""
    hidden: PositiveInt = 64
    """Width of the two hidden layers of policy and value."""
    chance_draws: PositiveInt = 1
    """Draws of the game's shocks over which payoffs are averaged, in stage games."""


def check_ppo(game: Game, settings: Mapping[str, Any]) -> None:
    """Check that a game can be played with the settings of its key ``ppo``.

    Raises:
        SatisficeError: It cannot; the message names the key.
    """
    check_offered(game, settings, f"config, key games.{game.name}.ppo")
