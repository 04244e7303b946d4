"""Who decides together in a play of very many agents."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import (
    DECISIONS_AT_ONCE,
    Chance,
    Population,
    parts_of,
    play_outcomes,
)
from satisfice.population.beliefs import UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.policy import Traits, lasting_inputs, network_inputs
from satisfice.population.supertypes import Supertypes


@pytest.mark.parametrize("markets", [1, 2, 7])
@pytest.mark.parametrize("agents", [1, 3, 4, 5, 11])
def test_every_agent_is_in_one_part_and_no_part_is_too_large(markets: int, agents: int) -> None:
    count = torch.zeros(markets, agents)
    for part in parts_of(markets, agents, 4):
        count[part] += 1
        assert count[part].numel() <= 4
    assert (count == 1).all()


def test_few_agents_decide_together() -> None:
    assert parts_of(2, 2, 4) == (...,)


@pytest.mark.parametrize("shape", [(64 * 24, 2), (64 * 11, 4)])
def test_what_people_played_is_never_cut(shape: tuple[int, int]) -> None:
    assert parts_of(*shape) == (...,)
    assert shape[0] * shape[1] <= DECISIONS_AT_ONCE


@pytest.fixture
def traits() -> Traits:
    theta = np.array([[0.3, 0.2, 0.5], [0.9, 0.1, 1.0], [0.6, 0.4, 2.0], [0.5, 0.02, 0.1]])
    drawn = torch.rand((4, 5), generator=torch.Generator().manual_seed(2))
    return Traits.draw(Supertypes.from_array(theta), drawn)


def test_inputs_that_last_are_the_first_that_a_network_is_told(traits: Traits) -> None:
    game = Cournot()
    observation = game.observe("5", game.start("5", 4), "market")
    told = network_inputs(traits, game.treatment_features("5"), observation)
    lasting = lasting_inputs(traits, game.treatment_features("5"))
    assert torch.equal(told, torch.cat([lasting, observation.features], -1))


@pytest.mark.parametrize("most", [3, 5, 12])
def test_agents_in_parts_play_as_they_do_together(
    most: int, traits: Traits, restless_policy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    game = Cournot()
    belief = HabitBelief(game.action_values, stay=0.3, explore=0.3, reach=0.05)
    asked: list[int] = []

    def policy(inputs: Tensor, cost: Tensor) -> Tensor:
        asked.append(cost.numel())
        tilt: Tensor = restless_policy("market")(inputs, cost)
        return tilt

    population = Population(game, policy, belief, "market")
    chance = Chance.draw(game, 5, 4, game.rounds, torch.Generator().manual_seed(3))
    together = play_outcomes(population, "5", traits, chance)["action"]
    assert asked == [20] * game.rounds
    asked.clear()
    monkeypatch.setattr(parts_of, "__defaults__", (most,))
    in_parts = play_outcomes(population, "5", traits, chance)["action"]
    assert max(asked) <= most
    assert sum(asked) == 20 * game.rounds
    # Rounding may differ, and with it a draw in a million.
    assert torch.equal(in_parts, together)


def test_agents_that_decide_once_are_not_cut(
    traits: Traits, restless_policy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts_of, "__defaults__", (3,))
    game, asked = Cournot(), []

    def policy(inputs: Tensor, cost: Tensor) -> Tensor:
        asked.append(cost.numel())
        tilt: Tensor = restless_policy("none")(inputs, cost)
        return tilt

    population = Population(game, policy, UniformBelief(game.action_values), "none")
    chance = Chance.draw(game, 5, 4, game.rounds, torch.Generator().manual_seed(3))
    play_outcomes(population, "5", traits, chance)
    assert asked == [20]
