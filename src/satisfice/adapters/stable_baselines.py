"""A batch of markets as a vectorised environment of Stable-Baselines3.

Raffin et al. (2021), *Stable-Baselines3: Reliable reinforcement learning implementations*. Every
agent of every market and treatment is one of the library's environments, so that one policy is
shared by all. All markets are played at once, as batches, and all of them end together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from gymnasium.spaces import Box
from stable_baselines3.common.vec_env import VecEnv
from torch import Tensor

from satisfice.adapters.view import View
from satisfice.devices import uniform_numbers
from satisfice.games.base import Game, step_and_add_payoffs

LARGEST_ANSWER = 2.0
"""Bound of an agent's answer: the whole range of actions away from the centre."""


@dataclass
class Batch:
    """Markets that are played together.

    Attributes:
        game: The game, or all its treatments side by side.
        treatment: Their treatment.
        markets: Number of markets.
        agents: Number of agents in a market.
        state: State of the markets.
        window: What the agents remember.
    """

    game: Game
    treatment: str
    markets: int
    agents: int
    state: Any = None
    window: Tensor = field(default_factory=lambda: torch.empty(0))


class Markets(VecEnv):
    """The markets of all training treatments, for all agents at once.

    Args:
        view: How agents see the game.
        markets: Number of markets of each treatment.
        generator: Draws the game's chance.
        team_reward: Whether agents earn the sum of their market's payoffs, not their own.
        chance_draws: Draws of a round's shocks over which payoffs are averaged; the game goes on
            by the first one.
        scale: What payoffs are multiplied by.

    Attributes:
        last_seen: What agents saw after the last round of the play that ended last, shape
            (agents, features).
    """

    def __init__(
        self,
        view: View,
        markets: int,
        generator: torch.Generator,
        *,
        team_reward: bool = False,
        chance_draws: int = 1,
        scale: float = 1.0,
    ) -> None:
        self.view, self.generator = view, generator
        self.team_reward, self.chance_draws, self.scale = team_reward, chance_draws, scale
        self.batches = batches_of(view.game, markets)
        self.round, self.last_seen = 0, np.empty((0, view.size), np.float32)
        self._sizes = [batch.markets * batch.agents for batch in self.batches]
        self._answers = torch.empty(0)
        super().__init__(
            sum(self._sizes),
            Box(-np.inf, np.inf, (view.size,), np.float32),
            Box(-LARGEST_ANSWER, LARGEST_ANSWER, (1,), np.float32),
        )
        self._nothing_to_say: list[dict[str, Any]] = [{}] * self.num_envs

    def reset(self) -> np.ndarray:
        """Start new markets; what all agents see, shape (agents, features)."""
        self.round = 0
        for batch in self.batches:
            batch.state = batch.game.start(batch.treatment, batch.markets)
            batch.window = self.view.nothing_seen(batch.markets, batch.agents)
        return self._look()

    def step_async(self, actions: np.ndarray) -> None:
        """Take the answers of all agents, shape (agents, 1)."""
        self._answers = torch.from_numpy(np.ascontiguousarray(actions))[:, 0]

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict[str, Any]]]:
        """Play one round: what agents see, their payoffs, whether play ended, and empty infos.

        After the last round new markets start.
        """
        parts = torch.split(self._answers, self._sizes)
        paid = [self._play(*each) for each in zip(self.batches, parts, strict=True)]
        payoffs = torch.cat([each.flatten() for each in paid]).numpy()
        self.round += 1
        over = self.round == self.view.game.training_rounds
        seen = self._look()
        if over:
            self.last_seen, seen = seen, self.reset()
        return seen, payoffs, np.full(self.num_envs, over), self._nothing_to_say

    def _play(self, batch: Batch, answers: Tensor) -> Tensor:
        """Play a round of one batch; payoffs of shape (markets, agents)."""
        shape = (batch.markets, batch.agents)
        game, treatment, state = batch.game, batch.treatment, batch.state
        uniforms = uniform_numbers(shape, self.generator)
        shocks = uniform_numbers((batch.markets, game.shocks), self.generator)
        actions = self.view.actions(game, treatment, state, answers.reshape(shape), uniforms)
        batch.state, payoff = step_and_add_payoffs(
            game, treatment, state, actions, shocks, self.chance_draws
        )
        payoff = payoff * (self.scale / self.chance_draws)
        return payoff.sum(1, keepdim=True).expand(shape) if self.team_reward else payoff

    def _look(self) -> np.ndarray:
        for batch in self.batches:
            batch.window = self.view.look(batch.game, batch.treatment, batch.state, batch.window)
        seen = [self.view.seen(each.game, each.treatment, each.window) for each in self.batches]
        return torch.cat([each.flatten(0, 1) for each in seen]).numpy()

    def close(self) -> None:
        """Nothing is open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute, once for each agent; all share it."""
        return [getattr(self, attr_name, None)] * self.num_envs

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Agents have no attributes of their own."""
        raise NotImplementedError("agents have no attributes of their own")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Agents have no methods of their own."""
        raise NotImplementedError("agents have no methods of their own")

    def env_is_wrapped(self, wrapper_class: type[Any], indices: Any = None) -> list[bool]:
        """No agent is wrapped."""
        return [False] * self.num_envs


def batches_of(game: Game, markets: int) -> Sequence[Batch]:
    """The training treatments, played side by side where the game can."""
    sizes = game.training_treatments
    together = game.side_by_side(markets)
    if together is None:
        return [Batch(game, treatment, markets, agents) for treatment, agents in sizes.items()]
    treatment, agents = next(iter(sizes.items()))
    return [Batch(together, treatment, markets * len(sizes), agents)]
