"""Every game as a PettingZoo environment, for learning algorithms of other packages.

One environment is one market of one treatment. Terry et al. (2021), *PettingZoo: Gym for
multi-agent reinforcement learning*, describe the interface.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game, Observation

try:
    from gymnasium.spaces import Box, Discrete
    from gymnasium.utils.seeding import np_random
    from pettingzoo import ParallelEnv
except ImportError as error:
    raise ImportError(
        "satisfice.adapters.pettingzoo needs the extra 'pettingzoo': "
        "pip install 'satisfice[pettingzoo]'."
    ) from error


class MarketEnvironment(ParallelEnv):  # type: ignore[misc]  # PettingZoo has no types.
    """One market, played round by round.

    An agent observes the inputs that the game gives to policy networks: the features of the
    treatment, then its own observation. An action is an index into ``game.action_values``. A reward
    is the agent's payoff of the round in units of the treatment's reference payoff, as in the
    batched simulator. After the last round all agents have terminated.

    Args:
        game: The game.
        treatment: Name of a treatment, which may be one for training only; by default the game's
            first.
        information: What the agents observe, a key of ``game.information``; by default the
            game's last, with which they observe most.

    Attributes:
        game: The game.
        treatment: The treatment.
        information: What the agents observe.
        market: The game's own state of the market.

    Raises:
        SatisficeError: The game has no such treatment or information.
    """

    def __init__(
        self, game: Game, treatment: str | None = None, *, information: str | None = None
    ) -> None:
        sizes = {**game.training_treatments, **game.treatments}
        self.game = game
        self.treatment = _one_of("treatment", treatment or next(iter(game.treatments)), sizes)
        levels = game.information
        self.information = _one_of("information", information or list(levels)[-1], levels)
        self.metadata = {"name": f"satisfice_{game.name}", "render_modes": []}
        self.render_mode = None
        numbers = range(sizes[self.treatment])
        self.possible_agents = list(game.roles) or [f"agent_{number}" for number in numbers]
        self.agents: list[str] = []
        played = self.treatment in game.treatments
        self._rounds = game.rounds if played else game.training_rounds
        self._told = game.treatment_features(self.treatment).numpy()
        width = len(self._told) + len(levels[self.information])
        # PettingZoo requires the same spaces at every call, and one for each agent.
        self.observation_spaces = {
            agent: Box(-np.inf, np.inf, (width,), np.float32) for agent in self.possible_agents
        }
        actions = len(game.action_values)
        self.action_spaces = {agent: Discrete(actions) for agent in self.possible_agents}
        self._random, _ = np_random()
        self._round = 0
        self.market: Any = None

    def observation_space(self, agent: str) -> Box:
        """Return the space of an agent's observations, vectors of order one."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> Discrete:
        """Return the space of an agent's actions, indices into ``game.action_values``."""
        return self.action_spaces[agent]

    @property
    def observed(self) -> Observation:
        """The current observation, as for prior beliefs; tensors start with (1, agents)."""
        return self.game.observe(self.treatment, self.market, self.information)

    def reset(
        self, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
        """Start a new market; return observations and empty infos by agent.

        A seed sets the game's random numbers; without one they continue. Options are part of the
        interface and not used.
        """
        if seed is not None:
            self._random, _ = np_random(seed)
        self.agents = list(self.possible_agents)
        self._round = 0
        self.market = self.game.start(self.treatment, 1)
        return self._observations(), {agent: {} for agent in self.agents}

    def step(self, actions: Mapping[str, int]) -> tuple[dict[str, Any], ...]:
        """Play one round, given the index of each agent's action.

        Returns:
            Observations, rewards, whether agents terminated, whether they were truncated (never),
            and empty infos, by agent.

        Raises:
            ValueError: An agent's action is missing or not in its space.
        """
        playing = self.agents
        for agent in playing:
            if agent not in actions or not self.action_spaces[agent].contains(actions[agent]):
                raise ValueError(f"{agent}: no action in {self.action_spaces[agent]}.")
        if not playing:
            return {}, {}, {}, {}, {}
        chosen = torch.tensor([[int(actions[agent]) for agent in playing]])
        chance = self._random.random((1, self.game.shocks), dtype=np.float32)
        self.market, payoff = self.game.step(
            self.treatment, self.market, chosen, torch.from_numpy(chance)
        )
        self._round += 1
        over = self._round == self._rounds
        returned: tuple[dict[str, Any], ...] = (
            self._observations(),
            dict(zip(playing, payoff[0].tolist(), strict=True)),
            dict.fromkeys(playing, over),
            dict.fromkeys(playing, False),
            {agent: {} for agent in playing},
        )
        if over:
            self.agents = []
        return returned

    def _observations(self) -> dict[str, np.ndarray]:
        seen = self.observed.features[0].numpy()
        return {
            agent: np.concatenate([self._told, own])
            for agent, own in zip(self.agents, seen, strict=True)
        }


def parallel_env(
    game: str | Game, treatment: str | None = None, *, information: str | None = None
) -> MarketEnvironment:
    """Return the environment of a game or of its name; see :class:`MarketEnvironment`.

    Raises:
        SatisficeError: There is no such game, treatment or information.
    """
    found = load_game(game, "game") if isinstance(game, str) else game
    return MarketEnvironment(found, treatment, information=information)


def _one_of(what: str, name: str, known: Mapping[str, Any]) -> str:
    if name not in known:
        raise SatisficeError(
            f"{what} '{name}'", "is unknown to the game.", f"Use one of: {', '.join(known)}."
        )
    return name
