"""The equilibrium of agents with policies of their own, against enumeration and limits."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.sharing.asymmetric_qre import AsymmetricQRE, returns, solve_asymmetric
from experiments.sharing.payoffs import payoffs_of_each
from satisfice.games.cournot import Cournot, nash_quantity
from satisfice.learning.exact_qre import respond, solve

UNIFORM = np.full(101, -np.log(101))
# Two actions, no reason to be alike: agent i's payoff depends on each other agent differently.
PULLS = np.array([[0.0, 0.8, -0.5], [0.3, 0.0, 0.6], [-0.7, 0.4, 0.0]])


def solve_cournot(cost: np.ndarray, **arguments: float) -> AsymmetricQRE:
    return solve_asymmetric(cost, payoffs_of_each, UNIFORM, **arguments)


def payoff(agent: int, actions: tuple[int, ...]) -> float:
    others = sum(PULLS[agent, j] * (2 * actions[j] - 1) for j in range(3))
    return float(actions[agent] * (0.2 + others))


def pulled(policies: np.ndarray) -> np.ndarray:
    """Expected payoffs by enumeration of all that the others can do."""
    values = np.zeros((3, 2))
    for actions in product(range(2), repeat=3):
        for agent in range(3):
            chance = np.prod([policies[j, actions[j]] for j in range(3) if j != agent])
            values[agent, actions[agent]] += chance * payoff(agent, actions)
    return values


@pytest.mark.parametrize("firms", [2, 5, 20])
def test_equal_agents_play_the_symmetric_equilibrium(firms: int) -> None:
    cost = np.full(firms, 0.15)
    found = solve_cournot(cost)
    symmetric = solve(
        cost[:1, None],
        np.ones((1, 1)),
        partial(Cournot((firms,)).expected_payoffs, str(firms)),
        UNIFORM,
        damping=min(0.1, 1 / firms),
        tolerance=1e-10,
        most_steps=20_000,
    )
    assert symmetric.residual.max() < 1e-9
    assert found.residual < 1e-9
    np.testing.assert_allclose(found.policy, np.tile(symmetric.policy[0], (firms, 1)), atol=1e-7)


def test_every_agent_replies_to_the_others_own_policies() -> None:
    """Against payoffs summed over all pairs of quantities that the two others can choose."""
    cost = np.array([0.02, 0.2, 0.9])
    found = solve_cournot(cost)
    quantity = np.arange(101)
    for agent in range(3):
        one, other = (found.policy[j] for j in range(3) if j != agent)
        total = quantity[:, None, None] + quantity[None, :, None] + quantity[None, None, :]
        margin = np.maximum(100 - total, 0) - 1.0
        worth = quantity * np.einsum("abc,b,c->a", margin, one, other) / nash_quantity(3) ** 2
        logit = np.exp((worth - worth.max()) / cost[agent])
        np.testing.assert_allclose(found.policy[agent], logit / logit.sum(), atol=1e-7)
    means = found.policy @ quantity
    assert abs(means[1] - means[0]) > 0.5  # the three are really different
    assert abs(means[2] - means[1]) > 0.5


def test_huge_costs_leave_the_prior_belief() -> None:
    prior = np.random.default_rng(0).dirichlet(np.ones(101))
    costs = np.array([1e6, 2e6, 5e6])
    found = solve_asymmetric(costs, payoffs_of_each, np.log(prior))
    np.testing.assert_allclose(found.policy, np.tile(prior, (3, 1)), rtol=1e-3)


def test_tiny_costs_give_best_replies_near_nash() -> None:
    found = solve_cournot(np.array([0.004, 0.006]))
    quantity = np.arange(101)
    for agent in range(2):
        margin = np.maximum(100 - quantity[:, None] - quantity[None, :], 0) - 1.0
        worth = quantity * (margin @ found.policy[1 - agent])
        assert abs(found.policy[agent].argmax() - worth.argmax()) == 0
        assert found.policy[agent] @ quantity == pytest.approx(33.0, abs=0.3)


def test_agents_keep_their_places() -> None:
    costs = np.array([0.05, 0.3, 0.8, 0.15])
    order = np.array([2, 0, 3, 1])
    mixed, plain = solve_cournot(costs[order]), solve_cournot(costs)
    np.testing.assert_allclose(mixed.policy, plain.policy[order], atol=1e-7)


def test_an_asymmetric_game_is_solved_for_each_agent() -> None:
    cost, prior = np.array([0.4, 0.9, 0.6]), np.log([0.3, 0.7])
    found = solve_asymmetric(cost, pulled, prior)
    assert found.residual < 1e-9
    worth = pulled(found.policy)
    for agent in range(3):
        odds = 0.7 / 0.3 * np.exp((worth[agent, 1] - worth[agent, 0]) / cost[agent])
        assert found.policy[agent, 1] == pytest.approx(odds / (1 + odds), abs=1e-8)


@given(st.lists(st.floats(0.05, 3.0), min_size=2, max_size=6))
@settings(deadline=None, max_examples=20, derandomize=True)
def test_nobody_regrets_an_equilibrium(costs: list[float]) -> None:
    cost = np.array(costs)
    found = solve_cournot(cost)
    assert found.residual < 1e-8
    earned = returns(found.policy, cost, payoffs_of_each, UNIFORM)
    np.testing.assert_allclose(earned.regret, 0.0, atol=1e-9)


def test_returns_are_those_of_enumerated_play() -> None:
    policies = np.random.default_rng(1).dirichlet(np.ones(2), size=3)
    cost, prior = np.array([0.4, 0.9, 0.6]), np.array([0.3, 0.7])
    found = returns(policies, cost, pulled, np.log(prior))
    for agent in range(3):
        gross = sum(
            np.prod([policies[j, actions[j]] for j in range(3)]) * payoff(agent, actions)
            for actions in product(range(2), repeat=3)
        )
        assert found.payoff[agent] == pytest.approx(gross)
        thought = (policies[agent] * np.log(policies[agent] / prior)).sum()
        assert found.net[agent] == pytest.approx(gross - cost[agent] * thought)
        best = policies.copy()
        best[agent] = respond(pulled(policies)[agent], cost[agent : agent + 1], np.log(prior))
        better = returns(best, cost, pulled, np.log(prior)).net[agent]
        assert found.regret[agent] == pytest.approx(better - found.net[agent])
        assert found.regret[agent] > 0


def test_a_certain_action_of_no_chance_costs_nothing_more() -> None:
    """Zero probabilities have no part in the divergence."""
    policies = np.array([[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]])
    found = returns(policies, np.full(3, 0.5), pulled, np.log([0.5, 0.5]))
    np.testing.assert_allclose(found.payoff - found.net, 0.5 * np.log(2) * np.array([1, 0, 1]))


def test_residual_tells_that_too_few_steps_were_made() -> None:
    assert solve_cournot(np.array([0.1, 0.3]), most_steps=2).residual > 1e-4
