"""The newsvendor who orders once: the smallest game, with one agent and one decision."""

from __future__ import annotations

import torch

from satisfice.games.base import Game
from satisfice.games.newsvendor import DESIGNS, Newsvendor, NewsvendorState

TREATMENTS = ("classic", "expedite_4")
"""Treatments whose best orders, 75 and 25, are as far above the mean demand as below it."""

DEALING_STRIDE = 62
"""Steps of the grid between yesterday's orders in one market and the next: about the golden section
of 101, and coprime to it. So a few markets spread over the grid, and 101 cover it."""


class OneOrder(Newsvendor):
    """A newsvendor who ordered yesterday and orders once more.

    Without later periods an order changes no later KL cost, so the closed form holds for every
    prior belief.
    """

    rounds = 1

    def __init__(self) -> None:
        super().__init__({treatment: DESIGNS[treatment] for treatment in TREATMENTS})

    def start(self, treatment: str, markets: int) -> NewsvendorState:
        """Spread yesterday's orders evenly over the grid; 101 markets have all orders."""
        dealt = torch.arange(markets) * DEALING_STRIDE % len(self.action_values)
        return NewsvendorState(dealt.unsqueeze(1), torch.full((markets, 1), torch.nan), 0)

    def side_by_side(self, markets: int) -> Game | None:
        """Each treatment alone, so that each has all of yesterday's orders."""
        return None
