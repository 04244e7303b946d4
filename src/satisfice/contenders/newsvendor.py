"""Contenders in the newsvendor: orders anchored on mean demand, or chasing the last demand."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from satisfice.contenders.base import Parameter, RuleWithLikelihood, Turn, normal
from satisfice.contenders.grid_chances import rounded_normal
from satisfice.contenders.memoryless import MemorylessRule
from satisfice.games.base import nearest_action
from satisfice.games.newsvendor import Newsvendor, NewsvendorState


class MeanAnchoring(MemorylessRule):
    """Order the best quantity, pulled towards mean demand, with normal noise.

    Newsvendors anchor on mean demand and adjust too little (Schweitzer and Cachon 2000): the order
    is best + weight (mean demand - best) + noise, rounded and clipped to the grid.
    """

    name = "mean_anchoring"
    game: Newsvendor
    needs = Newsvendor
    parameters = (
        Parameter("weight", (0.0, 1.0), "pull towards mean demand"),
        Parameter("noise_sd", (0.5, 50.0), "noise of orders (units)", transform="log"),
    )

    def act(self, turn: Turn) -> Tensor:
        wanted = self._wanted(turn.treatment, turn.theta["weight"])
        return nearest_action(self.game.action_values, wanted + turn.noise)

    def distribution(self, treatment: str, theta: Mapping[str, Tensor]) -> Tensor:
        grid, wanted = self.game.action_values, self._wanted(treatment, theta["weight"])
        return rounded_normal(grid, torch.arange(len(grid)), wanted, theta["noise_sd"])

    def _wanted(self, treatment: str, weight: Tensor) -> Tensor:
        best = self.game.equilibrium_action(treatment)
        return best + weight * (self.game.mean_demand - best)


class DemandChasing(RuleWithLikelihood):
    """Move the last order towards the last demand, with normal noise.

    The second rule that Schweitzer and Cachon (2000) test: the order is last order + weight (last
    demand - last order) + noise, rounded and clipped to the grid. It does not depend on costs. The
    first order is normal around mean demand.
    """

    name = "demand_chasing"
    game: Newsvendor
    needs = Newsvendor
    parameters = (
        Parameter("weight", (0.0, 1.0), "share of the gap to the last demand"),
        Parameter("noise_sd", (0.5, 50.0), "noise of orders (units)", transform="log"),
        Parameter("first_spread", (1.0, 50.0), "SD of first orders (units)", transform="log"),
    )

    def act(self, turn: Turn) -> Tensor:
        grid, theta = self.game.action_values, turn.theta
        if turn.state.round == 0:
            first = self.game.mean_demand + theta["first_spread"] * normal(turn.uniforms)
            return nearest_action(grid, first)
        last, demand = grid[turn.state.previous], turn.state.demand
        return nearest_action(grid, last + theta["weight"] * (demand - last) + turn.noise)

    def chances(
        self, treatment: str, state: NewsvendorState, theta: Mapping[str, Tensor], actions: Tensor
    ) -> Tensor:
        grid = self.game.action_values
        if state.round == 0:
            mean = torch.tensor(self.game.mean_demand, dtype=torch.float64)
            return rounded_normal(grid, actions, mean, theta["first_spread"])
        last, demand = grid[state.previous].unsqueeze(-1), state.demand.unsqueeze(-1)
        wanted = last + theta["weight"] * (demand - last)
        return rounded_normal(grid, actions, wanted, theta["noise_sd"])
