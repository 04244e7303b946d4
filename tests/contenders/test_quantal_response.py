"""The logit quantal response equilibrium against the solver and against closed forms."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
import torch

from satisfice.contenders.base import Turn
from satisfice.contenders.quantal_response import LogitQRE
from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.games.newsvendor import Newsvendor
from satisfice.learning.exact_qre import solve, total_variation


def distribution(rule: LogitQRE, treatment: str, lam: np.ndarray) -> np.ndarray:
    by_population = torch.from_numpy(lam).reshape(-1, 1, 1)
    return rule.distribution(treatment, {"lam": by_population})[:, 0].numpy()


def solved(game: StageGame, treatment: str, lam: np.ndarray) -> np.ndarray:
    uniform = np.full(len(game.action_values), -np.log(len(game.action_values)))
    expected = partial(game.expected_payoffs, treatment)
    return solve(lam[:, None], np.ones((len(lam), 1)), expected, uniform).policy[:, 0]


@pytest.mark.parametrize(
    ("name", "treatment"),
    [
        ("cournot", "2"),
        ("cournot", "4"),
        ("cournot", "5"),
        ("cobweb", "strongly_unstable"),
        ("newsvendor", "classic"),
        ("newsvendor", "expedite_3"),
    ],
)
def test_between_the_points_it_agrees_with_the_solver(name: str, treatment: str) -> None:
    game = load_game(name)
    assert isinstance(game, StageGame)
    # Play of five oligopolists moves fast near 0.2.
    lam = np.concatenate([np.geomspace(0.005, 2.0, 14)[1:-1] * 1.003, np.linspace(0.18, 0.4, 5)])
    found = distribution(LogitQRE(game), treatment, lam)
    assert total_variation(found, solved(game, treatment, lam)).max() < 0.002


def test_in_the_newsvendor_it_is_logit_choice() -> None:
    game, lam = Newsvendor(), np.array([0.005, 2.0])
    earned = game.expected_payoffs("classic", np.full((1, 101), 1 / 101))
    odds = np.exp((earned - earned.max()) / lam[:, None])
    wanted = odds / odds.sum(1, keepdims=True)
    np.testing.assert_allclose(distribution(LogitQRE(game), "classic", lam), wanted, atol=1e-12)


def test_noise_beyond_the_prior_is_at_its_end() -> None:
    rule = LogitQRE(Newsvendor())
    found = distribution(rule, "classic", np.array([1e-6, 0.005, 2.0, 50.0]))
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[2], found[3])


def test_it_plays_its_distribution(columns: Any, even: torch.Tensor) -> None:
    rule, lam = LogitQRE(load_game("cournot")), 0.0765
    theta = columns(len(even), {"lam": lam})
    action = rule.act(Turn("3", None, theta, even, even)).flatten().numpy()
    share = np.bincount(action, minlength=101) / len(action)
    np.testing.assert_allclose(share, distribution(rule, "3", np.array([lam]))[0], atol=5e-4)
