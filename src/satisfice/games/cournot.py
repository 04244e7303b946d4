"""Cournot oligopoly with fixed markets (Huck, Normann and Oechssler 2004).

Inverse demand is p = max(100 - Q, 0), unit cost is 1, quantities are whole numbers from 0 to
100, and the same n = 2..5 firms meet for 25 rounds. After each round a firm sees its own
quantity, the total quantity and the price.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from satisfice.games.aggregative import AggregativeGame
from satisfice.games.base import Aggregate, Limit, Play, mean_action, whole_power
from satisfice.games.panel_statistics import mean_path, panel_statistics

DEMAND_INTERCEPT = 100.0
UNIT_COST = 1.0
LARGEST_QUANTITY = 100


def price(total_quantity: Tensor) -> Tensor:
    """Market price in points; the demand curve is cut off at zero."""
    return torch.clamp(DEMAND_INTERCEPT - total_quantity, min=0.0)


def nash_quantity(firms: int) -> float:
    """Quantity of one firm in the Nash equilibrium, not rounded to whole units."""
    return (DEMAND_INTERCEPT - UNIT_COST) / (firms + 1)


def joint_profit_quantity(firms: int) -> float:
    """Quantity of one firm when the firms together maximise their profit."""
    return (DEMAND_INTERCEPT - UNIT_COST) / (2 * firms)


def competitive_quantity(firms: int) -> float:
    """Quantity of one firm when price equals unit cost."""
    return (DEMAND_INTERCEPT - UNIT_COST) / firms


def nash_profit(firms: int) -> float:
    """Profit of one firm per round in the Nash equilibrium: the reference payoff."""
    return nash_quantity(firms) ** 2


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

    def __init__(self, firms: Sequence[int] = (2, 3, 4, 5)) -> None:
        if min(firms, default=0) < 2:
            raise ValueError("an oligopoly has at least two firms")
        self.treatments: Mapping[str, int] = {str(number): number for number in firms}
        self.action_values = torch.arange(LARGEST_QUANTITY + 1, dtype=torch.float32)
        super().__init__()
        # All computed on quantities in units of the Nash quantity.
        self.statistics = panel_statistics(self.rounds, "relative_quantity")
        self.statistic_units = {
            name: unit.replace("typical actions", "Nash quantities")
            for name, unit in self.statistic_units.items()
        }
        self.paths = (
            mean_path(self.rounds, "relative_quantity", "mean quantity", "Nash quantities"),
        )
        self.aggregates = (
            Aggregate("mean total quantity", self.total_quantity, tolerance=0.01, relative=True),
        )

    def payoff(self, treatment: str, own: Tensor, others: Tensor) -> Tensor:
        margin = price(own + others) - UNIT_COST
        return own * margin / nash_profit(self.treatments[treatment])

    def equilibrium_action(self, treatment: str) -> float:
        return nash_quantity(self.treatments[treatment])

    def record(self, play: Play, treatment: str) -> dict[str, np.ndarray]:
        nash = nash_quantity(self.treatments[treatment])
        return {**play, "relative_quantity": play["action"] / nash}

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        nash = nash_quantity(self.treatments[treatment])
        return (Limit("mean quantity", mean_action, low=0.98 * nash, high=1.02 * nash),)

    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Exact expected payoff of each quantity against independent draws of the others.

        The others' total follows the (n - 1)-fold convolution of the population's
        distribution, so the integer grid and the price floor are treated exactly.

        Args:
            treatment: Name of the treatment.
            population: Shape (..., actions), distribution of one other firm's quantity.

        Returns:
            Shape (..., actions), in units of the reference payoff, float64.
        """
        firms = self.treatments[treatment]
        others = firms - 1
        totals = np.arange(others * LARGEST_QUANTITY + 1)
        spectrum = np.fft.rfft(population, n=2 ** int(np.ceil(np.log2(totals.size))), axis=-1)
        density = np.fft.irfft(whole_power(spectrum, others), axis=-1)[..., : totals.size]
        own = np.arange(LARGEST_QUANTITY + 1)
        residual = np.maximum(DEMAND_INTERCEPT - own[:, None] - totals[None, :], 0.0)
        expected_price = density @ residual.T
        return np.asarray(own * (expected_price - UNIT_COST) / nash_profit(firms))

    def expected_payoffs_of_each(self, treatment: str, policies: np.ndarray) -> np.ndarray:
        """Exact expected payoff of each quantity to each firm, when every firm has its own policy.

        A firm meets the convolution of the others' distributions, its own left out. Totals at
        which the price is zero are not told apart.

        Args:
            treatment: Name of the treatment.
            policies: Shape (firms, actions), each firm's distribution of quantities.

        Returns:
            Shape (firms, actions), in units of the reference payoff, float64.
        """
        nobody = np.eye(1, LARGEST_QUANTITY + 1)[0]
        before = list(accumulate(policies[:-1], _total_of_both, initial=nobody))
        after = list(accumulate(policies[:0:-1], _total_of_both, initial=nobody))[::-1]
        others = np.stack([_total_of_both(*each) for each in zip(before, after, strict=True)])
        own = np.arange(LARGEST_QUANTITY + 1)
        residual = np.maximum(DEMAND_INTERCEPT - own[:, None] - own[None, :], 0.0)
        profit = own * (others @ residual.T - UNIT_COST)
        return np.asarray(profit / nash_profit(self.treatments[treatment]))

    def total_quantity(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Mean total quantity of firms that each draw from a population."""
        return np.asarray(
            self.treatments[treatment] * (population @ np.arange(LARGEST_QUANTITY + 1.0))
        )


def _total_of_both(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Distribution of the sum of two quantities, without what exceeds the largest quantity."""
    return np.convolve(one, other)[: LARGEST_QUANTITY + 1]
