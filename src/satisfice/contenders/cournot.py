"""Rivals in the oligopoly: firms that reply to the others or imitate them, with noise."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import torch
from torch import Tensor

from satisfice.contenders.base import Rival, Span, normal
from satisfice.contenders.draws import toss
from satisfice.games.aggregative import LastRound
from satisfice.games.base import nearest_action
from satisfice.games.cournot import (
    DEMAND_INTERCEPT,
    UNIT_COST,
    Cournot,
    price,
)


class _AdjustingFirm(Rival):
    """A firm that stays with its quantity or moves to what its rule says, with normal noise.

    First quantities are normally distributed with a mean and a spread of their own. All
    quantities are rounded to whole ones and clipped to the grid.
    """

    game: Cournot
    needs = Cournot
    parameters: ClassVar[Mapping[str, Span]] = {
        "inertia": Span(0.0, 0.95),
        "noise_sd": Span(0.005, 0.5, logarithmic=True),
        "first": Span(0.5, 1.5),
        "first_spread": Span(0.02, 1.0, logarithmic=True),
    }
    """``inertia`` is the probability of staying; the others are in Nash quantities: the noise when
    a firm moves, and mean and standard deviation of the first quantity."""

    def act(
        self,
        treatment: str,
        state: LastRound,
        theta: Mapping[str, Tensor],
        character: Tensor,
        uniforms: Tensor,
    ) -> Tensor:
        grid, nash = self.game.action_values, self.game.equilibrium_action(treatment)
        if state.round == 0:
            first = theta["first"] + theta["first_spread"] * normal(uniforms)
            return nearest_action(grid, nash * first)
        stays, fresh = toss(uniforms, theta["inertia"])
        wanted = self.target(state.previous) + nash * theta["noise_sd"] * normal(fresh)
        return torch.where(stays, state.previous, nearest_action(grid, wanted))

    @abstractmethod
    def target(self, previous: Tensor) -> Tensor:
        """Quantities that firms aim at.

        Args:
            previous: Shape (markets, firms), quantities of the last round.

        Returns:
            Shape (markets, firms) or (markets, 1).
        """


class NoisyBestReply(_AdjustingFirm):
    """Reply to what the others did in the last round (Cournot 1838), with inertia and noise.

    Inertia lets the process settle for any number of firms (Huck, Normann and Oechssler 2002).
    """

    def target(self, previous: Tensor) -> Tensor:
        others = previous.sum(-1, keepdim=True) - previous
        return ((DEMAND_INTERCEPT - UNIT_COST - others) / 2).clamp(min=0.0)


class ImitateTheBest(_AdjustingFirm):
    """Copy the quantity of the firm that earned most in the last round, with inertia and noise.

    All firms have the same margin, so the largest firm earned most while the price exceeded the
    cost, and the smallest otherwise. Imitation drives firms beyond the Nash quantity towards the
    competitive one (Vega-Redondo 1997; in the laboratory, Huck, Normann and Oechssler 1999).
    """

    def target(self, previous: Tensor) -> Tensor:
        pays = price(previous.sum(-1, keepdim=True)) > UNIT_COST
        largest, smallest = previous.amax(-1, keepdim=True), previous.amin(-1, keepdim=True)
        return torch.where(pays, largest, smallest).float()
