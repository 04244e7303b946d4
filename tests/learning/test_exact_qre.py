"""The exact equilibrium against closed forms, limits and an independent recomputation."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from satisfice.games.cournot import Cournot, nash_profit, nash_quantity
from satisfice.learning.exact_qre import ExactQRE, solve_supertypes, total_variation
from satisfice.population.supertypes import skill_quadrature

QUANTITIES = np.arange(101)
THETA = np.array([[0.5, 0.2, 0.6], [0.9, 0.3, 1.5], [0.1, 0.02, 0.3]])


def solve_cournot(theta: np.ndarray, firms: int = 3, **arguments: float) -> ExactQRE:
    payoffs = partial(Cournot().expected_payoffs, str(firms))
    return solve_supertypes(theta, payoffs, np.full(101, -np.log(101)), **arguments)[1]


def convolved_payoffs(population: np.ndarray, firms: int) -> np.ndarray:
    """Expected payoff of each quantity, by direct convolution."""
    others = np.ones(1)
    for _ in range(firms - 1):
        others = np.convolve(others, population)
    totals = QUANTITIES[:, None] + np.arange(others.size)
    margin = np.maximum(100 - totals, 0) - 1.0
    return np.asarray(QUANTITIES * (margin @ others) / nash_profit(firms))


@pytest.mark.parametrize("firms", [2, 5])
def test_population_replies_to_itself_by_an_independent_recomputation(firms: int) -> None:
    solution = solve_cournot(THETA, firms, nodes=300)
    assert solution.residual.max() < 1e-8
    for row, (mu, sigma, beta) in enumerate(THETA):
        payoffs = convolved_payoffs(solution.population[row], firms)
        np.testing.assert_allclose(solution.payoffs[row], payoffs, atol=1e-6)
        edges = np.linspace(max(mu - 8 * sigma, 0), min(mu + 8 * sigma, 1), 20_001)
        skill = (edges[1:] + edges[:-1]) / 2
        density = stats.norm.pdf(skill, mu, sigma)
        scores = payoffs / (beta * (1 - skill))[:, None]
        logit = np.exp(scores - scores.max(1, keepdims=True))
        logit /= logit.sum(1, keepdims=True)
        reply = density @ logit / density.sum()
        np.testing.assert_allclose(solution.population[row], reply, atol=2e-5)


def test_policy_of_each_node_is_its_logit_reply() -> None:
    solution, (skill, _) = solve_cournot(THETA), skill_quadrature(THETA)
    for row, node in ((0, 5), (1, 40), (2, 63)):
        cost = THETA[row, 2] * (1 - skill[row, node])
        weights = np.exp((solution.payoffs[row] - solution.payoffs[row].max()) / cost)
        expected = weights / weights.sum()
        np.testing.assert_allclose(solution.policy[row, node], expected, atol=1e-12)


def test_policies_and_population_are_distributions() -> None:
    solution = solve_cournot(THETA)
    assert solution.policy.shape == (3, 64, 101)
    np.testing.assert_allclose(solution.policy.sum(-1), 1.0)
    np.testing.assert_allclose(solution.population.sum(-1), 1.0)
    assert (solution.population > 0).all()


@pytest.mark.parametrize("firms", [2, 3, 4, 5])
def test_huge_processing_cost_gives_the_prior_belief(firms: int) -> None:
    solution = solve_cournot(np.array([[0.2, 0.1, 1e7]]), firms)
    np.testing.assert_allclose(solution.population, 1 / 101, rtol=1e-4)


@pytest.mark.parametrize("firms", [2, 3, 4, 5])
def test_small_processing_cost_gives_nash(firms: int) -> None:
    solution = solve_cournot(np.array([[0.5, 0.1, 0.004]]), firms, damping=0.02)
    nash = nash_quantity(firms)
    mean = (solution.population @ QUANTITIES).item()
    spread = np.sqrt(solution.population @ QUANTITIES**2 - mean**2).item()
    assert solution.residual.max() < 1e-8
    assert mean == pytest.approx(nash, rel=0.01)
    assert spread < 0.1 * nash
    assert abs(solution.payoffs.argmax() - nash) <= 1


def test_skilled_agents_earn_more_in_the_same_population() -> None:
    solution = solve_cournot(THETA)
    earned = np.einsum("ska,sa->sk", solution.policy, solution.payoffs)
    assert (np.diff(earned, axis=1) > 0).all()


def test_a_decision_without_opponents_has_its_closed_form() -> None:
    payoffs = np.array([0.0, 0.3, 1.0, 0.2])
    theta = np.array([[0.4, 0.2, 0.5]])
    _, solution = solve_supertypes(
        theta, lambda population: np.broadcast_to(payoffs, population.shape), np.zeros(4)
    )
    skills = stats.truncnorm(-0.4 / 0.2, 0.6 / 0.2, loc=0.4, scale=0.2)

    def choice(skill: float, action: int) -> float:
        weights = np.exp((payoffs - 1.0) / (0.5 * (1 - skill)))
        return float(weights[action] / weights.sum() * skills.pdf(skill))

    expected = [integrate.quad(choice, 0, 1 - 1e-9, args=(action,))[0] for action in range(4)]
    np.testing.assert_allclose(solution.population[0], expected, atol=1e-6)


@pytest.mark.parametrize("beta", [0.2, 1.0, 4.0])
def test_entry_game_agrees_with_root_finding(beta: float) -> None:
    """Entering pays 1 - 2 x the share of entrants, staying out nothing."""
    skills = stats.truncnorm(-0.5 / 0.3, 0.5 / 0.3, loc=0.5, scale=0.3)

    def entrants(share: float) -> float:
        def choice(skill: float) -> float:
            tilt = (0.8 - 2 * share) / (beta * (1 - skill))
            return float(skills.pdf(skill) / (1 + np.exp(-np.clip(tilt, -700, 700))))

        return float(integrate.quad(choice, 0, 1 - 1e-9, limit=200)[0])

    exact = optimize.brentq(lambda share: entrants(share) - share, 0.0, 1.0, xtol=1e-10)
    _, solution = solve_supertypes(
        np.array([[0.5, 0.3, beta]]),
        lambda population: np.stack([0.8 - 2 * population[:, 0], 0 * population[:, 0]], -1),
        np.zeros(2),
    )
    assert solution.population[0, 0] == pytest.approx(exact, abs=1e-5)


def test_supertypes_of_a_batch_do_not_influence_one_another() -> None:
    together = solve_cournot(THETA)
    for row in range(len(THETA)):
        alone = solve_cournot(THETA[row : row + 1])
        np.testing.assert_allclose(together.population[row], alone.population[0], atol=1e-7)


def test_damping_changes_the_way_and_not_the_goal() -> None:
    slow, fast = solve_cournot(THETA, damping=0.05), solve_cournot(THETA, damping=0.2)
    np.testing.assert_allclose(slow.population, fast.population, atol=1e-7)


def test_default_nodes_are_close_to_a_fine_quadrature() -> None:
    coarse, fine = solve_cournot(THETA), solve_cournot(THETA, nodes=300)
    assert coarse.policy.shape == (3, 64, 101)
    np.testing.assert_allclose(coarse.population, fine.population, atol=2e-4)


def test_residual_tells_that_too_few_steps_were_made() -> None:
    assert solve_cournot(THETA, most_steps=2).residual.min() > 1e-4


def test_total_variation_is_half_the_absolute_difference() -> None:
    one, other = np.array([[1.0, 0, 0], [0.2, 0.3, 0.5]]), np.array([[0, 0, 1.0], [0.3, 0.3, 0.4]])
    np.testing.assert_allclose(total_variation(one, other), [1.0, 0.1])
