"""Contenders in the Cournot oligopoly: firms that reply to the others or imitate them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping

import torch
from torch import Tensor

from satisfice.contenders.base import Parameter, RuleWithLikelihood, Turn, normal
from satisfice.contenders.draws import toss
from satisfice.contenders.general import INERTIA, BestReply
from satisfice.contenders.grid_chances import between_neighbours, point_mass, rounded_normal
from satisfice.games.aggregative import LastRound
from satisfice.games.base import mix_between_neighbours, nearest_action
from satisfice.games.cournot import DEMAND_INTERCEPT, UNIT_COST, Cournot, price


class CournotBestReply(BestReply):
    """Reply to the others' quantities of the last round, or stay (Cournot 1838).

    Each firm moves in half of the rounds, at random. With such inertia the process converges for
    any number of firms (Huck, Normann and Oechssler 2002), and predicts better. First quantities
    are uniform below twice the Nash quantity.
    """

    game: Cournot
    needs = Cournot

    def act(self, turn: Turn) -> Tensor:
        previous, uniforms = turn.state.previous, turn.uniforms
        if turn.state.round == 0:
            return (uniforms * 2 * self.game.equilibrium_action(turn.treatment)).round().long()
        moves = uniforms >= INERTIA
        # The draw given that the firm moves is rescaled, which is as good as a new draw.
        fresh = torch.where(moves, (uniforms - INERTIA) / (1 - INERTIA), 0.0)
        wanted = mix_between_neighbours(self.game.action_values, reply(previous), fresh)
        return torch.where(moves, wanted, previous)

    def chances(
        self, treatment: str, state: LastRound, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        if state.round == 0:
            # Rounded to whole numbers, those at the ends of the interval get half of a unit.
            most = 2 * self.game.equilibrium_action(treatment)
            covered = (actions + 0.5).clamp(max=most) - (actions - 0.5).clamp(min=0.0)
            return covered.double().clamp(min=0.0)[None, None] / most
        grid, previous = self.game.action_values, state.previous.unsqueeze(-1)
        moves = between_neighbours(grid, actions, reply(state.previous).unsqueeze(-1))
        return (INERTIA * point_mass(actions, previous) + (1.0 - INERTIA) * moves)[None, None]


class _AdjustingFirm(RuleWithLikelihood):
    """A firm that keeps its quantity or moves to the target of its rule, with normal noise.

    First quantities are normal with their own mean and standard deviation. All quantities are
    rounded to whole numbers and clipped to the grid.
    """

    game: Cournot
    needs = Cournot
    parameters = (
        Parameter("inertia", (0.0, 0.95), "probability of staying"),
        Parameter("noise_sd", (0.005, 0.5), "noise of moves (Nash quantities)", transform="log"),
        Parameter("first", (0.5, 1.5), "mean first quantity (Nash quantities)"),
        Parameter("first_spread", (0.02, 1.0), "SD of first quantities", transform="log"),
    )

    def act(self, turn: Turn) -> Tensor:
        grid, nash = self.game.action_values, self.game.equilibrium_action(turn.treatment)
        previous, theta = turn.state.previous, turn.theta
        if turn.state.round == 0:
            first = theta["first"] + theta["first_spread"] * normal(turn.uniforms)
            return nearest_action(grid, nash * first)
        stays, fresh = toss(turn.uniforms, theta["inertia"])
        wanted = self.target(previous) + nash * theta["noise_sd"] * normal(fresh)
        return torch.where(stays, previous, nearest_action(grid, wanted))

    def chances(
        self, treatment: str, state: LastRound, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        grid, nash = self.game.action_values, self.game.equilibrium_action(treatment)
        if state.round == 0:
            mean, spread = nash * theta["first"], nash * theta["first_spread"]
            return rounded_normal(grid, actions, mean, spread)
        target = self.target(state.previous).unsqueeze(-1)
        moves = rounded_normal(grid, actions, target, nash * theta["noise_sd"])
        stays = point_mass(actions, state.previous.unsqueeze(-1))
        return torch.lerp(moves, stays.expand_as(moves), theta["inertia"])

    @abstractmethod
    def target(self, previous: Tensor) -> Tensor:
        """Target quantities from the last round's, shape (markets, firms) or (markets, 1)."""


class NoisyBestReply(_AdjustingFirm):
    """Reply to the others' quantities of the last round (Cournot 1838), with inertia and noise.

    With inertia the process converges for any number of firms (Huck, Normann and Oechssler 2002).
    """

    name = "noisy_best_reply"

    def target(self, previous: Tensor) -> Tensor:
        return reply(previous)


class ImitateTheBest(_AdjustingFirm):
    """Copy the quantity of the firm that earned most in the last round, with inertia and noise.

    All firms have the same margin, so the largest firm earned most if the price exceeded the
    cost, and the smallest otherwise. Imitation moves firms beyond the Nash quantity towards the
    competitive one (Vega-Redondo 1997; in the laboratory, Huck, Normann and Oechssler 1999).
    """

    name = "imitate_the_best"

    def target(self, previous: Tensor) -> Tensor:
        pays = price(previous.sum(-1, keepdim=True)) > UNIT_COST
        largest, smallest = previous.amax(-1, keepdim=True), previous.amin(-1, keepdim=True)
        return torch.where(pays, largest, smallest).float()


def reply(previous: Tensor) -> Tensor:
    """The best quantity against the others' last ones, shape (markets, firms)."""
    others = previous.sum(-1, keepdim=True) - previous
    return ((DEMAND_INTERCEPT - UNIT_COST - others) / 2).clamp(min=0.0)
