"""The workflow's configuration: all keys of a run, composed of the settings of each part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    NonNegativeInt,
    field_validator,
    model_validator,
)

from satisfice.checks.settings import MisspecificationSettings
from satisfice.config_check import checked, with_file
from satisfice.config_values import (
    DropNulls,
    FolderName,
    GameName,
    PolicyName,
    RuleName,
    RunName,
    Setting,
)
from satisfice.decisions.settings import DecisionSettings
from satisfice.inference.settings import InferenceSettings
from satisfice.learning.ppo_settings import PPOSettings
from satisfice.learning.settings import LearningConfig, RationalLearning, VerificationSettings
from satisfice.settings import Distinct, Settings, Several, WrongValueError

__all__ = ["Config", "GameConfig", "ParameterPrior", "checked", "resolve", "with_file"]

FEWEST_ITERATIONS = 5
"""The gate of learning curves compares the last fifth of training with the fifth before."""


def resolve(config: Mapping[str, Any], files: Iterable[str | Path]) -> dict[str, Any]:
    """Check a config, merged from files, and fill in all defaults; all values are plain.

    Raises:
        SatisficeError: See :func:`checked`.
    """
    return checked(Config, config, files).model_dump(mode="json")


def _long_enough(learning: LearningConfig) -> LearningConfig:
    if learning.iterations < FEWEST_ITERATIONS:
        problem = f"{learning.iterations} should be at least {FEWEST_ITERATIONS}."
        raise WrongValueError(
            problem, "Give more, as the check of learning curves needs.", "iterations"
        )
    return learning


class HeldOut(Settings):
    """What inference must not use, to test predictions on it."""

    treatments: Several[str] = ()
    """Treatments whose statistics are all held out."""
    statistics: Several[str] = ()
    """Statistics that are held out in every treatment, by name or pattern with *."""


class Belief(Settings):
    """A variant of the bounded model; further keys are parameters of its prior belief."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Setting] = Field(init=False)

    prior_belief: str
    """What agents do without thinking: uniform, habit (their last action), anchor (the game's rule
    of thumb: the cobweb's last price, the beer game's incoming order, the newsvendor's mean demand
    or, with information demand or yesterday, last demand), or an entry point of the group
    satisfice.beliefs. Further keys are its parameters (see the list below): a value, or bounds to
    fit it between."""
    information: str = "none"
    """What agents observe: for Cournot none, round or market; for the cobweb none or market; for
    the beer game role, stock (without the supply line) or local; for the newsvendor none, round,
    demand or yesterday."""
    reward: Literal["own", "team"] = "own"
    """What agents earn: own, or in a dynamic game team (the sum of the market)."""
    rational: Literal[False] = False
    """A bounded variant is not rational."""
    learning: Annotated[LearningConfig, AfterValidator(_long_enough)] = LearningConfig()
    """Arguments of the policy gradient."""


class Rational(Settings):
    """Rational play; further keys are values of its prior belief's parameters."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float] = Field(init=False)

    prior_belief: str = "uniform"
    """The belief from which the network starts; departing from it has no cost."""
    information: str = "none"
    """What rational agents observe."""
    reward: Literal["own", "team"] = "own"
    """What agents earn: own, or in a dynamic game team (the sum of the market)."""
    rational: Literal[True] = True
    """Rational play has no KL cost."""
    learning: Annotated[RationalLearning, AfterValidator(_long_enough)] = RationalLearning()
    """Arguments of the policy gradient, for rational agents."""


class ParameterPrior(Settings):
    """The prior of the supertypes; further keys are the parameters mu, sigma and beta."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Setting] = Field(init=False)

    roles: Several[str] = ()
    """Roles that have their own supertype, in the game's order; empty if all agents share one."""


class SimulationSettings(Settings):
    """Simulations of the human experiment for inference."""

    simulations: int = Field(default=20000, ge=400)
    """Number of simulations for each prior belief."""
    chunks: int = Field(default=1, ge=1, le=1000)
    """Number of jobs that share the simulations, for a cluster; results do not depend on it."""


