"""Cournot oligopoly with fixed markets (Huck, Normann and Oechssler 2004).

Inverse demand is p = max(100 - Q, 0), unit cost is 1, quantities are whole numbers from 0 to
100, and the same n = 2..5 firms meet for 25 rounds. After each round a firm sees its own
quantity, the total quantity and the price.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate

import numpy as np
import torch
from torch import Tensor

from satisfice.games import panel_statistics as panel
from satisfice.games.base import (
    NO_ACTION_YET,
    NO_SHOCKS,
    Aggregate,
    Limit,
    Observation,
    Play,
    Rule,
    StageGame,
    Statistic,
    StylisedFact,
    mean_action,
    mix_between_neighbours,
    whole_power,
)

DEMAND_INTERCEPT = 100.0
UNIT_COST = 1.0
LARGEST_QUANTITY = 100
INERTIA = 0.5
"""Probability that a firm of the best-reply process stays with its quantity; our choice."""

PanelStatistic = Callable[..., np.ndarray]
"""A function of a panel of decisions; see :mod:`satisfice.games.panel_statistics`."""


@dataclass(frozen=True)
class CournotState:
    """Quantities of the last round.

    Attributes:
        previous: Shape (markets, firms), the last quantities, which are their own indices on the
            grid, or NO_ACTION_YET.
        round: Number of rounds already played.
    """

    previous: Tensor
    round: int


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


class Cournot(StageGame):
    """The oligopoly; a treatment's name is its number of firms.

    Args:
        firms: Numbers of firms, at least two each; people played with two to five.

    Raises:
        ValueError: A market has fewer than two firms.
    """

    name = "cournot"
    action_unit = "quantity (units per round)"
    rounds = 25
    information: Mapping[str, tuple[str, ...]] = {
        "none": (),
        "round": ("rounds_left",),
        "market": ("rounds_left", "started", "others_quantity"),
    }

    def __init__(self, firms: Sequence[int] = (2, 3, 4, 5)) -> None:
        if min(firms, default=0) < 2:
            raise ValueError("an oligopoly has at least two firms")
        self.treatments: Mapping[str, int] = {str(number): number for number in firms}
        self.action_values = torch.arange(LARGEST_QUANTITY + 1, dtype=torch.float32)
        self.statistics = _statistics()
        self.statistic_units = {
            **dict.fromkeys(self.statistics, "Nash quantities"),
            "share_changed": "share",
            "lag_one_autocorrelation": "correlation",
        }
        self.stylised_facts: Mapping[str, StylisedFact] = {}
        self.rules: Mapping[str, Rule] = {
            "equilibrium": self.play_nash,
            "best_reply": self.play_best_reply,
        }
        self.aggregates = (
            Aggregate("mean total quantity", self.total_quantity, tolerance=0.01, relative=True),
        )

    def treatment_features(self, treatment: str) -> Tensor:
        firms = self.treatments[treatment]
        one_hot = [float(firms == other) for other in self.treatments.values()]
        return torch.tensor([*one_hot, firms / 5.0])

    def start(self, treatment: str, markets: int) -> CournotState:
        shape = (markets, self.treatments[treatment])
        return CournotState(torch.full(shape, NO_ACTION_YET), 0)

    def observe(self, treatment: str, state: CournotState, information: str) -> Observation:
        firms = self.treatments[treatment]
        quantity = torch.clamp(state.previous, min=0).float()
        others = quantity.sum(-1, keepdim=True) - quantity
        started = (state.previous != NO_ACTION_YET).float()
        columns = {
            "started": started,
            "rounds_left": torch.full_like(quantity, 1.0 - state.round / self.rounds),
            "others_quantity": started * (others / ((firms - 1) * nash_quantity(firms)) - 1.0),
        }
        chosen = [columns[name] for name in self.information[information]]
        features = torch.stack(chosen, -1) if chosen else quantity.new_empty((*quantity.shape, 0))
        # Whoever repeats the last quantity follows the rule of thumb of this game.
        return Observation(features, state.previous, torch.where(started > 0, quantity, torch.nan))

    def step(
        self, treatment: str, state: CournotState, actions: Tensor, shocks: Tensor = NO_SHOCKS
    ) -> tuple[CournotState, Tensor]:
        _, payoff = self.advance(treatment, state, self.action_values[actions], shocks)
        return CournotState(actions, state.round + 1), payoff

    def advance(
        self, treatment: str, state: CournotState, amounts: Tensor, shocks: Tensor = NO_SHOCKS
    ) -> tuple[CournotState, Tensor]:
        margin = price(amounts.sum(-1, keepdim=True)) - UNIT_COST
        payoff = amounts * margin / nash_profit(self.treatments[treatment])
        # A quantity is its own index on the grid.
        return CournotState(amounts, state.round + 1), payoff

    def foregone_payoffs(
        self, treatment: str, state: CournotState, actions: Tensor, shocks: Tensor = NO_SHOCKS
    ) -> Tensor:
        firms = self.treatments[treatment]
        quantity = self.action_values[actions]
        others = quantity.sum(-1, keepdim=True) - quantity
        own = self.action_values
        margin = price(own + others.unsqueeze(-1)) - UNIT_COST
        return own * margin / nash_profit(firms)

    def equilibrium_action(self, treatment: str) -> float:
        return nash_quantity(self.treatments[treatment])

    def record(self, play: Play, treatment: str) -> dict[str, np.ndarray]:
        nash = nash_quantity(self.treatments[treatment])
        return {**play, "relative_quantity": play["action"] / nash}

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        nash = nash_quantity(self.treatments[treatment])
        return (Limit("mean quantity", mean_action, low=0.98 * nash, high=1.02 * nash),)

    def play_nash(self, treatment: str, state: CournotState, uniforms: Tensor) -> Tensor:
        """Nash play, mixing between the two whole quantities beside it."""
        wanted = torch.full_like(uniforms, self.equilibrium_action(treatment))
        return mix_between_neighbours(self.action_values, wanted, uniforms)

    def play_best_reply(self, treatment: str, state: CournotState, uniforms: Tensor) -> Tensor:
        """Reply to what the others did in the last round, or stay (Cournot 1838).

        Each firm moves in half of the rounds, at random: with such inertia the process settles
        for any number of firms (Huck, Normann and Oechssler 2002), and is a better rival for it.
        A firm starts anywhere below twice the Nash quantity.
        """
        if state.round == 0:
            return (uniforms * 2 * self.equilibrium_action(treatment)).round().long()
        others = state.previous.sum(-1, keepdim=True) - state.previous
        reply = ((DEMAND_INTERCEPT - UNIT_COST - others) / 2).clamp(min=0.0)
        moves = uniforms >= INERTIA
        # What the draw says beyond whether the firm moves is as good as a new draw.
        fresh = torch.where(moves, (uniforms - INERTIA) / (1 - INERTIA), 0.0)
        return torch.where(
            moves, mix_between_neighbours(self.action_values, reply, fresh), state.previous
        )

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


def _statistics() -> dict[str, Statistic]:
    """The ten statistics, all computed on quantities in units of the Nash quantity."""

    def of_quantity(function: PanelStatistic, **rounds: int) -> Statistic:
        return partial(_apply, partial(function, **rounds))

    return {
        "mean_rounds_1_8": of_quantity(panel.mean_level, first_round=1, last_round=8),
        "mean_rounds_9_16": of_quantity(panel.mean_level, first_round=9, last_round=16),
        "mean_rounds_17_25": of_quantity(panel.mean_level, first_round=17, last_round=25),
        "pooled_sd": of_quantity(panel.pooled_sd),
        "sd_between_agents": of_quantity(panel.sd_between_agents),
        "median_sd_within_agent": of_quantity(panel.median_sd_within_agent),
        "sd_between_markets": of_quantity(panel.sd_between_markets, first_round=17, last_round=25),
        "lag_one_autocorrelation": of_quantity(panel.lag_one_autocorrelation),
        "share_changed": of_quantity(panel.share_changed),
        "mean_absolute_change": of_quantity(panel.mean_absolute_change),
    }


def _apply(function: PanelStatistic, play: Mapping[str, np.ndarray]) -> np.ndarray:
    return function(play["relative_quantity"])
