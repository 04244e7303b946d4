"""The prior belief without thinking, against the belief's own probabilities."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from satisfice.contenders.belief_alone import BeliefAlone
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game, Observation
from satisfice.learning.populations import build_problem
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import NO_TRAITS, Named, UniformBelief
from satisfice.population.registry import space_of
from satisfice.simulation.histories import History

HABIT = {"prior_belief": "habit", "stay": 0.4, "explore": [0.05, 0.5], "reach": 0.2}


def population(game: Game, block: dict[str, Any], roles: tuple[str, ...] = ()) -> Population:
    variant = {"information": "none", "reward": "own", "rational": False, **block}
    space = space_of(variant, {"roles": roles})
    problem = build_problem(game, variant, space)

    def silent(inputs: Tensor, processing_cost: Tensor) -> Tensor:
        raise AssertionError("the belief alone does not ask the policy")

    return Population(game, silent, problem.belief, problem.information, space)


def quantities() -> History:
    action = np.random.default_rng(0).integers(20, 60, (4, 3, 25)).astype(float)
    action[..., 10:] = action[..., 9:10]
    return History.of(load_game("cournot"), "3", {"action": action})


@pytest.mark.parametrize("whole", [False, True])
def test_it_is_the_belief_along_the_history(whole: bool) -> None:
    history = quantities()
    model = BeliefAlone(population(history.game, HABIT))
    assert model.free == ("explore",)
    theta = model.from_unit(np.array([[0.0], [0.7]]))
    found = model.log_policies(history, theta, whole=whole)
    assert model.kinds(history, theta).share.shape == (2, 1, 1)
    for row, (explore,) in enumerate(theta):
        belief = type(model.population.belief)(
            history.game.action_values, stay=0.4, explore=explore, reach=0.2
        )
        wanted = belief.log_probabilities(history.observed("none")).double()
        if not whole:
            wanted = wanted.gather(-1, history.action.unsqueeze(-1)).squeeze(-1)
        torch.testing.assert_close(found[row, 0], wanted, rtol=1e-5, atol=1e-5)


def test_without_parameters_populations_are_alike() -> None:
    history = quantities()
    model = BeliefAlone(population(history.game, {**HABIT, "explore": 0.3}))
    assert model.free == ()
    found = model.log_policies(history, np.empty((3, 0)))
    assert found.shape == (3, 1, *history.action.shape)
    assert torch.equal(found[0], found[2])
    torch.testing.assert_close(found[0, 0, ..., 0], torch.full((4, 3), -np.log(101.0)).double())


def test_roles_have_parameters_of_their_own() -> None:
    game = load_game("beer_game")
    block = {"prior_belief": "anchor", "spread": [0.5, 9.0], "information": "local"}
    model = BeliefAlone(population(game, block, game.roles))
    assert model.free == tuple(f"spread_{role}" for role in game.roles)
    order = np.random.default_rng(0).integers(0, 12, (2, 4, 32)).astype(float)
    history = History.of(game, "step", {"action": order})
    theta = np.full((2, 4), 3.0)
    theta[1, 2] = 6.0
    found = model.log_policies(history, theta)
    changed = (found[0] != found[1]).any(-1).any(-2).flatten()
    assert changed.tolist() == [False, False, True, False]
    whole = model.log_policies(history, theta, whole=True)
    torch.testing.assert_close(whole.exp().sum(-1), torch.ones_like(found), rtol=1e-5, atol=1e-5)


def test_a_belief_of_the_skill_is_refused() -> None:
    class Skilled(UniformBelief):
        def log_probabilities(self, observation: Observation, traits: Named = NO_TRAITS) -> Tensor:
            return super().log_probabilities(observation) + 0.0 * traits["skill"].unsqueeze(-1)

    history = quantities()
    one = population(history.game, {"prior_belief": "uniform"})
    skilled = Population(one.game, one.policy, Skilled(one.game.action_values), "none", one.space)
    with pytest.raises(SatisficeError, match="'skill'"):
        BeliefAlone(skilled).log_policies(history, np.empty((1, 0)))
