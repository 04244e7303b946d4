"""Contenders in the beer game: Sterman's rule, base stocks, and levels of reasoning."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import Kinds, Parameter, RuleWithLikelihood, Turn
from satisfice.contenders.general import kinds_by_level, levels
from satisfice.contenders.grid_chances import point_mass, rounded_normal
from satisfice.games.base import nearest_action
from satisfice.games.beer_game import (
    LARGEST_ORDER,
    OPTIMAL_STOCK,
    ROLES,
    BeerGame,
    BeerGameState,
    tuned_base_stock,
    up_to,
)
from satisfice.simulation.histories import History

DEEPEST = 3
"""Highest level of reasoning; higher levels have the same stocks."""

CANDIDATE_STOCKS = torch.arange(-10.0, 61.0)
"""Base stocks among which a level of reasoning chooses, in units."""

GAMES = 100
"""Games in which each stock is tried."""


class StermanRule(RuleWithLikelihood):
    """Anchoring and adjustment, Sterman's (1989) equation 6, the same for all roles.

    Order the forecast plus a share of the gap to a desired stock, in which only a share of the
    supply line counts; orders are rounded and never below zero. The forecast smooths incoming
    orders with Sterman's mean weight, which is part of the game and not fitted.
    """

    name = "sterman_fitted"
    game: BeerGame
    needs = BeerGame
    parameters = (
        Parameter("stock_weight", (0.0, 1.0), "Sterman's \N{GREEK SMALL LETTER ALPHA}"),
        Parameter("supply_line_weight", (0.0, 1.0), "Sterman's \N{GREEK SMALL LETTER BETA}"),
        Parameter("desired_stock", (0.0, 40.0), "Sterman's S\N{PRIME} (units)"),
        Parameter("noise_sd", (0.2, 6.0), "noise of orders (units)", transform="log"),
    )
    hand_set: tuple[str, ...] = ("forecast_weight",)

    def act(self, turn: Turn) -> Tensor:
        state: BeerGameState = turn.state
        on_order = turn.theta["supply_line_weight"] * state.supply_line
        missing = turn.theta["desired_stock"] - state.net_inventory - on_order
        wanted = state.forecast + turn.theta["stock_weight"] * missing
        return _order(self.game, wanted + turn.noise)

    def chances(
        self, treatment: str, state: BeerGameState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        net_inventory, supply_line, forecast = (
            each.unsqueeze(-1) for each in (state.net_inventory, state.supply_line, state.forecast)
        )
        on_order = theta["supply_line_weight"] * supply_line
        missing = theta["desired_stock"] - net_inventory - on_order
        wanted = forecast + theta["stock_weight"] * missing
        return rounded_normal(self.game.action_values, actions, wanted, theta["noise_sd"])


class PublishedSterman(StermanRule):
    """The same with Sterman's mean estimates over 44 players, and the mean residual as noise."""

    name = "sterman"
    fixed: ClassVar[Mapping[str, float]] = {
        "stock_weight": 0.26,
        "supply_line_weight": 0.34,
        "desired_stock": 17.0,
        "noise_sd": 2.86,
    }
    hand_set = (*StermanRule.hand_set, *fixed)