class EvaluationSettings(Settings):
    """Predictions and scores."""

    draws: int = Field(default=1000, ge=100)
    """Number of simulated experiments in each predictive distribution."""
    replicates: int = Field(default=2000, ge=100)
    """Number of redraws of the human statistics for the intervals of scores."""


class GameConfig(Settings):
    """A game whose models are fitted."""

    dataset: FolderName
    """Folder of the human data under data/<game>/."""
    held_out: HeldOut
    """What inference must not use, to test predictions on it."""
    default_belief: str
    """The prior belief of the model "bounded" and of posterior.nc."""
    beliefs: Annotated[dict[PolicyName, Belief], DropNulls] = Field(min_length=1)
    """Variants of the bounded model by name, each with its own prior belief; null removes one."""
    rational: Rational
    """Rational play: the same training without a KL cost. Further keys are its prior belief's
    parameters."""
    ppo: PPOSettings | None = None
    """The baseline trained by PPO of Stable-Baselines3. Without this key, or with null, it does not
    take part."""
    rivals: Distinct[RuleName] = ("equilibrium",)
    """Rules of play without parameters that are scored with the models; equilibrium must be one."""
    parameter_prior: ParameterPrior = ParameterPrior()
    """The parameters of the supertypes, mu, sigma and beta: for each the bounds of its prior, or a
    value at which it is fixed. The defaults are in the list of parameters below."""
    simulation: SimulationSettings = SimulationSettings()
    """Simulations of the human experiment for inference."""
    inference: InferenceSettings = InferenceSettings()
    """Neural posterior estimation."""
    decisions: DecisionSettings = DecisionSettings()
    """The posterior from decisions, if the data set has them, and the models that it compares."""
    misspecification: MisspecificationSettings = MisspecificationSettings()
    """The test whether a contender could have made the human statistics."""
    evaluation: EvaluationSettings = EvaluationSettings()
    """Predictions and scores."""
    verification: VerificationSettings = VerificationSettings()
    """Verification of trained policies."""

    @field_validator("rivals")
    @classmethod
    def _check_rivals(cls, rivals: tuple[str, ...]) -> tuple[str, ...]:
        if "equilibrium" not in rivals:
            raise WrongValueError("equilibrium is missing.", "Name it among the rivals.")
        return rivals

    @model_validator(mode="after")
    def _check_together(self) -> GameConfig:
        if self.default_belief not in self.beliefs:
            raise WrongValueError(
                f"'{self.default_belief}' is not among the beliefs.",
                f"Use one of: {', '.join(self.beliefs)}.",
                "default_belief",
            )
        for name in self.beliefs:
            taken = rf"seed_\d+|{self.default_belief}_(\d+|on_all|on_fitted(_\d+)?)"
            if re.fullmatch(taken, name):
                remedy = "Choose another name."
                raise WrongValueError("is taken by experiments.", remedy, "beliefs", name)
        if self.inference.sbc >= self.simulation.simulations // 2:
            raise WrongValueError(
                "leaves fewer than half of the simulations for training.",
                "Lower it or raise simulation.simulations.",
                *("inference", "sbc"),
            )
        return self


class Config(Settings):
    """Configuration of a run."""

    run: RunName
    """Name of the run; its results are in results/<run>/."""
    seed: NonNegativeInt = 2024
    """A whole number that determines all random numbers of the run."""
    device: Literal["auto", "cpu", "cuda"] = "cpu"
    """Where policies are trained: cpu, cuda (a graphics card), or auto (a graphics card if one can
    be used). Both use the same random numbers, but round differently."""
    games: Annotated[dict[GameName, GameConfig], DropNulls] = Field(min_length=1)
    """The games by name, each with its own settings; null removes one."""
    experiments: dict[str, Any] = Field(default_factory=dict)
    """Settings of workflow/experiments/, which checks them itself."""
    benchmark: dict[str, Any] = Field(default_factory=dict)
    """Settings of workflow/benchmarks/, which checks them itself."""
