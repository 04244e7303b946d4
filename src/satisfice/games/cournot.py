"""Cournot oligopoly with fixed markets (Huck, Normann and Oechssler 2004).

Inverse demand is p = max(100 - Q, 0), unit cost is 1, quantities are whole numbers from 0 to
100, and the same n = 2..5 firms meet for 25 rounds. After each round a firm sees its own
quantity, the total quantity and the price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.games.aggregative import AggregativeGame
from satisfice.games.base import Aggregate, Limit, mean_action, total_of

DEMAND_INTERCEPT = 100.0
UNIT_COST = 1.0
LARGEST_QUANTITY = 100


def price(total_quantity: Any) -> Any:
    """Market price in points, of tensors or arrays; the demand curve is cut off at zero."""
    return (DEMAND_INTERCEPT - total_quantity).clip(min=0.0)


def nash_quantity(firms: int) -> float:
    """Quantity of one firm in the Nash equilibrium, not rounded to whole units."""
    return (DEMAND_INTERCEPT - UNIT_COST) / (firms + 1)


def nash_profit(firms: int) -> float:
    """Profit of one firm per round in the Nash equilibrium: the reference payoff."""
    return nash_quantity(firms) ** 2


def relative_profit(own: Any, at_price: Any, firms: int) -> Any:
    """Profit of a firm's quantity at a price, in units of the Nash profit; tensors or arrays."""
    return own * (at_price - UNIT_COST) / nash_profit(firms)


class Cournot(AggregativeGame):
    """The oligopoly; a treatment's name is its number of firms.

    Args:
        firms: Numbers of firms, at least two each; people played with two to five.

    Raises:
        ValueError: A market has fewer than two firms.
    """

    name = "cournot"
    action_unit = "quantity (units per round)"
    rounds = 25
    relative = ("relative_quantity", "mean quantity", "Nash quantities")

    def __init__(self, firms: Sequence[int] = (2, 3, 4, 5)) -> None:
        if min(firms, default=0) < 2:
            raise ValueError("an oligopoly has at least two firms")
        self.treatments: Mapping[str, int] = {str(number): number for number in firms}
        self.action_values = torch.arange(LARGEST_QUANTITY + 1, dtype=torch.float32)
        super().__init__()
        self.aggregates = (
            Aggregate("mean total quantity", self.total_quantity, tolerance=0.01, relative=True),
        )

    def payoff(self, treatment: str, own: Tensor, others: Tensor) -> Tensor:
        paid: Tensor = relative_profit(own, price(own + others), self.treatments[treatment])
        return paid

    def treatment_numbers(self, treatment: str) -> Tensor:
        """The number of firms."""
        return torch.tensor([float(self.treatments[treatment])]).log()

    def equilibrium_action(self, treatment: str) -> float:
        return nash_quantity(self.treatments[treatment])

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        nash = nash_quantity(self.treatments[treatment])
        return (Limit("mean quantity", mean_action, low=0.98 * nash, high=1.02 * nash),)

    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """As for all aggregative games, but computed from the expected price."""
        firms, own = self.treatments[treatment], np.arange(LARGEST_QUANTITY + 1)
        others = total_of(population, firms - 1)
        expected_price = others @ price(own[:, None] + np.arange(others.shape[-1])).T
        return np.asarray(relative_profit(own, expected_price, firms))

    def total_quantity(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Mean total quantity of firms that each draw from a population."""
        return np.asarray(
            self.treatments[treatment] * (population @ np.arange(LARGEST_QUANTITY + 1.0))
        )
