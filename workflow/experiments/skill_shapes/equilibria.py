"""Effects of the shape of the skill distribution on equilibria and on learning.

Populations are given by the mean and standard deviation of their skills and by beta. For every
shape of the distribution they have one exact equilibrium, and a policy can be trained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import product

import numpy as np
import torch

from experiments.skill_shapes.shapes import (
    UniformSupertypes,
    matched_gaussian,
    uniform_quadrature,
    widest_uniform_sd,
)
from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import ExactQRE, net_payoff, solve, total_variation
from satisfice.learning.problem import CurvePoint, LearningProblem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings
from satisfice.learning.training import learn
from satisfice.learning.verification import policy_at_skills
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import Policy
from satisfice.population.supertypes import Supertypes, costs_at, skill_quadrature

CURVE_STEP = 20
"""Iterations between two measurements of the distance from equilibrium."""


@dataclass(frozen=True)
class Shape:
    """A family of skill distributions.

    Attributes:
        supertypes: Draws skills for learning.
        theta_of: Maps mean, standard deviation and beta to the family's parameters.
        quadrature: Skills and weights of supertypes, for the exact solver.
    """

    supertypes: type[Supertypes]
    theta_of: Callable[[float, float, float], tuple[float, float, float]]
    quadrature: Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]

    def theta(self, moments: np.ndarray) -> np.ndarray:
        """Parameters of populations (mean, sd, beta), both of shape (populations, 3)."""
        return np.array([self.theta_of(*row) for row in moments.tolist()])


def _gaussian(mean: float, sd: float, beta: float) -> tuple[float, float, float]:
    return *matched_gaussian(mean, sd), beta


def _unchanged(mean: float, sd: float, beta: float) -> tuple[float, float, float]:
    return mean, sd, beta


def _one_skill(theta: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return theta[:, :1], np.ones((len(theta), 1))


SHAPES: Mapping[str, Shape] = {
    "gaussian": Shape(Supertypes, _gaussian, skill_quadrature),
    "uniform": Shape(UniformSupertypes, _unchanged, uniform_quadrature),
}

NO_SPREAD = Shape(Supertypes, _unchanged, _one_skill)
"""All agents have the mean skill, which shows how much the spread matters."""


def populations(
    means: Sequence[float], widths: Sequence[float], betas: Sequence[float]
) -> np.ndarray:
    """All combinations for uniform distributions.

    Args:
        means: Mean skills.
        widths: Half-widths of the uniform distribution, as shares of the widest.
        betas: KL weights.

    Returns:
        Shape (populations, 3): mean and standard deviation of the skill, beta.
    """
    rows = [
        (mean, width * widest_uniform_sd(mean), beta)
        for mean, width, beta in product(means, widths, betas)
    ]
    return np.array(rows)


@dataclass(frozen=True)
class Exact:
    """Exact equilibria of populations with one shape of skills in one treatment.

    Attributes:
        theta: Shape (populations, 3), the family's parameters.
        skill: Shape (populations, nodes).
        qre: Their equilibria.
    """

    theta: np.ndarray
    skill: np.ndarray
    qre: ExactQRE

    @property
    def cost(self) -> np.ndarray:
        """Lambda of the nodes, shape (populations, nodes)."""
        return costs_at(self.theta, self.skill)

    @property
    def payoff(self) -> np.ndarray:
        """Mean expected payoff of a population's agents, shape (populations,)."""
        return np.asarray((self.qre.population * self.qre.payoffs).sum(-1))

    @property
    def net_payoff(self) -> np.ndarray:
        """The same minus lambda KL(policy || uniform prior belief)."""
        policy, payoffs = self.qre.policy, self.qre.payoffs[:, None, :]
        log_prior = np.full(policy.shape[-1], -np.log(policy.shape[-1]))
        net = net_payoff(policy, payoffs, self.cost, log_prior)
        return np.asarray((self.qre.weight * net).sum(-1))


def solve_shape(game: StageGame, treatment: str, shape: Shape, moments: np.ndarray) -> Exact:
    """Solve for memoryless agents with a uniform prior belief.

    Args:
        game: The game.
        treatment: Name of the treatment.
        shape: Shape of the skills.
        moments: Shape (populations, 3): mean and standard deviation of the skill, beta.
    """
    theta = shape.theta(moments)
    skill, weight = shape.quadrature(theta)
    actions = game.action_values.numel()
    payoffs = partial(game.expected_payoffs, treatment)
    cost = costs_at(theta, skill)
    qre = solve(cost, weight, payoffs, np.full(actions, -np.log(actions)))
    return Exact(theta, skill, qre)


@dataclass(frozen=True)
class Errors:
    """Total variation between learnt and exact policies, shape (populations,) each.

    Attributes:
        of_agents: Between an agent's policies, averaged over skills.
        of_population: Between the mixtures over all skills.
    """

    of_agents: np.ndarray
    of_population: np.ndarray


def errors(game: StageGame, treatment: str, shape: Shape, policy: Policy, exact: Exact) -> Errors:
    """Compare a learnt policy with the exact equilibria of its shape."""
    population = Population(game, policy, UniformBelief(game.action_values), "none")
    learnt = policy_at_skills(population, treatment, exact.theta, exact.skill, shape.supertypes)
    weight = exact.qre.weight
    of_agents = (total_variation(learnt, exact.qre.policy) * weight).sum(-1)
    mixed = np.einsum("sk,ska->sa", weight, learnt)
    return Errors(of_agents, total_variation(mixed, exact.qre.population))


def learn_shape(
    game: StageGame,
    shape: Shape,
    exact: Mapping[str, Exact],
    settings: LearningSettings,
    report: Callable[[CurvePoint, float], None],
) -> Policy:
    """Train one policy for all populations of a shape.

    Args:
        game: The game.
        shape: Shape of the skills.
        exact: For each treatment the populations to learn, in equilibrium.
        settings: Arguments of the algorithm.
        report: Called regularly with a row of the learning curves and the mean total variation
            between learnt and exact policies of agents.

    Returns:
        The shared policy.
    """
    theta = next(iter(exact.values())).theta

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        rows = torch.randint(len(theta), (number,), generator=generator)
        return shape.supertypes.from_array(theta[rows.numpy()])

    def measure(point: CurvePoint, policy: Policy) -> None:
        if point.iteration % CURVE_STEP == 0 or point.iteration == settings.iterations:
            found = [errors(game, t, shape, policy, each).of_agents for t, each in exact.items()]
            report(point, float(np.mean(found)))

    problem = LearningProblem(game, UniformBelief(game.action_values), "none", draw)
    return learn(problem, settings, measure)
