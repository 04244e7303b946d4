"""The beer distribution game (Sterman 1989): four roles in series, with delays.

Each week a role receives and advances shipments, reads the order that came in and fills it
together with its backlog, pays 0.5 for each unit held and 1.0 for each unit owed, passes on the
slip with last week's order and writes a new one. A slip is read by the supplier two weeks after
it was written, and what the supplier ships arrives two weeks later; the factory starts last
week's request and receives it after two weeks. Everything starts in balance at four units a week,
and orders are fixed at four in weeks 1 to 4, so play begins in week 5 from the same balance.

People did not know the customers' demand. Agents are therefore trained on the treatment
``uncertain``, where demand takes one step of random size in a random week or none, and only then
play ``step``, Sterman's own demand: 4, and 8 from week 5 on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from satisfice.devices import here
from satisfice.games.base import (
    NO_SHOCKS,
    DynamicGame,
    Limit,
    Observation,
    Play,
    join_features,
    nearest_action,
)
from satisfice.games.supply_statistics import supply_chain_paths, supply_chain_statistics

ROLES = ("retailer", "wholesaler", "distributor", "factory")
HOLDING_COST, BACKLOG_COST = 0.5, 1.0
FIRST_DEMAND, STEP_DEMAND, FIRST_INVENTORY = 4.0, 8.0, 12.0
FIXED_WEEKS, WEEKS, TRAINING_WEEKS = 4, 36, 50
LARGEST_ORDER = 60
ORDERS = torch.arange(LARGEST_ORDER + 1, dtype=torch.float32)
"""The grid of orders."""

STEP_HAZARD = 0.04
"""Chance in each week of training that demand takes its step: one play in six has no step."""
LARGEST_DEMAND = 12
"""In training, demand steps to a level that is uniform on 0, 1, ..., 12."""

REFERENCE_COST = 24.0
"""The unit of payoffs: the team's cost in a week of balance (4 roles x 12 units x 0.5)."""

OPTIMAL_STOCK = (28.0, 28.0, 28.0, 20.0)
"""Desired stock S' of the best base-stock policy against Sterman's step (Sterman 1989)."""
TUNED_STOCK = (22.0, 24.0, 25.0, 16.0)
"""Desired stock S' with the smallest cost on ``uncertain``, by search."""

SMOOTHING = 0.36
"""Weight of the last incoming order in the forecast: mean of Sterman's (1989) 44 players."""


@dataclass(frozen=True)
class BeerGameState:
    """A week when orders are due; tensors have the shape (markets, roles) unless said otherwise.

    Attributes:
        net_inventory: Units held minus units owed.
        arriving: Units that arrive next week.
        travelling: Units that arrive in two weeks.
        slips: Orders that the supplier reads next week; the factory has no supplier.
        incoming: The order that was read this week.
        forecast: Exponentially smoothed incoming orders.
        previous: The role's own last order.
        demand: Shape (markets,), the customers' order of next week if nothing changes.
        stepped: Shape (markets,), whether demand has taken its step.
    """

    net_inventory: Tensor
    arriving: Tensor
    travelling: Tensor
    slips: Tensor
    incoming: Tensor
    forecast: Tensor
    previous: Tensor
    demand: Tensor
    stepped: Tensor

    @property
    def supply_line(self) -> Tensor:
        """Units ordered and not received: in slips, owed by the supplier, or in transit."""
        owed = (-self.net_inventory).clamp(min=0)
        at_supplier = torch.cat(
            [owed[:, 1:] + self.slips[:, :-1], torch.zeros_like(owed[:, :1])], 1
        )
        return self.arriving + self.travelling + at_supplier

    @property
    def cost(self) -> Tensor:
        """What each role pays this week."""
        held, owed = self.net_inventory.clamp(min=0), (-self.net_inventory).clamp(min=0)
        return HOLDING_COST * held + BACKLOG_COST * owed


def read_and_fill(state: BeerGameState, demand: Tensor, stepped: Tensor) -> BeerGameState:
    """Go to the next week: receive deliveries, read slips and fill orders.

    The last week's ``previous`` holds the orders just written. The customers' order, and whether it
    has taken its step, have the shape (markets,).
    """
    incoming = torch.cat([demand.unsqueeze(1), state.slips[:, :-1]], 1)
    available = state.net_inventory.clamp(min=0) + state.arriving
    owed = (-state.net_inventory).clamp(min=0) + incoming
    filled = torch.minimum(available, owed)
    return BeerGameState(
        net_inventory=state.net_inventory + state.arriving - incoming,
        arriving=state.travelling,
        # A role's delivery travels to the role below it; the factory produces its own order.
        travelling=torch.cat([filled[:, 1:], state.previous[:, -1:]], 1),
        slips=state.previous,
        incoming=incoming,
        forecast=state.forecast + SMOOTHING * (incoming - state.forecast),
        previous=state.previous,
        demand=demand,
        stepped=stepped,
    )


