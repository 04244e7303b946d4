"""Settings of the config's section ``experiments``, with all defaults."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from satisfice.config_values import DropNulls, GameName, Named, PolicyName, RuleName, RunName
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
    """Draws of demand over which payoffs of actions are averaged."""


class Sharing(Settings):
    """One shared policy against one policy for each of n agents, in Cournot markets."""

    agents: Distinct[Annotated[int, Field(ge=2, le=100)]] = Field(
        default=(2, 5, 10, 20, 50), min_length=2
    )
    """Numbers of agents in a market, n."""
    decisions: int = Field(default=1000, ge=1)
    """Decisions that each policy learns from in an iteration, B."""
    seeds: int = Field(default=3, ge=2)
    """Trainings of each kind, for standard errors."""
    iterations: int = Field(default=200, ge=5)
    """Iterations of each training, enough to get close at every number of agents."""


class SkillShapes(Settings):
    """Gaussian against uniform skills of equal mean and variance."""

    games: Distinct[Literal["cournot", "cobweb"]] = Field(
        default=("cournot", "cobweb"), min_length=1
    )
    """Stage games in which to compare."""
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


class ErrorCoverage(Settings):
    """How often intervals of human statistics hold the true value, on simulated panels."""

    contenders: Named[Distinct[RuleName]] = Field(default={})
    """Rules of play with parameters that make the panels, for each game of the experiment."""
    panels: int = Field(default=1000, ge=20)
    """Panels of each contender and treatment, as large as people's."""
    replicates: int = Field(default=500, ge=20)
    """Bootstrap replicates of each panel."""
    tried: int = Field(default=2000, ge=20)
    """Draws from a contender's prior, of which the one nearest to people plays."""


class GatesBySeed(Settings):
    """Verdicts of gates in runs that differ in their seed alone."""

    runs: Distinct[RunName] = ("seed_2", "seed_3")
    """Names of the other runs."""


class Reference(Settings):
    """Exact posteriors of simulated data sets, for memoryless beliefs of stage games."""

    data_sets: int = Field(default=10, ge=1)
    """Simulated data sets."""
    solves: int = Field(default=512, ge=20)
    """Number of supertypes at which the equilibrium is solved; others are interpolated."""
    pilot: int = Field(default=40_000, ge=1000)
    """Exact simulations from the whole prior."""
    simulations: int = Field(default=400_000, ge=10_000)
    """Exact simulations for each data set, around its posterior."""
    points: int = Field(default=5000, ge=1000)
    """Number of parameters at which the likelihood of the decisions is computed in a round."""


class Training(Settings):
    """Training of an estimator."""

    batch: int = Field(default=200, ge=10)
    """Simulations in one training step."""
    most_epochs: int = Field(default=25, ge=1)
    """Number of epochs."""


class PathTraining(Training):
    """Training of estimators that get whole paths."""

    batch: int = Field(default=100, ge=10)
    """Simulations in one training step."""


class NeuralDecisions(Training):
    """The neural posterior from decisions, beside the one from their likelihood."""

    batch: int = Field(default=100, ge=10)
    """Simulations in one training step."""
    most_epochs: int = Field(default=30, ge=1)
    """Number of epochs."""
    simulations: int = Field(default=60_000, ge=100)
    """Simulated experiments to train on."""
    members: int = Field(default=3, ge=1)
    """Estimators whose mixture is the neural posterior."""
    draws: int = Field(default=1000, ge=50)
    """Draws of each posterior for the classifier."""
    data_sets: int = Field(default=10, ge=1)
    """Simulated data sets, whose parameters are drawn from the prior."""
    like_people: int = Field(default=3, ge=1)
    """Simulated data sets whose parameters are draws from people's posterior."""
    replicates: int = Field(default=200, ge=20)
    """Simulated experiments that say whether a data set is unusual."""


class CrossChecks(Settings):
    """Checks of a game's inference by other estimators and by exact posteriors."""

    estimators: Distinct[Literal["nle", "smc_abc", "truncated"]] = ("nle", "smc_abc", "truncated")
    """Other estimators: neural likelihood, sequential Monte Carlo ABC, and two rounds of posterior
    estimation, the second where the first has mass."""
    reference: Reference = Reference()
    """Exact posteriors of simulated data sets."""
    sensitivity: Training = Training()
    """The estimator that takes subsets of the statistics; its other settings are those of
    inference.estimator."""
    learnt_summaries: PathTraining = PathTraining()
    """Estimators that get the game's statistics or whole paths."""
    neural_decisions: NeuralDecisions = NeuralDecisions()
    """The neural posterior from decisions, of games whose data set has decisions.csv."""


class DecisionChecks(Settings):
    """Checks of a game's likelihood of decisions, and of the posterior that it gives with the
    game's own settings, games.<game>.decisions."""

    data_sets: int = Field(default=200, ge=2)
    """Simulated experiments whose posteriors are computed."""
    part: int = Field(default=10, ge=1)
    """Experiments of one job. Results do not depend on it."""
    markets: int = Field(default=2, ge=1)
    """Markets of each treatment in these experiments."""
    draws: int = Field(default=100, ge=20)
    """Draws of each posterior."""
    supertypes: int = Field(default=100, ge=2)
    """Draws from the prior at which likelihoods are compared with those of the exact QRE."""
    qre_markets: int = Field(default=6, ge=1)
    """Markets of each treatment in that comparison."""


