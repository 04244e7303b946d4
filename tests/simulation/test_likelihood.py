"""The likelihood of recorded decisions against enumeration, and against the play itself."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from satisfice.contenders import load_rule
from satisfice.contenders.base import HasLikelihood
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.games import load_game
from satisfice.games.aggregative import AggregativeGame
from satisfice.games.base import Game
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.learning.rollout import Chance, Population, rounds_of_play
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, Traits
from satisfice.population.registry import space_of
from satisfice.simulation import likelihood
from satisfice.simulation.likelihood import log_likelihood
from satisfice.simulation.simulator import population_player


class TwoActions(AggregativeGame):
    """Two agents, two rounds, two actions: sixteen histories."""

    name = "two_actions"
    action_unit = "units"
    rounds = 2
    treatments: Mapping[str, int] = {"only": 2}
    action_values = torch.tensor([0.0, 1.0])

    def payoff(self, treatment: str, own: Tensor, others: Tensor) -> Tensor:
        return own * (1.5 - others)

    def equilibrium_action(self, treatment: str) -> float:
        return 1.0


HABIT = {"prior_belief": "habit", "stay": 0.4, "explore": [0.05, 0.5], "reach": 0.2}


def learnt_something(game: Game, block: dict[str, Any], roles: tuple[str, ...] = ()) -> Population:
    """A population whose network has weights of some size."""
    variant = {"information": "none", "reward": "own", "rational": False, **block}
    space = space_of(variant, {"roles": roles})
    problem = build_problem(game, variant, space)
    torch.manual_seed(3)
    network = PolicyNetwork(problem.policy_shape(LearningSettings(hidden=8, action_basis=4)))
    torch.nn.init.normal_(network.head.weight, std=0.2)
    return Population(game, network.eval(), problem.belief, problem.information, space)


def middle(space: ParameterSpace, number: int = 1) -> np.ndarray:
    return space.from_unit(np.random.default_rng(0).random((number, len(space.names))))


def test_the_likelihoods_of_all_histories_sum_to_one() -> None:
    population = learnt_something(TwoActions(), {**HABIT, "information": "market"})
    histories = np.array(list(product([0.0, 1.0], repeat=4))).reshape(16, 2, 2)
    found = log_likelihood(population, "only", {"action": histories}, middle(population.space, 3))
    assert found.shape == (3, 16, 2)
    # Markets are independent of one another, and the agents of one given its history.
    np.testing.assert_allclose(np.exp(found.sum(-1)).sum(-1), 1.0, atol=1e-5)
    assert np.ptp(found.sum(-1)) > 0.5


@pytest.mark.parametrize(
    ("name", "treatment", "block", "by_role"),
    [
        ("cournot", "3", {**HABIT, "information": "market"}, False),
        ("cobweb", "unstable", {"prior_belief": "anchor", "information": "market"}, False),
        ("beer_game", "step", {"prior_belief": "anchor", "information": "local"}, True),
        ("newsvendor", "classic", {"prior_belief": "uniform"}, False),
        ("newsvendor", "expedite_4", {"prior_belief": "anchor", "information": "yesterday"}, False),
    ],
)
def test_it_is_what_the_agents_drew_from(
    monkeypatch: pytest.MonkeyPatch, name: str, treatment: str, block: dict[str, Any], by_role: bool
) -> None:
    game, markets = load_game(name), 5
    population = learnt_something(game, block, game.roles if by_role else ())
    theta, agents = middle(population.space), game.treatments[treatment]
    chance = Chance.draw(game, agents, markets, game.rounds, torch.Generator().manual_seed(1))
    supertypes = population.supertypes(np.tile(theta, (markets, 1)))
    skill = torch.full((markets, agents), 0.4)
    traits, total, actions = Traits.with_skill(supertypes, skill), torch.zeros(()), []
    played: dict[str, list[Tensor]] = {kind: [] for kind in game.recorded}
    for now in rounds_of_play(population, treatment, traits, chance):
        chosen = now.choice.log_policy.gather(-1, now.action.unsqueeze(-1)).squeeze(-1)
        total = total + chosen
        actions.append(now.action)
        for kind, values in game.outcomes(now.before, now.action, now.after).items():
            played[kind].append(values)
    play = {kind: torch.stack(values, -1).double().numpy() for kind, values in played.items()}

    def everybody_alike(
        theta: np.ndarray, nodes: int, space: ParameterSpace
    ) -> tuple[np.ndarray, ...]:
        shape = (len(theta), space.groups, 1)
        return np.full(shape, 0.4), np.ones(shape)

    monkeypatch.setattr(likelihood, "quadrature_by_group", everybody_alike)
    found = log_likelihood(population, treatment, play, theta, nodes=1)
    np.testing.assert_allclose(found[0], total.detach().numpy(), rtol=1e-4, atol=1e-3)


def test_the_skill_is_integrated_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """More nodes change nothing, and many skills of equal weight give the same."""
    population = learnt_something(load_game("cournot"), {**HABIT, "information": "market"})
    theta, random = middle(population.space), torch.Generator().manual_seed(1)
    chance = Chance.draw(population.game, 2, 3, 25, random)
    played = population_player(population)("2", np.tile(theta, (3, 1)), chance)
    play = {name: values.double().numpy() for name, values in played.items()}
    few, many = (log_likelihood(population, "2", play, theta, nodes) for nodes in (24, 96))
    np.testing.assert_allclose(few, many, atol=1e-3)
    skills = population.supertypes(theta).skill_quantiles((torch.arange(1000) + 0.5) / 1000)

    def equal_weights(
        theta: np.ndarray, nodes: int, space: ParameterSpace
    ) -> tuple[np.ndarray, ...]:
        nodes_of_all = skills.double().numpy().reshape(len(theta), space.groups, nodes)
        return nodes_of_all, np.full_like(nodes_of_all, 1.0 / nodes)

    monkeypatch.setattr(likelihood, "quadrature_by_group", equal_weights)
    drawn = log_likelihood(population, "2", play, theta, nodes=1000)
    np.testing.assert_allclose(drawn, many, atol=0.01)


def test_a_decision_off_the_grid_counts_as_the_nearest_one() -> None:
    population = learnt_something(load_game("cournot"), {**HABIT, "information": "market"})
    whole = np.random.default_rng(1).integers(1, 100, (2, 2, 25)).astype(float)
    theta = middle(population.space, 2)
    found, moved = (
        log_likelihood(population, "2", {"action": action}, theta)
        for action in (whole, whole + 0.3)
    )
    np.testing.assert_array_equal(found, moved)


def test_who_plays_with_a_cost_of_thinking_is_told_by_how_they_play() -> None:
    """Of two populations the one that made the decisions is the likelier."""
    population = learnt_something(TwoActions(), {**HABIT, "information": "market"})
    torch.nn.init.normal_(population.policy.head.weight, std=2.0)  # type: ignore[union-attr]
    theta = np.array([[0.5, 0.1, 0.05, 0.2], [0.5, 0.1, 2.0, 0.2]])
    random = torch.Generator().manual_seed(0)
    for own in range(2):
        chance = Chance.draw(population.game, 2, 2000, 2, random)
        play = population_player(population)("only", np.tile(theta[own], (2000, 1)), chance)
        recorded = {name: values.double().numpy() for name, values in play.items()}
        total = log_likelihood(population, "only", recorded, theta).sum((1, 2))
        assert total[own] > total[1 - own] + 10


def test_a_contender_says_whether_it_has_a_likelihood() -> None:
    population = learnt_something(TwoActions(), {**HABIT, "information": "market"})
    contender, play = TrainedPopulation(population), {"action": np.zeros((2, 2, 2))}
    theta = middle(population.space, 2)
    assert isinstance(contender, HasLikelihood)
    found = contender.log_prob("only", play, theta)
    np.testing.assert_array_equal(found, log_likelihood(population, "only", play, theta))
    assert not isinstance(load_rule("equilibrium", load_game("cournot"), "here"), HasLikelihood)


def test_a_game_whose_chance_nobody_recorded_is_told() -> None:
    class Shaken(TwoActions):
        shocks = 1

    population = learnt_something(Shaken(), {**HABIT, "information": "market"})
    with pytest.raises(NotImplementedError, match="how chance is read from records"):
        log_likelihood(
            population, "only", {"action": np.zeros((1, 2, 2))}, middle(population.space)
        )
