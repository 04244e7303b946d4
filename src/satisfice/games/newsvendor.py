"""The newsvendor: the smallest game, with one agent and one decision.

A newsvendor orders before demand is known, sells up to demand and throws the rest away. The
design is Schweitzer and Cachon's (2000, experiment 1): demand is uniform on 1, 2, ..., 300, the
price is 12, and a unit costs 3 in the treatment ``high_margin`` and 9 in ``low_margin``. The order
that maximises expected profit is the critical fractile of demand, 225 or 75. People's orders are
nearer to mean demand, which is the rule of thumb of this game.

Agents do not interact and rounds are independent, so bounded play has a closed form.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import (
    Aggregate,
    Limit,
    Observation,
    Play,
    StageGame,
    Statistic,
    StylisedFact,
    join_features,
    mean_action,
)

LARGEST_DEMAND = 300
MEAN_DEMAND = (1 + LARGEST_DEMAND) / 2
PRICE = 12.0
UNIT_COSTS = {"high_margin": 3.0, "low_margin": 9.0}
ORDER_STEP = 5
"""Resolution of orders. The grid has 101 orders, as many actions as Cournot, and includes both
critical fractiles, so that no optimum lies between two orders."""

DEALING_STRIDE = 38
"""Steps of the grid between yesterday's orders in one market and the next: about the golden section
of 101, and coprime to it. So a few markets spread over the grid, and 101 cover it."""


@dataclass(frozen=True)
class NewsvendorState:
    """Yesterday.

    Attributes:
        previous: Shape (markets, 1), indices of yesterday's orders.
    """

    previous: Tensor


def demand(shocks: Tensor) -> Tensor:
    """Demand from uniform numbers, in units."""
    return torch.floor(shocks * LARGEST_DEMAND).clamp(max=LARGEST_DEMAND - 1) + 1


def profit(order: Any, sales: Any, unit_cost: float) -> Any:
    """Profit, in money, of tensors or arrays; unsold units are worth nothing."""
    return PRICE * sales - unit_cost * order


def expected_profit(order: np.ndarray, unit_cost: float) -> np.ndarray:
    """Mean profit over demand, in money, for whole orders from 0 to the largest demand.

    Mean sales are the sum over k = 1..order of the chance that the k-th unit is sold,
    (301 - k) / 300.
    """
    sales = order - order * (order - 1) / (2 * LARGEST_DEMAND)
    return np.asarray(profit(order, sales, unit_cost))


def critical_fractile_order(unit_cost: float) -> int:
    """Smallest order at which demand is met with probability (price - cost) / price."""
    return math.ceil(LARGEST_DEMAND * (PRICE - unit_cost) / PRICE)


def optimal_profit(treatment: str) -> float:
    """Largest expected profit, in money: the reference payoff."""
    unit_cost = UNIT_COSTS[treatment]
    return float(expected_profit(np.array(critical_fractile_order(unit_cost)), unit_cost))


def relative_profit(treatment: str, order: Tensor, shocks: Tensor) -> Tensor:
    """Profit of a day in units of the reference payoff; orders and shocks broadcast."""
    sales = torch.minimum(order, demand(shocks))
    earned: Tensor = profit(order, sales, UNIT_COSTS[treatment])
    return earned / optimal_profit(treatment)


class Newsvendor(StageGame):
    """One newsvendor in each market, who orders once."""

    name = "newsvendor"
    action_unit = "order (units)"
    rounds = 1
    shocks = 1
    treatments: Mapping[str, int] = dict.fromkeys(UNIT_COSTS, 1)
    information: Mapping[str, tuple[str, ...]] = {"none": (), "yesterday": ("yesterdays_order",)}

    def __init__(self) -> None:
        self.action_values = torch.arange(0, LARGEST_DEMAND + 1, ORDER_STEP, dtype=torch.float32)
        self.statistics: Mapping[str, Statistic] = {"mean_order": mean_order}
        self.statistic_units = {"mean_order": "units"}
        self.stylised_facts: Mapping[str, StylisedFact] = {}
        self.aggregates = (
            Aggregate("mean order", self.order_of_population, tolerance=0.01, relative=True),
        )

    def treatment_features(self, treatment: str) -> Tensor:
        return torch.tensor([float(treatment == other) for other in self.treatments])

    def start(self, treatment: str, markets: int) -> NewsvendorState:
        """Spread yesterday's orders evenly over the grid; 101 markets have all orders."""
        dealt = torch.arange(markets) * DEALING_STRIDE % len(self.action_values)
        return NewsvendorState(dealt.unsqueeze(1))

    def observe(self, treatment: str, state: NewsvendorState, information: str) -> Observation:
        yesterday = state.previous * float(ORDER_STEP)
        columns = {"yesterdays_order": 2.0 * yesterday / LARGEST_DEMAND - 1.0}
        features = join_features(columns, self.information[information], yesterday)
        return Observation(features, state.previous, torch.full_like(yesterday, MEAN_DEMAND))

    def advance(
        self, treatment: str, state: NewsvendorState, amounts: Tensor, shocks: Tensor
    ) -> tuple[NewsvendorState, Tensor]:
        return NewsvendorState(amounts / ORDER_STEP), relative_profit(treatment, amounts, shocks)

    def follow(
        self,
        treatment: str,
        state: NewsvendorState,
        actions: Tensor,
        recorded: Mapping[str, Tensor],
    ) -> NewsvendorState:
        return NewsvendorState(actions)  # Demand does not change the state.

    def foregone_payoffs(
        self, treatment: str, state: NewsvendorState, actions: Tensor, shocks: Tensor
    ) -> Tensor:
        return relative_profit(treatment, self.action_values, shocks.unsqueeze(-1))

    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Exact mean payoff of each order over demand, the same against any population."""
        orders = np.arange(0.0, LARGEST_DEMAND + 1, ORDER_STEP)
        payoffs = expected_profit(orders, UNIT_COSTS[treatment]) / optimal_profit(treatment)
        return np.broadcast_to(payoffs, population.shape)

    def equilibrium_action(self, treatment: str) -> float:
        """The critical fractile."""
        return float(critical_fractile_order(UNIT_COSTS[treatment]))

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        best = self.equilibrium_action(treatment)
        return (Limit("mean order", mean_action, low=0.98 * best, high=1.02 * best),)

    def order_of_population(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Mean order of a population's distribution, in units."""
        return np.asarray(population @ np.arange(0.0, LARGEST_DEMAND + 1, ORDER_STEP))


def mean_order(play: Play) -> np.ndarray:
    """Mean order over markets and days, in units."""
    return np.asarray(play["action"].mean(axis=(-3, -2, -1)))
