"""Play by a rule, as the simulator plays it."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from satisfice.contenders.base import RuleOfPlay, Turn
from satisfice.learning.rollout import Chance, play_rule


def _columns(markets: int, values: dict[str, float]) -> dict[str, torch.Tensor]:
    return {name: torch.full((markets, 1), value) for name, value in values.items()}


def _play(
    contender: RuleOfPlay, treatment: str, markets: int = 100, seed: int = 0, **theta: float
) -> dict[str, torch.Tensor]:
    game, columns = contender.game, _columns(markets, {**contender.fixed, **theta})
    generator = torch.Generator().manual_seed(seed)
    agents = game.treatments[treatment]
    chance = Chance.draw(game, agents, markets, game.rounds, generator)

    def rule(name: str, state: Any, uniforms: torch.Tensor) -> torch.Tensor:
        return contender.act(Turn(name, state, columns, chance.skills, uniforms))

    return play_rule(game, rule, treatment, chance)


@pytest.fixture
def chosen() -> Any:
    """Asks a rule without parameters: (contender, treatment, state, uniforms) to actions."""

    def choose(
        contender: RuleOfPlay, treatment: str, state: Any, uniforms: torch.Tensor
    ) -> torch.Tensor:
        theta = _columns(len(uniforms), dict(contender.fixed))
        return contender.act(Turn(treatment, state, theta, uniforms, uniforms))

    return choose


@pytest.fixture
def columns() -> Any:
    """Gives every market the same parameters."""
    return _columns


@pytest.fixture
def play() -> Any:
    """Plays a whole game with the same parameters in every market."""
    return _play


@pytest.fixture
def even() -> torch.Tensor:
    """Evenly spread uniform numbers of one agent in each market, shape (markets, 1)."""
    return ((torch.arange(20000) + 0.5) / 20000).unsqueeze(1)