class MisspecificationChecks(Settings):
    """Checks of the test of misspecification, on data sets that contenders have made."""

    contenders: Distinct[str] = ("bounded", "noisy_equilibrium")
    """Contenders whose own data are tested, and who are tested on all statistics. Data of the last
    one are also tested as if the bounded model had made them."""
    data_sets: int = Field(default=1000, ge=20)
    """Data sets of each contender at its nearest theta, and as many at other theta."""
    null: int = Field(default=19, ge=19)
    """Simulations that say what distance is usual for one data set. With 19 a data set is rejected
    if it is farther than all of them: exactly one in twenty, if nothing else sets it apart."""
    detected: int = Field(default=20, ge=1)
    """Data sets of another contender that should be detected."""


class Split(Settings):
    """A division of the statistics, by patterns of treatment/statistic such as 2/mean_*."""

    held_out: Several[str] = Field(min_length=1)
    """Statistics to predict."""
    set_aside: Several[str] = ()
    """Statistics that are neither fitted nor predicted."""


class Policy(Settings):
    """A policy that is trained for the contest only."""

    like: str
    """The prior belief whose settings it has, apart from the keys below."""
    bands: int = Field(default=1, ge=1, le=16)
    """Number of equal skill bands with a network each; 1 for that of the prior belief."""
    roles: Several[str] = ()
    """Roles that have their own supertype, in the game's order; empty for those of
    parameter_prior."""


class Contender(Settings):
    """A contender: a rule of play, or a bounded model with parameters fixed or shared."""

    group: Literal["rival", "ablation"]
    """Its kind: a rival, or an ablation of the bounded model."""
    rule: str = ""
    """A rule of play by name, or package.module:ClassName of your own class."""
    belief: str = ""
    """The prior belief, or the key under policies, whose trained policy plays."""
    fixed: dict[str, float] = Field(default={})
    """Values of fixed parameters of the bounded model, by name."""
    shared: Distinct[str] = ()
    """Parameters that are the same for all roles, if each role has a supertype."""
    simulations: int | None = Field(default=None, ge=100)
    """Simulations for its fit, if it needs others than the contest's ``simulations``."""


class Contest(Settings):
    """A comparison of all contenders' predictions of human play in a game."""

    particles: int = Field(default=500, ge=20)
    """Size of each population of the sequential fit."""
    simulations: int = Field(default=20_000, ge=100)
    """Simulations for the fit of a contender to a split."""
    draws: int = Field(default=1000, ge=50)
    """Simulated experiments in each prediction. With few, chance moves the energy score."""
    replicates: int = Field(default=500, ge=100)
    """Number of redraws of the human statistics, for intervals."""
    seeds: int = Field(default=3, ge=1, le=9)
    """Number of trainings with different seeds, of the default belief and of rational play, to see
    how much scores depend on the seed. The rational training that earns most takes part."""
    splits: Named[Split] = Field(default={})
    """Further splits, beside the default one."""
    policies: Annotated[dict[PolicyName, Policy], DropNulls] = Field(default={})
    """Policies that are trained for the contest only."""
    contenders: Annotated[dict[RuleName, Contender], DropNulls] = Field(default={})
    """Further contenders, beside the bounded models, rational play and the rules under rivals."""


class UnseenTreatments(Settings):
    """Bounded models whose policies are not trained in the held-out treatments."""

    games: Distinct[GameName] = ("cournot", "cobweb", "newsvendor")
    """Games whose treatments differ in numbers. Those that hold out no whole treatment are
    skipped."""
    seeds: int = Field(default=3, ge=1, le=9)
    """Number of trainings with different seeds: nothing in training says how a network plays where
    it was not trained."""


class Experiments(Settings):
    """Numerical experiments, cross-checks and the contest, which the default run does not need."""

    single_agent: SingleAgent = SingleAgent()
    """Learning in a game with one agent and one decision."""
    sharing: Sharing = Sharing()
    """One shared policy against one for each agent."""
    skill_shapes: SkillShapes = SkillShapes()
    """Gaussian against uniform skills."""
    error_coverage: ErrorCoverage = ErrorCoverage()
    """Coverage of the standard errors of human statistics."""
    gates_by_seed: GatesBySeed = GatesBySeed()
    """Gates of this run and of others with other seeds."""
    cross_checks: Named[CrossChecks] = Field(default={})
    """Checks of inference, by game."""
    decision_checks: Named[DecisionChecks] = Field(default={})
    """Checks of the posterior from decisions, by game."""
    misspecification_checks: Named[MisspecificationChecks] = Field(default={})
    """Checks of the test of misspecification, by game."""
    unseen_treatments: UnseenTreatments = UnseenTreatments()
    """Policies that are not trained in the held-out treatments."""
    contest: Named[Contest] = Field(default={})
    """The contest, by game."""
