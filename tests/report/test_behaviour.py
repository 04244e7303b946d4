"""Learnt policies at a few skills, in the first round and after equilibrium play."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.games.beer_game import ROLES
from satisfice.learning.populations import build_problem, load_population
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.learning.rollout import Population
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork
from satisfice.population.supertypes import SKILL_PARAMETERS, SKILL_SPACE
from satisfice.report.behaviour import SKILLS, behaviour_by_skill

THETA = np.array([0.5, 0.2, 0.4])
BY_ROLE = ParameterSpace.of(SKILL_PARAMETERS, {}, ROLES)


def problem_of(
    game: Game, belief: PriorBelief, information: str, space: ParameterSpace
) -> LearningProblem:
    settings = {"rational": False, "reward": "own", "prior_belief": "uniform"}
    built = build_problem(game, settings | {"information": information}, space)
    return LearningProblem(game, belief, information, built.draw_supertypes, space)


def population_of(
    game: Game,
    belief: PriorBelief,
    information: str,
    space: ParameterSpace = SKILL_SPACE,
    scale: float = 0.0,
) -> Population:
    """A population with a network that is untrained, or whose weights are random."""
    problem = problem_of(game, belief, information, space)
    policy = PolicyNetwork(problem.policy_shape(LearningSettings(hidden=8, action_basis=4)))
    generator = torch.Generator().manual_seed(0)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.add_(scale * torch.randn(weight.shape, generator=generator))
    return Population(game, policy.eval(), belief, information, space)


def test_untrained_agents_follow_their_habit(made_up_run: Any) -> None:
    population, _ = load_population(made_up_run.root / "policy" / "habit")
    shown = behaviour_by_skill(population, THETA)
    assert shown.costs == pytest.approx([0.4 * (1 - skill) for skill in SKILLS])
    assert shown.action_unit == "quantity (units per round)"
    first = shown.stages["first round"]["treatment 3"]
    np.testing.assert_allclose(first.policy, np.tile(first.prior_belief, (3, 1)), rtol=1e-5)
    np.testing.assert_allclose(first.prior_belief, 1 / 101, rtol=1e-5)
    assert first.equilibrium == 25  # the whole number nearest to 99 / 4
    later = shown.stages["after equilibrium play"]["treatment 3"]
    np.testing.assert_allclose(later.policy, np.tile(later.prior_belief, (3, 1)), rtol=1e-5)
    assert later.prior_belief.argmax() == 25
    assert list(shown.stages["first round"]) == [f"treatment {firms}" for firms in "2345"]


def test_agents_without_memory_have_one_stage(made_up_run: Any) -> None:
    population, _ = load_population(made_up_run.root / "policy" / "uniform")
    assert list(behaviour_by_skill(population, THETA).stages) == ["first round"]


def test_every_role_is_shown_with_its_own_rule_of_thumb() -> None:
    game = load_game("beer_game")
    belief = AnchorBelief(game.action_values, spread=1.0, explore=0.05, inertia=0.0)
    theta = np.concatenate([THETA, [0.1, 0.1, 1.0], [0.9, 0.1, 0.3], [0.3, 0.2, 2.0]])
    shown = behaviour_by_skill(population_of(game, belief, "local", space=BY_ROLE), theta)
    # The first role's KL weight stands for all.
    assert shown.costs == pytest.approx([0.4 * (1 - skill) for skill in SKILLS])
    assert list(shown.stages) == ["first round", "after equilibrium play"]
    first = shown.stages["first round"]
    assert list(first) == list(ROLES)
    # The order that comes in is 8 at the retailer, and 4 upstream; the benchmark refills stocks.
    assert [agent.prior_belief.argmax() for agent in first.values()] == [8, 4, 4, 4]
    assert [agent.equilibrium for agent in first.values()] == [12, 8, 8, 4]
    for agent in first.values():
        assert agent.policy.shape == (3, 61)
        np.testing.assert_allclose(agent.policy.sum(axis=1), 1.0, rtol=1e-5)


def test_roles_differ_in_what_they_do_and_skills_within_a_role() -> None:
    torch.manual_seed(0)  # Not every network does what is asked of this one.
    game = load_game("beer_game")
    belief = AnchorBelief(game.action_values, spread=3.0, explore=0.2, inertia=0.0)
    theta = np.tile([0.5, 0.2, 0.05], 4)
    population = population_of(game, belief, "local", space=BY_ROLE, scale=0.3)
    agents = list(behaviour_by_skill(population, theta).stages["first round"].values())
    for agent in agents:
        distance = 0.5 * np.abs(agent.policy - agent.prior_belief).sum(axis=1)
        assert (distance > 0.1).all()
        # Those who pay less for it depart further.
        assert distance.argmax() == 2
    # Distributor and wholesaler are in the same place of the same chain, but are not the same.
    assert not np.allclose(agents[1].policy, agents[2].policy)


def test_after_equilibrium_play_means_a_round_of_median_chance() -> None:
    game = load_game("cobweb")
    belief = AnchorBelief(game.action_values, spread=0.5, explore=0.1, inertia=0.0)
    shown = behaviour_by_skill(population_of(game, belief, "market"), THETA)
    for treatment, agent in shown.stages["after equilibrium play"].items():
        price = game.equilibrium_action(treatment.removeprefix("treatment "))
        # Without noise, the price that everybody expects comes true, but for the grid.
        mode = shown.action_values[agent.prior_belief.argmax()]
        assert mode == pytest.approx(price, abs=0.35)
        assert agent.equilibrium == pytest.approx(price, abs=0.1)
    for agent in shown.stages["first round"].values():
        np.testing.assert_allclose(agent.prior_belief, 1 / len(game.action_values), rtol=1e-5)


def test_a_habit_alone_is_a_memory() -> None:
    game = load_game("cobweb")
    belief = HabitBelief(game.action_values, stay=0.3, explore=0.1, reach=0.05)
    shown = behaviour_by_skill(population_of(game, belief, "none"), THETA)
    assert list(shown.stages) == ["first round", "after equilibrium play"]
