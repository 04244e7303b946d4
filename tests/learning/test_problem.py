"""What a game and a prior belief make of the learning problem."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, PolicyShape, input_size
from satisfice.population.supertypes import SKILL_PARAMETERS, Supertypes

GAMES: dict[str, Game] = {game.name: game for game in (Cournot(), Cobweb(), BeerGame())}


def belief_of(name: str, game: Game) -> PriorBelief:
    if name == "uniform":
        return UniformBelief(game.action_values)
    if name == "anchor":
        return AnchorBelief(game.action_values, spread=1.0, explore=0.1, inertia=0.0)
    return HabitBelief(game.action_values, stay=0.4, explore=0.1, reach=0.05)


def problem_of(game: str, belief: str, information: str, roles: int = 0) -> LearningProblem:
    space = ParameterSpace.of(SKILL_PARAMETERS, {}, [f"role_{n}" for n in range(roles)])

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        return Supertypes.from_array(np.tile([0.5, 0.2, 0.3], (number, space.groups)), space)

    chosen = GAMES[game]
    return LearningProblem(chosen, belief_of(belief, chosen), information, draw, space)


@pytest.mark.parametrize(
    ("game", "belief", "information", "rounds"),
    [
        ("cournot", "uniform", "none", 1),
        ("cournot", "uniform", "round", 25),
        ("cournot", "uniform", "market", 25),
        ("cournot", "habit", "none", 25),
        ("cobweb", "uniform", "none", 1),
        ("cobweb", "uniform", "market", 50),
        ("cobweb", "anchor", "none", 50),
        # What is ordered today costs weeks from now: a dynamic game is never one-shot.
        ("beer_game", "uniform", "role", 46),
        ("beer_game", "anchor", "local", 46),
    ],
)
def test_memoryless_stage_games_are_one_shot(
    game: str, belief: str, information: str, rounds: int
) -> None:
    problem = problem_of(game, belief, information)
    assert problem.rounds == rounds
    shape = problem.policy_shape(LearningSettings())
    assert shape.observation_features == len(GAMES[game].information[information])


@pytest.mark.parametrize(
    ("game", "information", "roles", "treatment_features", "observed"),
    [("cournot", "market", 0, 5, 3), ("cobweb", "none", 0, 3, 0), ("beer_game", "local", 4, 0, 8)],
)
def test_networks_have_the_size_that_the_game_needs(
    game: str, information: str, roles: int, treatment_features: int, observed: int
) -> None:
    settings = LearningSettings(hidden=24, action_basis=5, smallest_cost=0.02)
    shape = problem_of(game, "uniform", information, roles).policy_shape(settings)
    actions = len(GAMES[game].action_values)
    assert shape == PolicyShape(actions, treatment_features, observed, 24, 5, 0.02, max(1, roles))
    tilt = PolicyNetwork(shape)(torch.zeros(2, input_size(shape)), torch.ones(2))
    assert tilt.shape == (2, actions)
