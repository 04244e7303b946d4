"""The exact likelihood by enumeration, and a policy that is the exact equilibrium."""

from __future__ import annotations

from functools import partial
from itertools import product

import numpy as np
import pytest
import torch
from two_actions import TwoActions

from experiments.decision_checks.exact_play import (
    compare_treatment,
    exact_likelihood,
    exact_play,
    summarise,
)
from satisfice.games.base import StageGame
from satisfice.games.newsvendor import Newsvendor
from satisfice.learning.exact_qre import solve_supertypes
from satisfice.learning.rollout import Population
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import Policy
from satisfice.population.supertypes import SKILL_SPACE

THETA = np.array([[0.5, 0.2, 0.6], [0.8, 0.3, 0.1]])
SETTINGS = {"qre_markets": 20, "nodes": 16}


def population(game: StageGame, policy: Policy) -> Population:
    return Population(game, policy, UniformBelief(game.action_values), "none", SKILL_SPACE)


def optimal(game: StageGame, treatment: str) -> Policy:
    """The policy that is optimal where nobody affects anybody: payoff over processing cost."""
    nobody = np.full((1, len(game.action_values)), 1.0 / len(game.action_values))
    payoff = torch.from_numpy(game.expected_payoffs(treatment, nobody)[0].copy()).float()
    return lambda inputs, cost: payoff / cost.unsqueeze(-1)


def test_an_exact_policy_has_the_exact_likelihood() -> None:
    game = Newsvendor()
    exact = population(game, optimal(game, "classic"))
    rows = compare_treatment(exact, "classic", THETA, SETTINGS, 7)
    np.testing.assert_allclose(rows.learnt, rows.exact, atol=1e-5)
    np.testing.assert_allclose(rows.exact, rows.exact_many_nodes, atol=5e-3)
    assert (rows.decisions == 20 * 30).all()
    found = summarise(rows)
    assert found["passed"]
    assert found["mean_difference"] < 1e-5


def test_another_policy_is_told_from_it() -> None:
    """Agents who do not depart from their belief lose what others gain by it."""
    game = Newsvendor()
    lazy = population(game, lambda inputs, cost: torch.zeros(*cost.shape, 101))
    rows = compare_treatment(lazy, "classic", THETA, SETTINGS, 7)
    np.testing.assert_allclose(rows.learnt, -np.log(101), rtol=1e-4)
    assert (rows.exact > rows.learnt).all()
    found = summarise(rows)
    assert not found["passed"]
    difference = (rows.exact - rows.learnt).abs()
    assert found["mean_difference"] == pytest.approx(difference.mean())
    assert found["largest_difference"] == pytest.approx(difference.max())


def test_likelihoods_of_all_actions_of_a_person_sum_to_one() -> None:
    game = TwoActions()
    people = population(game, lambda inputs, cost: torch.zeros(*cost.shape, 2))
    log_prior = np.full((2, 1, 2), -np.log(2))
    _, exact = solve_supertypes(THETA, partial(game.expected_payoffs, "only"), log_prior)
    each = np.array(list(product([0, 1], repeat=2)))
    found = [
        exact_likelihood(people, "only", THETA, exact, log_prior, np.tile(one, (2, 1, 1)), 8)
        for one in each
    ]
    np.testing.assert_allclose(np.exp(found).sum(0), 1.0)
    assert np.ptp(found) > 0.1


def test_exact_people_play_the_equilibrium() -> None:
    game = TwoActions()
    people = population(game, lambda inputs, cost: torch.zeros(*cost.shape, 2))
    log_prior = np.full((2, 1, 2), -np.log(2))
    _, exact = solve_supertypes(THETA, partial(game.expected_payoffs, "only"), log_prior)
    played = exact_play(people, "only", THETA, exact, log_prior, 2000, 7)["action"]
    assert played.shape == (4000, 2, 2)
    share = played.reshape(2, -1).double().mean(1).numpy()
    np.testing.assert_allclose(share, exact.population[:, 1], atol=0.02)
