"""Settings of learning and of its verification."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from satisfice.settings import Settings


class LearningConfig(Settings):
    """Arguments of the policy gradient, as a config gives them."""

    iterations: PositiveInt = 2000
    """Number of plays, each followed by one pass of updates."""
    markets: PositiveInt = 256
    """Markets played at a time in each treatment."""
    minibatches: PositiveInt = 4
    """Updates in one pass; a dynamic game has one."""
    learning_rate: PositiveFloat = 0.005
    """Learning rate of Adam, annealed to zero along a cosine."""
    clip: float = Field(default=0.2, gt=0, le=1)
    """Largest relative change of a probability that an update is paid for; the pathwise gradient of
    a dynamic game needs none."""
    entropy_bonus: NonNegativeFloat = 0.0
    """Payoff for each nat of the policy's entropy, in stage games. A little of it keeps rational
    agents from freezing on one action of the grid."""
    discount: float = Field(default=1.0, ge=0, le=1)
    """Weight of the next round's payoff."""
    near_rational: float = Field(default=0.0, ge=0, le=0.9)
    """Share of training episodes whose agents all think at almost no cost, a corner of the prior
    that it seldom draws; of no use to rational agents."""
    averaging: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the running average of the weights, which is the network kept."""
    hidden: PositiveInt = 128
    """Width of the network's two hidden layers."""
    action_basis: int = Field(default=16, ge=2, le=40)
    """Smooth functions of the action in the policy's score."""
    smallest_cost: PositiveFloat = 0.001
    """Processing cost below which behaviour is sharpened no further."""
    bands: int = Field(default=1, ge=1, le=16)
    """Equal bands of skill with a network each; 1 where all skills share one network."""
    chance_draws: PositiveInt = 1
    """Draws of the game's chance that the worth of actions is averaged over, in stage games."""


class RationalLearning(LearningConfig):
    """The same for rational agents."""

    smallest_cost: PositiveFloat = 0.2
    """As for the bounded model, but larger: without a KL cost nothing else keeps early updates from
    freezing the policy."""


class LearningSettings(LearningConfig):
    """Arguments of the algorithm: those of the config, and a seed, which no config gives."""

    seed: int = 0
    """Seed of everything random in learning."""


class ResponderSettings(Settings):
    """Training of a best response; other arguments are those of the population's own training."""

    iterations: PositiveInt = 100
    """Number of plays, each followed by one pass of updates."""
    markets: PositiveInt = 32
    """Markets played at a time in each treatment."""
    learning_rate: PositiveFloat = 0.005
    """Learning rate of Adam, annealed to zero along a cosine."""
    hidden: PositiveInt = 128
    """Width of the responder's own network."""


class VerificationSettings(Settings):
    """How closely trained policies are verified."""

    supertypes: int = Field(default=200, ge=2)
    """Supertypes drawn from the prior to compare at."""
    responder: ResponderSettings = ResponderSettings()
    """Training of a best response to the trained population, where none is known exactly; other
    arguments are the population's own."""
