"""The likelihood of recorded decisions against enumeration, and against the play itself."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from two_actions import TwoActions

from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.pointwise import log_likelihood
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.learning.rollout import Chance, Population, rounds_of_play
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, Traits
from satisfice.population.registry import space_of
from satisfice.population.supertypes import quadrature_by_group
from satisfice.simulation import likelihood
from satisfice.simulation.histories import History
from satisfice.simulation.likelihood import log_policies, skills_of
from satisfice.simulation.simulator import population_player

HABIT = {"prior_belief": "habit", "stay": 0.4, "explore": [0.05, 0.5], "reach": 0.2}
GAMES: list[tuple[str, str, dict[str, Any], bool]] = [
    ("cournot", "3", {**HABIT, "information": "market"}, False),
    ("cobweb", "unstable", {"prior_belief": "anchor", "information": "market"}, False),
    ("beer_game", "step", {"prior_belief": "anchor", "information": "local"}, True),
    ("newsvendor", "classic", {"prior_belief": "uniform"}, False),
    ("newsvendor", "expedite_4", {"prior_belief": "anchor", "information": "yesterday"}, False),
]


def learnt_something(game: Game, block: dict[str, Any], by_role: bool = False) -> Population:
    """A population whose network has weights of some size."""
    variant = {"information": "none", "reward": "own", "rational": False, **block}
    space = space_of(variant, {"roles": game.roles if by_role else ()})
    problem = build_problem(game, variant, space)
    torch.manual_seed(3)
    network = PolicyNetwork(problem.policy_shape(LearningSettings(hidden=8, action_basis=4)))
    torch.nn.init.normal_(network.head.weight, std=0.2)
    return Population(game, network.eval(), problem.belief, problem.information, space)


def middle(space: ParameterSpace, number: int = 1) -> np.ndarray:
    return space.from_unit(np.random.default_rng(0).random((number, len(space.names))))


def played(
    population: Population, treatment: str, theta: np.ndarray, markets: int, seed: int = 1
) -> History:
    """Play of a population with one theta."""
    game, random = population.game, torch.Generator().manual_seed(seed)
    chance = Chance.draw(game, game.treatments[treatment], markets, game.rounds, random)
    play = population_player(population)(treatment, np.tile(theta, (markets, 1)), chance)
    return History.of(game, treatment, {name: each.double().numpy() for name, each in play.items()})


def alone(history: History, market: int) -> History:
    play = {name: each[market : market + 1].numpy() for name, each in history.play.items()}
    return History.of(history.game, history.treatment, play)


def test_the_likelihoods_of_all_histories_sum_to_one() -> None:
    population = learnt_something(TwoActions(), {**HABIT, "information": "market"})
    action = np.array(list(product([0.0, 1.0], repeat=4))).reshape(16, 2, 2)
    history = History.of(population.game, "only", {"action": action})
    found = log_likelihood(TrainedPopulation(population), history, middle(population.space, 3))
    assert found.shape == (3, 16, 2)
    # Markets are independent of one another, and the agents of one given its history.
    np.testing.assert_allclose(np.exp(found.sum(-1)).sum(-1), 1.0, atol=1e-5)
    assert np.ptp(found.sum(-1)) > 0.5


@pytest.mark.parametrize(("name", "treatment", "block", "by_role"), GAMES)
def test_it_is_what_the_agents_drew_from(
    monkeypatch: pytest.MonkeyPatch, name: str, treatment: str, block: dict[str, Any], by_role: bool
) -> None:
    game, markets = load_game(name), 5
    population = learnt_something(game, block, by_role)
    theta, agents = middle(population.space), game.treatments[treatment]
    chance = Chance.draw(game, agents, markets, game.rounds, torch.Generator().manual_seed(1))
    supertypes = population.supertypes(np.tile(theta, (markets, 1)))
    skill = torch.full((markets, agents), 0.4)
    traits, rounds = Traits.with_skill(supertypes, skill), []
    seen: dict[str, list[Tensor]] = {kind: [] for kind in game.recorded}
    for now in rounds_of_play(population, treatment, traits, chance):
        rounds.append(now.choice.log_policy.gather(-1, now.action.unsqueeze(-1)).squeeze(-1))
        for kind, values in game.outcomes(now.before, now.action, now.after).items():
            seen[kind].append(values)
    play = {kind: torch.stack(values, -1).double().numpy() for kind, values in seen.items()}

    def everybody_alike(
        theta: np.ndarray, nodes: int, space: ParameterSpace, *, by_cost: bool
    ) -> tuple[np.ndarray, ...]:
        shape = (len(theta), space.groups, 1)
        return np.full(shape, 0.4), np.ones(shape)

    monkeypatch.setattr(likelihood, "quadrature_by_group", everybody_alike)
    history = History.of(game, treatment, play)
    by_decision = log_policies(population, history, theta, 1)[0, 0]
    drawn_from = torch.stack(rounds, -1).detach()
    torch.testing.assert_close(by_decision, drawn_from, rtol=1e-4, atol=1e-4)
    found = log_likelihood(TrainedPopulation(population, nodes=1), history, theta)
    np.testing.assert_allclose(found[0], drawn_from.sum(-1), rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize(("name", "treatment", "block", "by_role"), GAMES)
def test_joint_markets_and_populations_are_those_alone(
    name: str, treatment: str, block: dict[str, Any], by_role: bool
) -> None:
    """Observations that occur twice are evaluated once, and no likelihood depends on it."""
    population = learnt_something(load_game(name), block, by_role)
    theta = middle(population.space, 3)
    history = played(population, treatment, theta[0], markets=4)
    together = log_policies(population, history, theta, 3)
    for market in range(4):
        part = log_policies(population, alone(history, market), theta[1:2], 3)
        torch.testing.assert_close(together[1:2, :, market : market + 1], part)


@pytest.mark.parametrize(("name", "treatment", "block", "by_role"), GAMES)
def test_whole_policies_agree_with_the_actions_taken(
    name: str, treatment: str, block: dict[str, Any], by_role: bool
) -> None:
    population = learnt_something(load_game(name), block, by_role)
    theta = middle(population.space, 2)
    history = played(population, treatment, theta[0], markets=2)
    taken = log_policies(population, history, theta, 3)
    whole = log_policies(population, history, theta, 3, whole=True)
    assert whole.shape == (*taken.shape, len(history.game.action_values))
    torch.testing.assert_close(whole.exp().sum(-1), torch.ones_like(taken), rtol=1e-4, atol=1e-4)
    place = history.action.expand(taken.shape).unsqueeze(-1)
    torch.testing.assert_close(whole.gather(-1, place).squeeze(-1), taken, rtol=1e-5, atol=1e-5)


def test_a_role_has_its_own_parameters() -> None:
    population = learnt_something(load_game("beer_game"), GAMES[2][2], by_role=True)
    theta = np.tile(middle(population.space), (2, 1))
    history = played(population, "step", theta[0], markets=3)
    column = list(population.space.names).index("beta_wholesaler")
    theta[1, column] = 0.1 * theta[0, column]
    first, second = log_likelihood(TrainedPopulation(population), history, theta)
    changed = (np.abs(first - second) > 1e-9).any(0)
    wholesaler = list(history.game.roles).index("wholesaler")
    # The population, too, tells every agent's network what the others are like.
    assert changed[wholesaler]
    skill, weight = skills_of(population, "step", theta, 5)
    assert skill.shape == weight.shape == (2, 5, 4)
    torch.testing.assert_close(weight.sum(1), torch.ones(2, 4, dtype=torch.float64))
    by_role, _ = quadrature_by_group(theta, 5, population.space, by_cost=True)
    np.testing.assert_array_equal(skill[0].T, by_role[0])


def test_the_skill_is_integrated_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """More nodes change nothing, and many skills of equal weight give the same."""
    population = learnt_something(load_game("cournot"), {**HABIT, "information": "market"})
    theta = middle(population.space)
    history = played(population, "2", theta[0], markets=3)
    usual, many = (
        log_likelihood(TrainedPopulation(population, nodes=nodes), history, theta)
        for nodes in (likelihood.NODES, 96)
    )
    np.testing.assert_allclose(usual, many, atol=1e-3)
    skills = population.supertypes(theta).skill_quantiles((torch.arange(1000) + 0.5) / 1000)

    def equal_weights(
        theta: np.ndarray, nodes: int, space: ParameterSpace, *, by_cost: bool
    ) -> tuple[np.ndarray, ...]:
        nodes_of_all = skills.double().numpy().reshape(len(theta), space.groups, nodes)
        return nodes_of_all, np.full_like(nodes_of_all, 1.0 / nodes)

    monkeypatch.setattr(likelihood, "quadrature_by_group", equal_weights)
    drawn = log_likelihood(TrainedPopulation(population, nodes=1000), history, theta)
    np.testing.assert_allclose(drawn, many, atol=0.01)


def test_a_decision_off_the_grid_counts_as_the_nearest_one() -> None:
    population = learnt_something(load_game("cournot"), {**HABIT, "information": "market"})
    whole = np.random.default_rng(1).integers(1, 100, (2, 2, 25)).astype(float)
    theta = middle(population.space, 2)
    found, moved = (
        log_likelihood(
            TrainedPopulation(population),
            History.of(population.game, "2", {"action": action}),
            theta,
        )
        for action in (whole, whole + 0.3)
    )
    np.testing.assert_array_equal(found, moved)


def test_who_plays_with_a_cost_of_thinking_is_told_by_how_they_play() -> None:
    """Of two populations the one that made the decisions is the likelier."""
    population = learnt_something(TwoActions(), {**HABIT, "information": "market"})
    torch.nn.init.normal_(population.policy.head.weight, std=2.0)  # type: ignore[union-attr]
    theta = np.array([[0.5, 0.1, 0.05, 0.2], [0.5, 0.1, 2.0, 0.2]])
    for own in range(2):
        history = played(population, "only", theta[own], markets=2000, seed=own)
        total = log_likelihood(TrainedPopulation(population), history, theta).sum((1, 2))
        assert total[own] > total[1 - own] + 10