class TunedBaseStock(RuleWithLikelihood):
    """Base stocks that are best against uncertain demand, by search."""

    name = "tuned_base_stock"
    game: BeerGame
    needs = BeerGame

    def act(self, turn: Turn) -> Tensor:
        return tuned_base_stock(turn.treatment, turn.state, turn.uniforms)

    def chances(
        self, treatment: str, state: BeerGameState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        chosen = tuned_base_stock(treatment, state, state.previous)  # It uses no chance.
        return point_mass(actions, chosen.unsqueeze(-1))[None, None]


class NoisyBaseStock(RuleWithLikelihood):
    """The optimal base stock with normal noise: rational roles with people's errors.

    Each role orders the gap to the stock that is best against the experiment's demand (Sterman
    1989). The supply line counts in full, and the forecast is fixed at four units.
    """

    name = "noisy_base_stock"
    game: BeerGame
    needs = BeerGame
    parameters = (Parameter("noise_sd", (0.2, 10.0), "noise of orders (units)", transform="log"),)

    def act(self, turn: Turn) -> Tensor:
        wanted = up_to(torch.tensor(OPTIMAL_STOCK), turn.state)
        return _order(self.game, wanted + turn.noise)

    def chances(
        self, treatment: str, state: BeerGameState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        wanted = up_to(torch.tensor(OPTIMAL_STOCK), state).unsqueeze(-1)
        return rounded_normal(self.game.action_values, actions, wanted, theta["noise_sd"])


class LevelK(RuleWithLikelihood):
    """Level-k thinking (Nagel 1995) about base stocks, with normal noise.

    Level 0 passes on the incoming order. Level k keeps the base stock with the smallest team cost
    if all others are of level k - 1, in markets whose demand takes an unknown step. A role keeps
    its level for the whole game; levels follow a Poisson distribution.
    """

    name = "level_k"
    game: BeerGame
    needs = BeerGame
    parameters = (
        Parameter("tau", (0.1, 6.0), "mean level"),
        Parameter("noise_sd", (0.2, 10.0), "noise of orders (units)", transform="log"),
    )

    @cached_property
    def stocks(self) -> Tensor:
        """Base stock of each role at levels 1 and higher, shape (levels, roles)."""
        found: list[Tensor] = []
        for _ in range(DEEPEST):
            found.append(best_stocks(self.game, found[-1] if found else None))
        return torch.stack(found)

    def act(self, turn: Turn) -> Tensor:
        level = levels(turn.theta["tau"], turn.character).clamp(max=DEEPEST)
        desired = self.stocks.gather(0, (level - 1).clamp(min=0))
        wanted = torch.where(level > 0, up_to(desired, turn.state), turn.state.incoming)
        return _order(self.game, wanted + turn.noise)

    def kinds(self, history: History, theta: np.ndarray) -> Kinds:
        return kinds_by_level(self.space.values(theta)["tau"], history.action.shape[1], DEEPEST)

    def chances(
        self, treatment: str, state: BeerGameState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        thinking = up_to(self.stocks.unsqueeze(1), state)
        wanted = torch.cat([state.incoming.unsqueeze(0), thinking]).unsqueeze(-1)
        return rounded_normal(self.game.action_values, actions, wanted, theta["noise_sd"])


def best_stocks(game: BeerGame, others: Tensor | None) -> Tensor:
    """Base stock of each role with the smallest team cost in ``uncertain``, shape (roles,).

    ``others`` are the base stocks of all others, shape (roles,); None if they pass on orders.
    """
    roles, number = len(ROLES), len(CANDIDATE_STOCKS)
    shocks = torch.rand(
        (game.training_rounds, GAMES, game.shocks), generator=torch.Generator().manual_seed(0)
    )
    # Every role tries every stock in the same games.
    shape = (roles, number, GAMES)
    learner = torch.eye(roles, dtype=torch.bool)[:, None, None].expand(*shape, roles)
    desired = torch.zeros(roles) if others is None else others
    stocks = torch.where(learner, CANDIDATE_STOCKS[:, None, None], desired)
    passes = ~learner if others is None else torch.zeros_like(learner)
    stocks, passes = stocks.reshape(-1, roles), passes.reshape(-1, roles)
    state, cost = game.start("uncertain", len(stocks)), torch.zeros(len(stocks))
    for now in shocks:
        wanted = torch.where(passes, state.incoming, up_to(stocks, state))
        chance = now.expand(roles, number, *now.shape).reshape(-1, game.shocks)
        state, payoff = game.step("uncertain", state, _order(game, wanted), chance)
        cost -= payoff.sum(1)
    return CANDIDATE_STOCKS[cost.reshape(shape).mean(-1).argmin(1)]


def _order(game: BeerGame, wanted: Tensor) -> Tensor:
    """Round to the nearest possible order."""
    return nearest_action(game.action_values, wanted.clamp(0, LARGEST_ORDER))