class BeerGame(DynamicGame):
    """The supply chain of four roles; one market is one team."""

    name = "beer_game"
    first_period = FIXED_WEEKS + 1
    action_unit = "order (units per week)"
    rounds = WEEKS - FIXED_WEEKS
    treatments: Mapping[str, int] = {"step": len(ROLES)}
    training_treatments: Mapping[str, int] = {"uncertain": len(ROLES)}
    # Agents do not know when the game ends, so training has more weeks than count.
    training_rounds = TRAINING_WEEKS - FIXED_WEEKS
    roles = ROLES
    shocks = 2
    information: Mapping[str, tuple[str, ...]] = {
        "role": ROLES,
        "stock": (*ROLES, "net_inventory", "incoming", "forecast"),
        "local": (*ROLES, "net_inventory", "supply_line", "incoming", "forecast"),
    }
    recorded = ("action", "net_inventory", "cost")
    only_shown = ("team_cost",)

    def __init__(self) -> None:
        self.action_values = here(ORDERS)
        self.statistics, self.statistic_units = supply_chain_statistics(ROLES)
        self.paths = supply_chain_paths(ROLES)
        self.stylised_facts = {"orders vary more with every step upstream": amplification}

    def treatment_features(self, treatment: str) -> Tensor:
        return torch.empty(0)  # Agents do not know the demand.

    def start(self, treatment: str, markets: int) -> BeerGameState:
        every_role = torch.ones(markets, len(ROLES))
        flow = FIRST_DEMAND * every_role
        balance = BeerGameState(
            net_inventory=FIRST_INVENTORY * every_role,
            arriving=flow,
            travelling=flow,
            slips=flow,
            incoming=flow,
            forecast=flow,
            previous=flow,
            demand=flow[:, 0],
            stepped=torch.zeros(markets, dtype=torch.bool),
        )
        steps_now = treatment == "step"
        demand = torch.full_like(balance.demand, STEP_DEMAND if steps_now else FIRST_DEMAND)
        return read_and_fill(balance, demand, torch.full_like(balance.stepped, steps_now))

    def observe(self, treatment: str, state: BeerGameState, information: str) -> Observation:
        columns = {
            "net_inventory": compressed(state.net_inventory, 12.0),
            "supply_line": compressed(state.supply_line - 3 * FIRST_DEMAND, 12.0),
            "incoming": compressed(state.incoming - FIRST_DEMAND, 4.0),
            "forecast": compressed(state.forecast - FIRST_DEMAND, 4.0),
        }
        one_hot = torch.eye(len(ROLES)).expand(*state.incoming.shape, -1)
        columns |= zip(ROLES, one_hot.unbind(-1), strict=True)
        features = join_features(columns, self.information[information], state.incoming)
        return Observation(features, state.previous, state.incoming)

    def advance(
        self, treatment: str, state: BeerGameState, amounts: Tensor, shocks: Tensor
    ) -> tuple[BeerGameState, Tensor]:
        demand, stepped = state.demand, state.stepped
        if treatment == "uncertain":
            now = ~stepped & (shocks[:, 0] < STEP_HAZARD)
            level = torch.floor(shocks[:, 1] * (LARGEST_DEMAND + 1))
            demand, stepped = torch.where(now, level, demand), stepped | now
        ordered = replace(state, previous=amounts)
        return read_and_fill(ordered, demand, stepped), -state.cost / REFERENCE_COST

    def follow(
        self,
        treatment: str,
        state: BeerGameState,
        actions: Tensor,
        recorded: Mapping[str, Tensor],
    ) -> BeerGameState:
        if treatment != "step":
            raise NotImplementedError("only the demand that people played with is known")
        after: BeerGameState = self.next_state(treatment, state, actions, NO_SHOCKS)
        return after

    def outcomes(
        self, before: BeerGameState, actions: Tensor, after: BeerGameState
    ) -> dict[str, Tensor]:
        return {
            "action": self.action_values[actions],
            "net_inventory": before.net_inventory,
            "cost": before.cost,
        }

    def record(self, play: Play, treatment: str) -> dict[str, np.ndarray]:
        """Add the weeks with fixed orders, so that there are all 36 weeks."""
        fixed = {
            "action": FIRST_DEMAND,
            "net_inventory": FIRST_INVENTORY,
            "cost": FIRST_INVENTORY * HOLDING_COST,
        }
        whole = {}
        for name, values in play.items():
            before = np.full((*values.shape[:-1], FIXED_WEEKS), fixed[name], dtype=values.dtype)
            whole[name] = np.concatenate([before, values], axis=-1)
        return whole

    def rational_limits(self, treatment: str) -> tuple[Limit, ...]:
        return (Limit("team cost of 36 weeks", mean_team_cost, rule=tuned_base_stock),)

    def play_equilibrium(self, treatment: str, state: BeerGameState, uniforms: Tensor) -> Tensor:
        """Sterman's optimal policy: all keep the base stock that is best against his step."""
        return base_stock(state, OPTIMAL_STOCK)


def compressed(units: Tensor, scale: float) -> Tensor:
    """Units on a scale that is linear near zero and logarithmic far from it."""
    return torch.asinh(units / scale)


def tuned_base_stock(treatment: str, state: BeerGameState, uniforms: Tensor) -> Tensor:
    """Keep the base stock that is best against uncertain demand."""
    return base_stock(state, TUNED_STOCK)


def base_stock(state: BeerGameState, desired: tuple[float, ...]) -> Tensor:
    """Order what is missing from the desired stock, with a fixed forecast of four units."""
    wanted = up_to(torch.tensor(desired), state).clamp(0, LARGEST_ORDER)
    return nearest_action(ORDERS, wanted)


def up_to(stock: Tensor, state: BeerGameState) -> Tensor:
    """Orders that raise inventory plus supply line to a base stock, with a fixed forecast."""
    return FIRST_DEMAND + stock - state.net_inventory - state.supply_line


def mean_team_cost(play: Play) -> float:
    """Cost of a team over all 36 weeks, mean over teams."""
    fixed = FIXED_WEEKS * REFERENCE_COST
    return float(play["cost"].sum(axis=(-2, -1)).mean()) + fixed


def amplification(statistics: Mapping[tuple[str, str], np.ndarray]) -> np.ndarray:
    """Whether the variance of orders rises from each role to the next one upstream."""
    variance = [statistics["step", f"{role}_log_order_variance"] for role in ROLES]
    return np.asarray((np.diff(np.stack(variance, -1), axis=-1) > 0).all(axis=-1))
