"""The newsvendor: one agent who orders before demand is known.

The experiment is that of Villa, Castañeda and Urrea: a unit costs 3 and sells at 12, demand is
uniform on 1, 2, ..., 100 and new in every period, and the same person orders for 30 periods. In the
treatment ``classic`` sales are lost when demand exceeds the order. In ``expedite_k`` what is
missing is bought at k apiece and sold too. After each period the newsvendor sees the demand.

Both kinds have one profit: price D - cost Q - shortage cost max(D - Q, 0), where a missing unit
costs the lost price or the price of expediting. Nobody else matters and periods are independent, so
bounded play has a closed form.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.games.base import (
    NO_ACTION_YET,
    Aggregate,
    Game,
    Limit,
    Observation,
    Play,
    StageGame,
    Statistic,
    StylisedFact,
    join_features,
)
from satisfice.games.newsvendor_statistics import (
    SPREADS,
    mean_order_path,
    order_statistics,
    orders_rise,
    pulled_to_centre,
    units_of_orders,
)
from satisfice.games.shown_paths import ShownPath


@dataclass(frozen=True)
class Design:
    """The rules of one treatment; money in the experiment's units.

    Attributes:
        price: What a unit sells at.
        unit_cost: What an ordered unit costs.
        expediting_cost: What a missing unit costs that is bought at once and sold; None if the
            sale is lost.
        largest_demand: Demand is uniform on the whole numbers from 1 to this.
    """

    price: float = 12.0
    unit_cost: float = 3.0
    expediting_cost: float | None = None
    largest_demand: int = 100

    @property
    def shortage_cost(self) -> float:
        """What a missing unit costs: the lost price, or the price of expediting."""
        return self.price if self.expediting_cost is None else self.expediting_cost

    @property
    def mean_demand(self) -> float:
        """Mean demand, in units."""
        return (1 + self.largest_demand) / 2

    @property
    def best_order(self) -> int:
        """Smallest order that earns most: the critical fractile of demand.

        It covers demand with probability (shortage cost - unit cost) / shortage cost.
        """
        fractile = (self.shortage_cost - self.unit_cost) / self.shortage_cost
        # Rounded, because 0.29 times 100 is a little more than 29.
        return max(0, math.ceil(round(self.largest_demand * fractile, 9)))

    @cached_property
    def largest_profit(self) -> float:
        """Largest expected profit, in money: the reference payoff."""
        return float(self.expected_profit(np.array(float(self.best_order))))

    def profit(self, order: Any, demand: Any) -> Any:
        """Profit of a period, in money, of tensors or arrays that broadcast."""
        return profit_at((self.price, self.unit_cost, self.shortage_cost), order, demand)

    def expected_profit(self, order: np.ndarray) -> np.ndarray:
        """Mean profit over demand, in money, for whole orders from 0 to the largest demand.

        With m = L - Q possible shortages 1, ..., m, the mean shortage is m (m + 1) / (2 L).
        """
        most = self.largest_demand - order
        missing = most * (most + 1) / (2 * self.largest_demand)
        sold = self.price * self.mean_demand
        return np.asarray(sold - self.unit_cost * order - self.shortage_cost * missing)


def profit_at(money: Any, order: Any, demand: Any) -> Any:
    """Profit at a price, a unit cost and a shortage cost; tensors or arrays that broadcast."""
    price, unit_cost, shortage_cost = money
    return price * demand - unit_cost * order - shortage_cost * (demand - order).clip(min=0.0)


DESIGNS: Mapping[str, Design] = {
    "classic": Design(),
    **{f"expedite_{cost}": Design(expediting_cost=cost) for cost in (3, 4, 6, 12, 18, 30)},
}
"""The treatments of the experiment."""


@dataclass(frozen=True)
class NewsvendorState:
    """The last period.

    Attributes:
        previous: Shape (markets, 1), indices of the last orders, which may be fractions, or
            NO_ACTION_YET.
        demand: Shape (markets, 1), the last demand in units, or NaN.
        round: Number of periods already played.
    """

    previous: Tensor
    demand: Tensor
    round: int


class Newsvendor(StageGame):
    """One newsvendor in each market; orders are whole numbers up to the largest demand.

    Args:
        designs: The treatments by name.

    Raises:
        ValueError: There is no design, or demand differs between designs.
    """

    name = "newsvendor"
    action_unit = "order (units)"
    rounds = 30
    shocks = 1
    information: Mapping[str, tuple[str, ...]] = {
        "none": (),
        "round": ("end_nears",),
        "demand": ("last_demand",),
        "yesterday": ("end_nears", "started", "last_order", "last_demand"),
    }
    recorded = ("action", "demand")
    spreads = SPREADS
    # Nobody moves demand, so the outcome of all actions is given.
    price_taking = True
    constant_anchor = True

    def __init__(self, designs: Mapping[str, Design] = DESIGNS) -> None:
        if len({design.largest_demand for design in designs.values()}) != 1:
            raise ValueError("all newsvendors have the same demand")
        self.designs = designs
        self.treatments: Mapping[str, int] = dict.fromkeys(designs, 1)
        one = next(iter(designs.values()))
        self.largest_demand, self.mean_demand = one.largest_demand, one.mean_demand
        self.action_values = torch.arange(self.largest_demand + 1, dtype=torch.float32)
        self.statistics: Mapping[str, Statistic] = order_statistics(self.rounds)
        self.statistic_units = units_of_orders(self.statistics)
        best = {name: float(design.best_order) for name, design in designs.items()}
        self.stylised_facts: Mapping[str, StylisedFact] = {
            "mean orders are nearer to the mean demand than the best orders (pull to centre)": (
                partial(pulled_to_centre, best=best, centre=self.mean_demand)
            ),
            "mean orders rise with the cost of a missing unit": partial(
                orders_rise,
                cost={
                    name: design.shortage_cost
                    for name, design in designs.items()
                    if design.expediting_cost is not None
                },
            ),
        }
        self.paths: tuple[ShownPath, ...] = (mean_order_path(self.rounds),)
        self.aggregates = (
            Aggregate("mean order", self.order_of_population, tolerance=0.5, relative=False),
        )

    def side_by_side(self, markets: int) -> Game | None:
        return AllDesigns(self, markets)

    def treatment_numbers(self, treatment: str) -> Tensor:
        """Price and shortage cost, in unit costs."""
        design = self.designs[treatment]
        return torch.tensor([design.price, design.shortage_cost]).div(design.unit_cost).log()

    def start(self, treatment: str, markets: int) -> NewsvendorState:
        nothing = torch.full((markets, 1), NO_ACTION_YET)
        return NewsvendorState(nothing, torch.full((markets, 1), torch.nan), 0)

    def observe(self, treatment: str, state: NewsvendorState, information: str) -> Observation:
        """See :meth:`Game.observe`.

        The rule of thumb is the mean demand, and the last demand for those who see it.
        """
        last = state.demand
        started = (state.previous != NO_ACTION_YET).float()
        columns = {
            # A habit pays in later periods, of which only the last few differ much.
            "end_nears": torch.full_like(last, 1.0 / max(1, self.rounds - state.round)),
            "started": started,
            "last_order": started * self._scaled(state.previous.float()),
            "last_demand": torch.nan_to_num(self._scaled(last), nan=0.0),
        }
        told = self.information[information]
        features = join_features(columns, told, last)
        seen = last if "last_demand" in told else torch.full_like(last, torch.nan)
        anchor = torch.nan_to_num(seen, nan=self.mean_demand)
        return Observation(features, state.previous, anchor)

    def next_state(
        self, treatment: str, state: NewsvendorState, actions: Tensor, shocks: Tensor
    ) -> NewsvendorState:
        return NewsvendorState(actions, self.demand(shocks), state.round + 1)

    def follow(
        self,
        treatment: str,
        state: NewsvendorState,
        actions: Tensor,
        recorded: Mapping[str, Tensor],
    ) -> NewsvendorState:
        return NewsvendorState(actions, recorded["demand"], state.round + 1)

    def advance(
        self, treatment: str, state: NewsvendorState, amounts: Tensor, shocks: Tensor
    ) -> tuple[NewsvendorState, Tensor]:
        demand = self.demand(shocks)
        after = NewsvendorState(amounts, demand, state.round + 1)
        return after, self.relative_profit(treatment, amounts, demand)

    def outcomes(
        self, before: NewsvendorState, actions: Tensor, after: NewsvendorState
    ) -> dict[str, Tensor]:
        return {"action": self.action_values[actions], "demand": after.demand}

    def demand(self, shocks: Tensor) -> Tensor:
        """Demand from uniform numbers of shape (markets, 1), in units, of the same shape."""
        most = self.largest_demand
        return torch.floor(shocks * most).clamp(max=most - 1) + 1

    def relative_profit(self, treatment: str, order: Tensor, demand: Tensor) -> Tensor:
        """Profit of a period in units of the reference payoff; orders and demands broadcast."""
        design = self.designs[treatment]
        earned: Tensor = design.profit(order, demand) / design.largest_profit
        return earned

    def foregone_payoffs(
        self, treatment: str, state: NewsvendorState, actions: Tensor, shocks: Tensor
    ) -> Tensor:
        # Each market has one newsvendor: (markets, 1) demands and (actions,) orders.
        earned = self.relative_profit(treatment, self.action_values, self.demand(shocks))
        return earned.unsqueeze(1)

    def foregone_in(
        self,
        treatment: str,
        state: NewsvendorState,
        actions: Tensor,
        recorded: Mapping[str, Tensor],
    ) -> Tensor:
        earned = self.relative_profit(treatment, self.action_values, recorded["demand"])
        return earned.unsqueeze(1)

    def expected_payoffs(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Exact mean payoff of each order over demand, the same against any population."""
        return np.broadcast_to(self._expected(treatment), population.shape)

    def equilibrium_action(self, treatment: str) -> float:
        """The critical fractile."""
        return float(self.designs[treatment].best_order)

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        """Orders must earn nearly the most: with cheap expediting many earn nearly the same."""
        earned = self.mean_expected_payoff(treatment)
        return (Limit("profit (share of the largest)", earned, low=0.99),)

    def mean_expected_payoff(self, treatment: str) -> Callable[[Play], float]:
        """A measure of recorded play: what its orders earn on average over all demands."""
        expected = self._expected(treatment)
        return lambda play: float(expected[play["action"].astype(np.int64)].mean())

    def order_of_population(self, treatment: str, population: np.ndarray) -> np.ndarray:
        """Mean order of a population's distribution, in units."""
        return np.asarray(population @ np.arange(self.largest_demand + 1.0))

    def _expected(self, treatment: str) -> np.ndarray:
        design = self.designs[treatment]
        orders = np.arange(self.largest_demand + 1.0)
        return design.expected_profit(orders) / design.largest_profit

    def _scaled(self, amount: Tensor) -> Tensor:
        return 2.0 * amount / self.largest_demand - 1.0


class AllDesigns(Newsvendor):
    """The same number of markets of each design side by side; see :meth:`Game.side_by_side`."""

    def __init__(self, game: Newsvendor, markets: int) -> None:
        super().__init__(game.designs)
        self._features = torch.cat(
            [
                game.treatment_features(each).expand(markets, 1, -1)
                for each in game.training_treatments
            ]
        )
        designs = [game.designs[each] for each in game.training_treatments]
        money = torch.tensor([[one.price, one.unit_cost, one.shortage_cost] for one in designs])
        reference = torch.tensor([[one.largest_profit] for one in designs])
        # In reference payoffs, shape (3, all markets, 1).
        self._money = (money / reference).repeat_interleave(markets, 0).T.unsqueeze(-1)

    def treatment_features(self, treatment: str) -> Tensor:
        return self._features

    def relative_profit(self, treatment: str, order: Tensor, demand: Tensor) -> Tensor:
        earned: Tensor = profit_at(self._money, order, demand)
        return earned
