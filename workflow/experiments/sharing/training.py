"""One shared policy against one policy for each agent: costs and results."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from torch import nn

from experiments.curves import decisions_until
from experiments.sharing.asymmetric_qre import (
    AsymmetricQRE,
    PayoffsOfEach,
    Returns,
    returns,
    solve_asymmetric,
)
from experiments.sharing.fixed_agents import FixedAgents, learn_individually, learn_shared
from experiments.sharing.payoffs import payoffs_of_each
from satisfice.games.cournot import Cournot
from satisfice.learning.exact_qre import total_variation
from satisfice.learning.problem import CurvePoint
from satisfice.learning.settings import LearningSettings
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import Policy

CURVE_STEP = 5
"""Iterations between two measurements of the distance from equilibrium."""

CLOSE = 0.1
"""Mean total variation from the exact equilibrium that counts as close."""

LEARNING: dict[str, Any] = {"learning_rate": 0.0015, "averaging": 0.95, "hidden": 32}
"""Arguments of all trainings: a rate for markets of many agents, an average for short trainings."""


@dataclass(frozen=True)
class Method:
    """A way to train the policies of n agents.

    A market yields n decisions. For a batch of B decisions in an iteration, one shared policy
    needs B / n markets. For a batch of B of its own agent's decisions, each of n individual
    policies needs B markets, which makes n B decisions in all. The two further methods swap the
    amounts of play.

    Attributes:
        learn: Shared or individual training.
        full_markets: Whether an iteration has B markets and not B / n.
    """

    learn: Callable[..., nn.Module]
    full_markets: bool

    def markets(self, decisions: int, agents: int) -> int:
        """Markets in an iteration: B, or B / n rounded to whole ones, at least one."""
        return decisions if self.full_markets else max(1, round(decisions / agents))


METHODS: Mapping[str, Method] = {
    "shared": Method(learn_shared, full_markets=False),
    "individual": Method(learn_individually, full_markets=True),
    "shared_more_play": Method(learn_shared, full_markets=True),
    "individual_less_play": Method(learn_individually, full_markets=False),
}
"""The first two give every policy B decisions in an iteration; each of the others plays as much
as the other one of the first two."""


@dataclass(frozen=True)
class Market:
    """Fixed agents and their exact equilibrium.

    Attributes:
        game: The oligopoly.
        agents: The agents.
        exact: Their equilibrium.
    """

    game: Cournot
    agents: FixedAgents
    exact: AsymmetricQRE

    @classmethod
    def of(cls, number: int, theta: np.ndarray) -> Market:
        """Solve the oligopoly of ``number`` agents of a supertype (mu, sigma, beta)."""
        game = Cournot((number,))
        agents = FixedAgents(game, UniformBelief(game.action_values), theta)
        return cls(game, agents, solve_asymmetric(*_decision(game, agents)))

    def returns(self, policies: np.ndarray) -> Returns:
        """Payoffs of policies of shape (agents, actions) against one another."""
        return returns(policies, *_decision(self.game, self.agents))

    def distances(self, policy: Policy) -> np.ndarray:
        """Total variation between each agent's policy and its equilibrium, shape (agents,)."""
        learnt = self.agents.policies(policy)
        return total_variation(learnt, self.exact.policy)


def _decision(game: Cournot, agents: FixedAgents) -> tuple[np.ndarray, PayoffsOfEach, np.ndarray]:
    """Inputs of the exact solver: processing costs, payoffs and the log prior belief."""
    actions = game.action_values.numel()
    return agents.processing_cost, payoffs_of_each, np.full(actions, -np.log(actions))


def train_once(
    market: Market, method: Method, decisions: int, iterations: int, seed: int
) -> dict[str, float]:
    """Train with one seed, and measure costs and results.

    Args:
        market: The market.
        method: The way to train.
        decisions: The batch B.
        iterations: Iterations of the training.
        seed: Seed of the training.

    Returns:
        One number for each column of the table.
    """
    agents = market.agents
    markets = method.markets(decisions, agents.number)
    watch = Watch(market)
    settings = LearningSettings(**LEARNING, iterations=iterations, markets=markets, seed=seed)
    policy = method.learn(agents, settings, watch)
    watch.stop()
    earned = market.returns(agents.policies(policy))
    distances = market.distances(policy)
    policies = 1 if method.learn is learn_shared else agents.number
    return {
        "policies": policies,
        "parameters": sum(weight.numel() for weight in policy.parameters()),
        "markets_per_iteration": markets,
        "decisions_per_iteration": markets * agents.number,
        "decisions_per_policy_and_iteration": markets * agents.number // policies,
        "decisions": watch.decisions,
        "cpu_seconds": watch.seconds,
        "exact_net_return": float(market.returns(market.exact.policy).net.mean()),
        "net_return": float(earned.net.mean()),
        "regret": float(earned.regret.mean()),
        "total_variation": float(distances.mean()),
        "largest_total_variation": float(distances.max()),
        "decisions_until_close": decisions_until(watch.curve, CLOSE),
    }


class Watch:
    """Measures a training's distance from equilibrium and its processor time.

    Processor time does not depend on other jobs. The time for measuring is left out, and so is the
    first iteration, in which libraries initialise.
    """

    def __init__(self, market: Market) -> None:
        self.market = market
        self.curve: list[tuple[int, float]] = []
        self.decisions = 0
        self.seconds = 0.0
        self.resumed: float | None = None

    def __call__(self, point: CurvePoint, policy: Policy) -> None:
        """Record an iteration."""
        self.stop()
        self.decisions = point.decisions
        if point.iteration % CURVE_STEP == 0:
            distance = float(self.market.distances(policy).mean())
            self.curve.append((point.decisions, distance))
        self.resumed = time.process_time()

    def stop(self) -> None:
        """Add the time since the last record."""
        if self.resumed is not None:
            self.seconds += time.process_time() - self.resumed
