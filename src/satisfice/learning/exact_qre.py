"""The heterogeneous logit quantal response equilibrium, computed without learning.

With a memoryless population and a state-free prior belief, the KL-regularised shared
equilibrium of a supertype is the fixed point of
pi(a | s) = q(a) exp(u(a) / lambda(s)) / Z,  u = expected payoff against the population's mix,
a logit QRE (McKelvey and Palfrey 1995) with a distribution of precisions. With a uniform prior
belief q it is the usual one. This module shares no code with the policy network or its training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import logsumexp, rel_entr

from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_SPACE, costs_at, skill_quadrature

ExpectedPayoffs = Callable[[np.ndarray], np.ndarray]
"""Maps a population's action distribution (supertypes, actions) to the expected payoff of
each action, in units of the reference payoff, of the same shape."""


SMALLEST_COST = 1e-9
"""Processing cost that is used in place of zero."""


@dataclass(frozen=True)
class ExactQRE:
    """The solution for a batch of populations.

    Attributes:
        weight: Shape (populations, kinds), share of each kind of agent.
        policy: Shape (populations, kinds, actions), equilibrium policy of each kind.
        payoffs: Shape (populations, actions), expected payoff of each action.
        residual: Shape (populations,), largest change of the population's distribution in a
            last undamped step: zero at an exact fixed point.
    """

    weight: np.ndarray
    policy: np.ndarray
    payoffs: np.ndarray
    residual: np.ndarray

    @property
    def population(self) -> np.ndarray:
        """Action distribution of the population, shape (populations, actions)."""
        return np.asarray(np.einsum("sk,ska->sa", self.weight, self.policy))


def solve(
    processing_cost: np.ndarray,
    weight: np.ndarray,
    expected_payoffs: ExpectedPayoffs,
    log_prior: np.ndarray,
    *,
    damping: float = 0.1,
    tolerance: float = 1e-8,
    most_steps: int = 5000,
) -> ExactQRE:
    """Solve for the fixed point by damped iteration on the population's distribution.

    Costs lambda and weights of the kinds of agents have the shape (populations, kinds); weights sum
    to one. For a continuous distribution of skills they are those of a quadrature. The log of the
    prior belief q has the shape (actions,) if it is the same for all, (populations, 1, actions) if
    it is the same for all kinds of a population, or (populations, kinds, actions). Iteration stops
    at a residual of ``tolerance``.
    """
    # Lambda = 0 would divide by zero; the limit is the best response.
    cost = np.maximum(np.asarray(processing_cost, dtype=np.float64), SMALLEST_COST)[..., None]
    *kinds, actions = np.shape(log_prior)[-2:]
    log_prior = np.broadcast_to(log_prior, (len(cost), *(kinds or [1]), actions))
    believed = np.exp(log_prior)
    if believed.shape[1] == 1:
        population = believed[:, 0]
    else:
        population = np.einsum("sk,ska->sa", weight, believed)
    residual, moving = np.full(len(cost), np.inf), np.arange(len(cost))
    for _ in range(most_steps):
        # Converged populations are left out: most need few steps, some need many.
        here = population[moving]
        policy = respond(expected_payoffs(here)[:, None, :], cost[moving], log_prior[moving])
        response = np.einsum("sk,ska->sa", weight[moving], policy)
        residual[moving] = np.abs(response - here).max(-1)
        settled = residual[moving] < tolerance
        step = np.where(settled, 0.0, damping)[:, None]
        population[moving] = here + step * (response - here)
        moving = moving[~settled]
        if not moving.size:
            break
    payoffs = expected_payoffs(population)
    policy = respond(payoffs[:, None, :], cost, log_prior)
    return ExactQRE(weight, policy, payoffs, residual)


def solve_supertypes(
    theta: np.ndarray,
    expected_payoffs: ExpectedPayoffs,
    log_prior: np.ndarray,
    *,
    space: ParameterSpace = SKILL_SPACE,
    nodes: int = 64,
    **arguments: Any,
) -> tuple[np.ndarray, ExactQRE]:
    """Solve for supertypes with Gaussian skills; see :func:`solve`.

    The kinds of agents are the nodes of :func:`skill_quadrature`, whose skills, shape (supertypes,
    nodes), are returned with the equilibrium.
    """
    skill, weight = skill_quadrature(theta, nodes, space)
    cost = costs_at(theta, skill, space)
    return skill, solve(cost, weight, expected_payoffs, log_prior, **arguments)


def respond(payoffs: np.ndarray, cost: np.ndarray, log_prior: np.ndarray) -> np.ndarray:
    """The optimum of payoff - cost KL(policy || prior belief) in one shot: q exp(u / cost) / Z.

    Shapes are (..., actions); the cost, above zero, has the shape (..., 1).
    """
    # In place and with one exponential, as the solver spends nearly all its time here.
    odds = np.asarray(log_prior + payoffs / cost)
    odds -= odds.max(-1, keepdims=True)
    np.exp(odds, out=odds)
    odds /= odds.sum(-1, keepdims=True)
    return odds


def net_payoff(
    policy: np.ndarray, payoffs: np.ndarray, cost: np.ndarray, log_prior: np.ndarray
) -> np.ndarray:
    """Net payoff in one shot: mean payoff - cost KL(policy || prior belief), shape (...).

    Shapes are (..., actions); the cost has the shape (...).
    """
    divergence = rel_entr(policy, np.exp(log_prior)).sum(-1)
    return np.asarray((policy * payoffs).sum(-1) - cost * divergence)


def best_net_payoff(payoffs: np.ndarray, cost: np.ndarray, log_prior: np.ndarray) -> np.ndarray:
    """Net payoff of :func:`respond`, the largest of any policy; shapes as in :func:`net_payoff`."""
    return np.asarray(cost * logsumexp(log_prior + payoffs / cost[..., None], axis=-1))


def total_variation(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Total variation between distributions of shape (..., actions), shape (...)."""
    return np.asarray(0.5 * np.abs(one - other).sum(-1))
