"""The heterogeneous logit quantal response equilibrium, computed without learning.

With a memoryless population and a state-free prior belief, the KL-regularised shared
equilibrium of a supertype is the fixed point of
pi(a | s) = q(a) exp(u(a) / lambda(s)) / Z,  u = expected payoff against the population's mix,
a logit QRE (McKelvey and Palfrey 1995) with a distribution of precisions. This module shares
no code with the policy network or its training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.special import log_softmax

from satisfice.behaviour.skill import skill_quadrature

ExpectedPayoffs = Callable[[np.ndarray], np.ndarray]
"""Maps a population's action distribution (supertypes, actions) to the expected payoff of
each action, in units of the reference payoff, of the same shape."""


@dataclass(frozen=True)
class ExactQRE:
    """The solution for a batch of supertypes.

    Attributes:
        skill: Shape (supertypes, nodes), quadrature nodes.
        weight: Shape (supertypes, nodes), quadrature weights.
        policy: Shape (supertypes, nodes, actions), equilibrium policy at each node.
        payoffs: Shape (supertypes, actions), expected payoff of each action.
        residual: Shape (supertypes,), largest change of the population's distribution in a
            last undamped step: zero at an exact fixed point.
    """

    skill: np.ndarray
    weight: np.ndarray
    policy: np.ndarray
    payoffs: np.ndarray
    residual: np.ndarray

    @property
    def population(self) -> np.ndarray:
        """Action distribution of the population, shape (supertypes, actions)."""
        return np.asarray(np.einsum("sk,ska->sa", self.weight, self.policy))


def solve(
    theta: np.ndarray,
    expected_payoffs: ExpectedPayoffs,
    actions: int,
    *,
    nodes: int = 64,
    damping: float = 0.1,
    tolerance: float = 1e-8,
    most_steps: int = 5000,
) -> ExactQRE:
    """Solve for the fixed point by damped iteration on the population's distribution.

    Args:
        theta: Shape (supertypes, 3): mu, sigma, beta.
        expected_payoffs: The game, for one treatment.
        actions: Number of actions; the prior belief is uniform over them.
        nodes: Quadrature nodes for the skill.
        damping: Share of the new response in each step.
        tolerance: Largest residual to stop at.
        most_steps: Largest number of steps.

    Returns:
        The equilibrium; its ``residual`` says how exact it is.
    """
    theta = np.asarray(theta, dtype=np.float64)
    skill, weight = skill_quadrature(theta, nodes)
    # A node at skill 1 would divide by zero; the limit is the best response.
    cost = np.maximum(theta[:, 2:3] * (1.0 - skill), 1e-9)[..., None]

    def respond(population: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        payoffs = expected_payoffs(population)
        return payoffs, np.exp(log_softmax(payoffs[:, None, :] / cost, axis=-1))

    population = np.full((len(theta), actions), 1.0 / actions)
    for _ in range(most_steps):
        payoffs, policy = respond(population)
        response = np.einsum("sk,ska->sa", weight, policy)
        residual = np.abs(response - population).max(-1)
        if residual.max() < tolerance:
            break
        population = population + damping * (response - population)
    return ExactQRE(skill, weight, policy, payoffs, residual)
