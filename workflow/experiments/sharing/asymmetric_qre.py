"""The asymmetric logit quantal response equilibrium of agents who each have their own policy.

Agent i's policy is q(a) exp(u_i(a) / lambda_i) / Z, where u_i is the expected payoff against the
policies of the other agents. In the symmetric equilibrium of :mod:`satisfice.learning.exact_qre`
all opponents are drawn from one population instead. Neither shares code with the policy networks
or their training.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from satisfice.learning.exact_qre import best_net_payoff, net_payoff, respond

PayoffsOfEach = Callable[[np.ndarray], np.ndarray]
"""Maps the agents' policies (agents, actions) to the expected payoff of each action to each
agent against the others, in units of the reference payoff, of the same shape."""


@dataclass(frozen=True)
class AsymmetricQRE:
    """The solution for one market.

    Attributes:
        policy: Shape (agents, actions), each agent's equilibrium policy.
        residual: Largest change of a probability in a last undamped step: zero at an exact
            fixed point.
    """

    policy: np.ndarray
    residual: float


def solve_asymmetric(
    processing_cost: np.ndarray,
    payoffs_of_each: PayoffsOfEach,
    log_prior: np.ndarray,
    *,
    tolerance: float = 1e-9,
    most_steps: int = 5000,
) -> AsymmetricQRE:
    """Solve for the fixed point by damped simultaneous replies.

    If quantities are substitutes, n agents who all reply at once overshoot in proportion to n, so
    the share of the new reply in each step falls with n.

    Args:
        processing_cost: Shape (agents,), lambda of each agent, above zero.
        payoffs_of_each: The game, for one treatment.
        log_prior: Shape (actions,), log of the prior belief q.
        tolerance: Iteration stops at this residual.
        most_steps: Largest number of steps.

    Returns:
        The equilibrium; its ``residual`` measures how exact it is.
    """
    cost = np.asarray(processing_cost, dtype=np.float64)[:, None]
    damping = 2.0 / (len(cost) + 2.0)
    policy = np.tile(np.exp(log_prior), (len(cost), 1))
    residual = np.inf
    for _ in range(most_steps):
        reply = respond(payoffs_of_each(policy), cost, log_prior)
        residual = float(np.abs(reply - policy).max())
        if residual < tolerance:
            break
        policy = policy + damping * (reply - policy)
    return AsymmetricQRE(policy, residual)


@dataclass(frozen=True)
class Returns:
    """Exact payoffs of policies against one another.

    Attributes:
        payoff: Shape (agents,), expected payoff in units of the reference payoff.
        net: Shape (agents,), payoff - lambda KL(policy || prior belief).
        regret: Shape (agents,), net gain of the best reply to the others.
    """

    payoff: np.ndarray
    net: np.ndarray
    regret: np.ndarray


def returns(
    policy: np.ndarray,
    processing_cost: np.ndarray,
    payoffs_of_each: PayoffsOfEach,
    log_prior: np.ndarray,
) -> Returns:
    """Compute the payoffs of the policies of one market without playing.

    Args:
        policy: Shape (agents, actions).
        processing_cost: Shape (agents,), above zero.
        payoffs_of_each: The game, for one treatment.
        log_prior: Shape (actions,), log of the prior belief q.
    """
    payoffs = payoffs_of_each(policy)
    net = net_payoff(policy, payoffs, processing_cost, log_prior)
    best = best_net_payoff(payoffs, processing_cost, log_prior)
    return Returns((policy * payoffs).sum(-1), net, best - net)
