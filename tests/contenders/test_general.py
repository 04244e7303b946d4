"""Noisy equilibrium and the cognitive hierarchy against theory worked out on its own."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import poisson

from satisfice.contenders.base import Turn
from satisfice.contenders.general import (
    MOST_LEVELS,
    NOISE_POINTS,
    TAU_POINTS,
    CognitiveHierarchy,
    NoisyEquilibrium,
    level_zero,
    levels,
    solve_hierarchy,
)
from satisfice.games.base import StageGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor

TWICE = 2
"""Place on the grid where level 0 plays up to twice the equilibrium action."""


@pytest.fixture(scope="module")
def hierarchy() -> CognitiveHierarchy:
    return CognitiveHierarchy(Cournot())


@pytest.fixture(scope="module")
def duopoly(hierarchy: CognitiveHierarchy) -> np.ndarray:
    return hierarchy.policies("2")[TWICE]


def profits(firms: int, rivals: np.ndarray) -> np.ndarray:
    """Mean profit of each quantity against firms that draw from some quantities, enumerated."""
    totals = np.array([sum(others) for others in product(rivals, repeat=firms - 1)])
    own = np.arange(101)[:, None]
    return (own * (np.maximum(100 - own - totals, 0) - 1)).mean(1)


@pytest.mark.parametrize("share", [0.05, 0.2])
@pytest.mark.parametrize(("game", "treatment"), [(Cournot(), "2"), (Cobweb(), "stable")])
def test_noisy_equilibrium_has_the_mean_and_noise_asked_for(
    game: StageGame, treatment: str, share: float, columns: Any, even: torch.Tensor
) -> None:
    theta = columns(len(even), {"noise_sd": share})
    action = NoisyEquilibrium(game).act(Turn(treatment, None, theta, even, even))
    played = game.action_values[action]
    wanted = game.equilibrium_action(treatment)
    assert played.mean().item() == pytest.approx(wanted, rel=0.005)
    assert played.std().item() == pytest.approx(share * wanted, rel=0.02)


def test_without_noise_everybody_plays_the_nearest_action(columns: Any, even: torch.Tensor) -> None:
    theta = columns(len(even), {"noise_sd": 0.0})
    action = NoisyEquilibrium(Cournot()).act(Turn("3", None, theta, even, even))
    assert set(action.flatten().tolist()) == {25}


@pytest.mark.parametrize(("treatment", "largest"), [("2", 66), ("3", 49), ("5", 33)])
def test_level_zero_is_uniform_up_to_twice_nash(treatment: str, largest: int) -> None:
    policy = level_zero(Cournot(), treatment, 2.0)
    np.testing.assert_allclose(policy[: largest + 1], 1 / (largest + 1))
    assert not policy[largest + 1 :].any()


def test_level_zero_is_clipped_to_the_grid() -> None:
    np.testing.assert_allclose(level_zero(Newsvendor(), "classic", 2.0), 1 / 101)


@pytest.mark.parametrize("treatment", ["2", "3"])
def test_level_one_replies_best_to_level_zero(
    hierarchy: CognitiveHierarchy, treatment: str
) -> None:
    firms = int(treatment)
    profit = profits(firms, np.arange(int(2 * 99 / (firms + 1)) + 1))
    game = hierarchy.game

    def expected(population: np.ndarray) -> np.ndarray:
        return game.expected_payoffs(treatment, population)

    tiny = np.array([1e-6])
    solved = solve_hierarchy(level_zero(game, treatment, 2.0), expected, np.ones(1), tiny)
    assert solved[0, 0, 1].argmax() == profit.argmax()
    assert solved[0, 0, 1].max() > 0.999


def test_level_one_is_the_logit_of_its_profits(duopoly: np.ndarray) -> None:
    profit = profits(2, np.arange(67)) / 33.0**2
    weight = np.exp(profit / 0.01)
    np.testing.assert_allclose(duopoly[5, 0, 1], weight / weight.sum(), atol=1e-12)


def test_level_two_replies_to_a_truncated_poisson_mixture(duopoly: np.ndarray) -> None:
    tau, lam = 6.0, 1.0
    belief = np.array([1.0, tau]) / (1 + tau) @ duopoly[-1, -1, :2]
    own = np.arange(101)
    price = np.maximum(100 - own[:, None] - own, 0) @ belief
    weight = np.exp(own * (price - 1) / 33.0**2 / lam)
    np.testing.assert_allclose(duopoly[-1, -1, 2], weight / weight.sum(), atol=1e-12)


def test_high_levels_with_little_noise_come_to_nash(duopoly: np.ndarray) -> None:
    assert duopoly[-1, 0, -1] @ np.arange(101) == pytest.approx(33, abs=0.2)


def test_every_policy_is_a_distribution(duopoly: np.ndarray) -> None:
    assert duopoly.shape == (TAU_POINTS, NOISE_POINTS, MOST_LEVELS + 1, 101)
    np.testing.assert_allclose(duopoly.sum(-1), 1)
    assert (duopoly >= 0).all()


def test_levels_follow_the_poisson_distribution(even: torch.Tensor) -> None:
    level = levels(torch.full((len(even), 1), 1.5), even).flatten().numpy()
    share = np.bincount(level, minlength=MOST_LEVELS + 1) / len(level)
    np.testing.assert_allclose(share, poisson.pmf(np.arange(MOST_LEVELS + 1), 1.5), atol=1e-3)


def test_few_steps_of_thinking_are_level_zero(
    hierarchy: CognitiveHierarchy, columns: Any, even: torch.Tensor
) -> None:
    who = torch.full_like(even, 0.999)
    theta = columns(len(even), {"tau": 1e-4, "lam": 0.05, "reach": 2.0})
    action = hierarchy.act(Turn("2", None, theta, who, even)).flatten().numpy()
    share = np.bincount(action, minlength=101) / len(action)
    np.testing.assert_allclose(share, level_zero(hierarchy.game, "2", 2.0), atol=2e-4)


@pytest.mark.parametrize(("reach", "largest"), [(1.0, 33), (3.0, 99), (4.0, 100)])
def test_the_reach_of_level_zero_is_fitted(
    hierarchy: CognitiveHierarchy, columns: Any, even: torch.Tensor, reach: float, largest: int
) -> None:
    theta = columns(len(even), {"tau": 0.1, "lam": 0.05, "reach": reach})
    action = hierarchy.act(Turn("2", None, theta, torch.zeros_like(even), even))
    assert action.min() == 0
    assert action.max() == largest


@pytest.mark.parametrize("level", [1, 2, 4])
def test_at_a_point_of_the_grid_the_policy_there_is_played(
    hierarchy: CognitiveHierarchy,
    duopoly: np.ndarray,
    columns: Any,
    even: torch.Tensor,
    level: int,
) -> None:
    below = poisson.cdf(level - 1, 6.0) / poisson.cdf(MOST_LEVELS, 6.0)
    who = torch.full_like(even, below + 1e-3)
    theta = columns(len(even), {"tau": 6.0, "lam": 0.01, "reach": 2.0})
    action = hierarchy.act(Turn("2", None, theta, who, even)).flatten().numpy()
    share = np.bincount(action, minlength=101) / len(action)
    np.testing.assert_allclose(share, duopoly[-1, 0, level], atol=2e-4)


def test_between_points_of_the_grid_policies_are_interpolated(
    hierarchy: CognitiveHierarchy, duopoly: np.ndarray, columns: Any
) -> None:
    many = ((torch.arange(400_000) + 0.5) / 400_000).unsqueeze(1)
    step = 5.9 / (TAU_POINTS - 1)
    tau, lam = 0.1 + 0.3 * step, 100 ** (-1 + 0.6 / (NOISE_POINTS - 1))
    theta = columns(len(many), {"tau": tau, "lam": lam, "reach": 2.0})
    who = torch.full_like(many, poisson.cdf(1, tau) + 1e-3)
    action = hierarchy.act(Turn("2", None, theta, who, many)).flatten().numpy()
    share = np.bincount(action, minlength=101) / len(action)
    corners = np.einsum("t,l,tla->a", [0.7, 0.3], [0.4, 0.6], duopoly[:2, :2, 2])
    np.testing.assert_allclose(share, corners, atol=5e-4)


def test_an_agent_keeps_one_level(play: Any, hierarchy: CognitiveHierarchy) -> None:
    quantity = play(hierarchy, "2", 400, tau=1.0, lam=0.01, reach=2.0)["action"]
    within = quantity.std(-1).flatten()
    # Level 0 roams over 0 to 66, the others stay near Nash.
    thinks = within < 10
    assert thinks.double().mean().item() == pytest.approx(1 - np.exp(-1), abs=0.05)
    assert within[~thinks].min() > 12


@pytest.mark.parametrize("treatment", list(Cobweb.treatments))
def test_the_hierarchy_of_the_cobweb_sits_near_rational_expectations(treatment: str) -> None:
    game = Cobweb()

    def expected(population: np.ndarray) -> np.ndarray:
        return game.expected_payoffs(treatment, population)

    solved = solve_hierarchy(
        level_zero(game, treatment, 2.0), expected, np.full(1, 6.0), np.full(1, 0.01)
    )
    mean = solved[0, 0, -1] @ game.action_values.numpy()
    assert mean == pytest.approx(game.equilibrium_action(treatment), abs=0.1)


def test_newsvendors_who_think_order_the_fractile() -> None:
    policies = CognitiveHierarchy(Newsvendor()).policies("classic")
    assert (policies[TWICE, :, 0, 1:].argmax(-1) == 75).all()
