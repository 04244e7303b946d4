"""Settings of the experiments: what the config's ``experiments`` may say, with all defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from satisfice.config_values import DropNulls, Named, PolicyName, RuleName
from satisfice.settings import Distinct, Settings, Several


class SingleAgent(Settings):
    """Learning in a game with one agent and one decision, against the closed form."""

    costs: int = Field(default=12, ge=3)
    """Number of processing costs to compare at."""
    agents: int = Field(default=24, ge=1)
    """Agents of different supertypes at each processing cost."""
    iterations: int = Field(default=800, ge=5)
    """Iterations of the training."""
    markets: int = Field(default=512, ge=1)
    """Markets played at a time."""
    chance_draws: int = Field(default=60, ge=1)
    """Draws of demand that the worth of actions is averaged over."""


class Sharing(Settings):
    """One shared policy against one policy for each of n agents, in Cournot markets."""

    agents: Distinct[Annotated[int, Field(ge=2, le=100)]] = Field(
        default=(2, 5, 10, 20, 50), min_length=2
    )
    """Numbers of agents in a market."""
    decisions: int = Field(default=1000, ge=1)
    """Decisions that each policy learns from in an iteration, B."""
    seeds: int = Field(default=3, ge=2)
    """Trainings of each kind, for standard errors."""
    iterations: int = Field(default=200, ge=5)
    """Iterations of each training, enough to come close at every number of agents."""


class SkillShapes(Settings):
    """Gaussian against uniform skills of equal mean and variance."""

    games: Distinct[Literal["cournot", "cobweb"]] = Field(
        default=("cournot", "cobweb"), min_length=1
    )
    """Stage games to compare in."""
    means: Several[Annotated[float, Field(gt=0, lt=1)]] = Field(
        default=(0.3, 0.5, 0.7), min_length=1
    )
    """Mean skills."""
    betas: Several[Annotated[float, Field(ge=0.01)]] = Field(default=(0.1, 0.3, 1.0), min_length=1)
    """KL weights in units of the reference payoff."""
    iterations: int = Field(default=800, ge=5)
    """Iterations of each training."""
    markets: int = Field(default=48, ge=1)
    """Markets played at a time in each treatment."""


class Reference(Settings):
    """Exact reference posteriors of simulated data sets, for memoryless beliefs of stage games."""

    data_sets: int = Field(default=10, ge=1)
    """Simulated data sets."""
    solves: int = Field(default=512, ge=20)
    """Supertypes at which the equilibrium is solved, and interpolated between."""
    pilot: int = Field(default=40_000, ge=1000)
    """Exact simulations from the whole prior."""
    simulations: int = Field(default=400_000, ge=10_000)
    """Exact simulations for each data set, around its posterior."""
    points: int = Field(default=5000, ge=1000)
    """Parameters at which the likelihood of the decisions is computed at once."""


class Training(Settings):
    """How an estimator is trained."""

    batch: int = Field(default=200, ge=10)
    """Simulations in one training step."""
    most_epochs: int = Field(default=25, ge=1)
    """Epochs, over which the learning rate falls to zero."""


class PathTraining(Training):
    """The same of estimators that are given whole paths."""

    batch: int = Field(default=100, ge=10)
    """Simulations in one training step."""


class CrossChecks(Settings):
    """Checks of a game's inference by other means."""

    estimators: Distinct[Literal["nle", "smc_abc", "truncated"]] = ("nle", "smc_abc", "truncated")
    """Other estimators: neural likelihood, sequential Monte Carlo ABC, and two rounds of posterior
    estimation, the second where the first has mass."""
    reference: Reference = Reference()
    """Exact reference posteriors."""
    sensitivity: Training = Training()
    """The estimator that takes parts of the statistics; its other settings are those of
    inference.estimator."""
    learnt_summaries: PathTraining = PathTraining()
    """Estimators given the game's statistics or whole paths."""


class Split(Settings):
    """A way to divide the statistics, as patterns of treatment/statistic such as 2/mean_*."""

    held_out: Several[str] = Field(min_length=1)
    """What is to be predicted."""
    set_aside: Several[str] = ()
    """What is neither fitted nor predicted."""


class Policy(Settings):
    """A policy that is trained for the contest only."""

    like: str
    """The prior belief whose settings it shares, but for what follows."""
    bands: int = Field(default=1, ge=1, le=16)
    """Equal bands of skill with a network each; with 1 those of the prior belief's learning."""
    roles: Several[str] = ()
    """Roles with a supertype each, in the game's order; empty as in parameter_prior."""


class Contender(Settings):
    """Who takes part: a rule of play, or a bounded model with something fixed or shared."""

    group: Literal["rival", "ablation"]
    """What it is, a rival or the bounded model without something."""
    rule: str = ""
    """A rule of play, by name, or package.module:ClassName of your own."""
    belief: str = ""
    """The prior belief, or the one of policies, whose trained policy plays."""
    fixed: dict[str, float] = Field(default={})
    """Parameters of the bounded model that are held fixed, by name."""
    shared: Distinct[str] = ()
    """Parameters that all roles have in common where each has a supertype."""


class Contest(Settings):
    """Who predicts the people of a game best."""

    accepted: int = Field(default=200, ge=20)
    """Simulated experiments each contender is fitted by: those nearest to the human statistics."""
    draws: int = Field(default=400, ge=50)
    """Simulated experiments in each prediction."""
    replicates: int = Field(default=500, ge=100)
    """Redraws of the human statistics, for intervals."""
    seeds: int = Field(default=3, ge=1, le=9)
    """Trainings with different seeds, of the default belief and of rational play: what luck in
    training does to scores. Of rational play, the one that earns most takes part."""
    splits: Named[Split] = Field(default={})
    """Splits beside the default one and leaving out each treatment."""
    policies: Annotated[dict[PolicyName, Policy], DropNulls] = Field(default={})
    """Policies that are trained for the contest only."""
    contenders: Annotated[dict[RuleName, Contender], DropNulls] = Field(default={})
    """Who takes part beside the bounded models, rational play and the rules under rivals."""


class Experiments(Settings):
    """Experiments on learning, cross-checks and the contest: what the default run does not need."""

    single_agent: SingleAgent = SingleAgent()
    """Learning in a game with one agent and one decision."""
    sharing: Sharing = Sharing()
    """One shared policy against one for each agent."""
    skill_shapes: SkillShapes = SkillShapes()
    """Gaussian against uniform skills."""
    cross_checks: Named[CrossChecks] = Field(default={})
    """Checks of inference, by game."""
    contest: Named[Contest] = Field(default={})
    """The contest, by game."""
