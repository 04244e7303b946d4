"""Rivals in the beer game: Sterman's rule, and base stock with noise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from satisfice.games.base import nearest_action
from satisfice.games.beer_game import (
    BENCHMARK_STOCK,
    FIRST_DEMAND,
    LARGEST_ORDER,
    BeerGame,
    BeerGameState,
)
from satisfice.rivals.base import Rival, Span, normal


class StermanRule(Rival):
    """Anchoring and adjustment, Sterman's (1989) equation 6, the same for all roles.

    Order the forecast and a share of what is missing from a desired stock, of which the supply
    line counts in part only; orders are rounded and never below zero. The forecast smooths
    incoming orders with Sterman's mean weight, which is the game's and not fitted.
    """

    game: BeerGame
    needs = BeerGame
    parameters: ClassVar[Mapping[str, Span]] = {
        "stock_weight": Span(0.0, 1.0),
        "supply_line_weight": Span(0.0, 1.0),
        "desired_stock": Span(0.0, 40.0),
        "noise_sd": Span(0.2, 6.0, logarithmic=True),
    }
    """Sterman's alpha, beta and S', and the standard deviation of orders around the rule, in
    units."""

    def act(
        self,
        treatment: str,
        state: BeerGameState,
        theta: Mapping[str, Tensor],
        character: Tensor,
        uniforms: Tensor,
    ) -> Tensor:
        on_order = theta["supply_line_weight"] * state.supply_line
        missing = theta["desired_stock"] - state.net_inventory - on_order
        wanted = state.forecast + theta["stock_weight"] * missing
        return _order(self.game, wanted + theta["noise_sd"] * normal(uniforms))


class NoisyBaseStock(Rival):
    """The benchmark policy with normal noise: rational roles that miss by as much as people do.

    Each role orders what is missing from the stock that is best against the demand of the
    experiment (Sterman 1989), the supply line counted in full, with a fixed forecast of four units.
    """

    game: BeerGame
    needs = BeerGame
    parameters: ClassVar[Mapping[str, Span]] = {"noise_sd": Span(0.2, 10.0, logarithmic=True)}
    """``noise_sd`` is in units."""

    def act(
        self,
        treatment: str,
        state: BeerGameState,
        theta: Mapping[str, Tensor],
        character: Tensor,
        uniforms: Tensor,
    ) -> Tensor:
        missing = torch.tensor(BENCHMARK_STOCK) - state.net_inventory - state.supply_line
        return _order(self.game, FIRST_DEMAND + missing + theta["noise_sd"] * normal(uniforms))


def _order(game: BeerGame, wanted: Tensor) -> Tensor:
    """Round to a whole order that can be made."""
    return nearest_action(game.action_values, wanted.clamp(0, LARGEST_ORDER))
