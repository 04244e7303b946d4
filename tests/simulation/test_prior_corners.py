"""Every corner of the prior, in every game and under every prior belief, gives numbers."""

from __future__ import annotations

from functools import partial
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch

from satisfice.games import GAMES, load_game
from satisfice.games.base import StageGame
from satisfice.learning.exact_qre import solve_supertypes
from satisfice.learning.rollout import Chance, Population, rounds_of_play
from satisfice.population.derived import derived_quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, PolicyShape, Traits
from satisfice.population.registry import load_belief
from satisfice.population.supertypes import SKILL_PARAMETERS, Supertypes, skill_quadrature
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    failure_reasons,
    population_player,
    simulate,
)

PRIOR = ParameterSpace.of(SKILL_PARAMETERS, {"sigma": [0.01, 0.5], "beta": [0.001, 20.0]})
"""Wider than the default: as wide as configs allow, but for beta, which has no upper bound."""
BELIEFS: dict[str, dict[str, Any]] = {
    "uniform": {"prior_belief": "uniform"},
    "habit": {"prior_belief": "habit", "stay": 0.15, "explore": 0.5, "reach": 0.1},
    "stubborn": {"prior_belief": "habit", "stay": 1 - 1e-9, "explore": 1e-9, "reach": 1e-9},
    "anchor": {"prior_belief": "anchor", "spread": 2.0, "explore": 0.05, "inertia": 0.5},
    "rigid": {"prior_belief": "anchor", "spread": 1e-6, "explore": 1e-9, "inertia": 1.0},
}
TINY = 1e-9
EDGES = np.array([0.0, TINY, 1 - TINY, 1.0])
CORNERS = PRIOR.from_unit(np.array(list(product(EDGES, repeat=3))))
"""All corners, and points just inside; together one block of simulations."""
UNIFORMS = (0.0, 2.0**-24, 0.5, 1 - 2.0**-24)
"""First and last of the numbers that skills and actions are drawn with, and their neighbours."""


def population_of(game_name: str, belief: str, weights: float) -> Population:
    """Agents whose network's weights are normal numbers of a size, up to absurd ones."""
    game = load_game(game_name)
    information = list(game.information)[-1]
    treatment = next(iter(game.treatments))
    shape = PolicyShape(
        game.action_values.numel(),
        game.treatment_features(treatment).numel(),
        len(game.information[information]),
        hidden=8,
    )
    policy, generator = PolicyNetwork(shape), torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.copy_(torch.randn(weight.shape, generator=generator) * weights)
    settings = {name: value for name, value in BELIEFS[belief].items() if name != "prior_belief"}
    # An anchor with inertia can be played in every game, although it cannot be learnt in all.
    built = load_belief(BELIEFS[belief]["prior_belief"], "test").of(game, settings)
    return Population(game, policy.eval(), built, information)


@pytest.mark.parametrize("weights", [0.3, 1e5])
@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("game", GAMES)
def test_play_is_made_of_numbers(game: str, belief: str, weights: float) -> None:
    population = population_of(game, belief, weights)
    treatment, agents = next(iter(population.game.treatments.items()))
    generator = torch.Generator().manual_seed(1)
    rounds = min(6, population.game.rounds)
    chance = Chance.draw(population.game, agents, BLOCK, rounds, generator)
    for place, number in enumerate(UNIFORMS):
        for numbers in vars(chance).values():
            numbers.view(-1)[place::17] = number
    traits = Traits.draw(Supertypes.from_array(CORNERS), chance.skills)
    assert all(torch.isfinite(values).all() for values in traits.named.values())
    assert torch.isfinite(traits.features).all() and torch.isfinite(traits.processing_cost).all()
    with torch.inference_mode():
        for played in rounds_of_play(population, treatment, traits, chance):
            choice = played.choice
            assert all(torch.isfinite(values).all() for values in vars(choice).values())
            sums = torch.stack([choice.log_prior.exp().sum(-1), choice.log_policy.exp().sum(-1)])
            torch.testing.assert_close(sums, torch.ones_like(sums), atol=2e-5, rtol=0)
            # Pinsker's inequality: KL is zero only where both are the same.
            gap = (choice.log_policy.exp() - choice.log_prior.exp()).abs().sum(-1)
            assert (choice.divergence >= 0.5 * gap**2 - 2e-5).all()
            assert torch.isfinite(played.payoff).all()


@pytest.mark.parametrize("belief", BELIEFS)
@pytest.mark.parametrize("game", GAMES)
def test_no_simulation_fails(game: str, belief: str) -> None:
    population = population_of(game, belief, 0.3)
    markets = dict.fromkeys(list(population.game.treatments)[-1:], 2)
    experiment = Experiment(population.game, markets)
    found, _ = simulate(
        experiment, population_player(population), CORNERS, seed_sequence(1, "corners")
    )
    assert np.isfinite(found).all()
    assert not failure_reasons(found, experiment.labels).any()


def test_skills_and_what_follows_from_them_are_numbers() -> None:
    supertypes = Supertypes.from_array(CORNERS)
    skill = supertypes.skill_quantiles(torch.tensor(UNIFORMS).expand(len(CORNERS), -1))
    assert ((skill >= 0) & (skill <= 1)).all()
    assert (skill.diff() >= 0).all()
    assert (supertypes.processing_costs(skill) >= 0).all()
    assert torch.isfinite(supertypes.features()).all()
    nodes, weight = skill_quadrature(CORNERS)
    assert ((nodes >= 0) & (nodes <= 1)).all()
    assert (weight > 0).all()
    np.testing.assert_allclose(weight.sum(-1), 1.0)
    derived = derived_quantities(CORNERS)
    assert all(np.isfinite(values).all() for values in derived.values())
    assert (derived["mean_lambda"] > 0).all()
    assert (derived["mean_lambda"] < CORNERS[:, 2]).all()
    assert ((derived["share_unbounded"] >= 0) & (derived["share_unbounded"] <= 1)).all()


def test_theta_survives_the_way_to_the_cube_and_back() -> None:
    cube = PRIOR.to_unit(CORNERS)
    assert np.isfinite(cube).all()
    assert ((cube >= -1e-12) & (cube <= 1 + 1e-12)).all()
    np.testing.assert_allclose(PRIOR.from_unit(cube), CORNERS, rtol=1e-12, atol=1e-15)


STAGE_GAMES = [name for name, game in GAMES.items() if issubclass(game, StageGame)]


@pytest.mark.parametrize("name", STAGE_GAMES)
def test_the_exact_solver_returns_distributions(name: str) -> None:
    game: Any = load_game(name)
    actions = game.action_values.numel()
    for treatment in game.treatments:
        _, exact = solve_supertypes(
            CORNERS[::3],
            partial(game.expected_payoffs, treatment),
            np.full(actions, -np.log(actions)),
            most_steps=30,
        )
        assert np.isfinite(exact.payoffs).all()
        assert np.isfinite(exact.residual).all()
        assert (exact.policy >= 0).all()
        np.testing.assert_allclose(exact.policy.sum(-1), 1.0)
        np.testing.assert_allclose(exact.population.sum(-1), 1.0)
