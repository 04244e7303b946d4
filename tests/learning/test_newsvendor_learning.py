"""What newsvendors learn from, against backward induction over their orders and the closed form."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from scipy.special import logsumexp
from torch import Tensor, nn

from satisfice.games.newsvendor import Newsvendor
from satisfice.learning.exact_qre import respond
from satisfice.learning.policy_gradient import play_all_treatments, with_worth
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningProblem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings
from satisfice.learning.training import learn
from satisfice.learning.verification import distance_from_exact_qre
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.registry import space_of

GAME = Newsvendor()
BELIEFS: dict[str, dict[str, Any]] = {
    "uniform": {"prior_belief": "uniform", "information": "none"},
    "anchor": {"prior_belief": "anchor", "information": "none", "spread": 15.0, "explore": 0.1},
    "chase": {"prior_belief": "anchor", "information": "demand", "spread": 30.0,
              "explore": 0.1},
    "habit": {"prior_belief": "habit", "information": "round", "stay": 0.3, "explore": 0.2,
              "reach": 0.1},
}  # fmt: skip
EXACT = LearningSettings(markets=3, chance_draws=100)
"""A hundred draws, evenly spread, are all hundred demands."""


def problem(name: str, beta: Any = 0.5) -> LearningProblem:
    block = {"reward": "own", "rational": False, **BELIEFS[name]}
    space: ParameterSpace = space_of(block, {"mu": 0.5, "sigma": [0.02, 0.5], "beta": beta})
    return build_problem(GAME, block, space)


class Zero(nn.Module):
    """Agents who follow their prior belief."""

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        return torch.zeros(*processing_cost.shape, 101)


def payoffs() -> np.ndarray:
    """Expected payoffs of all treatments, shape (treatments, actions)."""
    return np.stack([GAME.expected_payoffs(each, np.ones(101)) for each in GAME.treatments])


@pytest.mark.parametrize("name", ["uniform", "anchor", "chase"])
def test_an_order_is_worth_what_it_earns_if_the_belief_forgets_it(name: str) -> None:
    told = problem(name)
    (played,) = play_all_treatments(told, EXACT, Zero(), torch.Generator().manual_seed(0))
    rounds = 1 if name in ("uniform", "anchor") else 30
    assert told.rounds == rounds
    worth = with_worth(played, told, EXACT).worth.reshape(rounds, 7, 3, 101)
    expected = torch.from_numpy(payoffs()).float()[:, None].expand(rounds, 7, 3, 101)
    torch.testing.assert_close(worth, expected, atol=1e-4, rtol=1e-4)


def test_the_belief_of_those_who_chase_is_around_the_demand_that_they_saw() -> None:
    (played,) = play_all_treatments(
        problem("chase"), EXACT, Zero(), torch.Generator().manual_seed(0)
    )
    believed = played.log_prior.exp()
    # The mode is the anchor: a whole demand, or halfway between two orders at first.
    seen = (played.inputs[1:, ..., -1] + 1) * 50
    assert torch.equal(believed[1:].argmax(-1), seen.round().long())
    torch.testing.assert_close(believed[0, ..., 50], believed[0, ..., 51])


class Optimal(nn.Module):
    """The exact tilts of one treatment, by the round that agents observe."""

    def __init__(self, tilts: np.ndarray) -> None:
        super().__init__()
        self.tilts = torch.from_numpy(tilts)  # (treatments, rounds, agents' costs, actions)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        now = 30 - int((1.0 / inputs[0, 0, -1]).round())
        return self.tilts[now].float()


def test_an_order_is_worth_what_backward_induction_says_if_it_becomes_a_habit() -> None:
    """With the optimal policy, worth is u(a) + W(a); W(b) is what follows the habit b."""
    told = problem("habit")
    assert isinstance(told.belief, HabitBelief) and told.rounds == 30
    seed = torch.Generator().manual_seed
    (drawn,) = play_all_treatments(told, EXACT, Zero(), seed(0))
    cost = drawn.processing_cost[0].double().numpy()[..., 0].reshape(7, 3, 1)
    grid = np.arange(101)
    away = np.abs(grid[:, None] - grid)
    moves = np.where(away > 0, np.exp(-away / 10.0), 0.0)
    log_kernel = np.log(0.3 * np.eye(101) + 0.5 * moves / moves.sum(1, keepdims=True) + 0.2 / 101)
    worth, following = np.empty((30, 7, 3, 101)), np.zeros((7, 3, 101))
    for now in reversed(range(30)):
        worth[now] = payoffs()[:, None] + following
        gained = log_kernel + (worth[now] / cost)[..., None, :]
        following = cost * logsumexp(gained, axis=-1)
    tilts = (worth / cost).reshape(30, 21, 1, 101)
    (played,) = play_all_treatments(told, EXACT, Optimal(tilts), seed(0))
    found = with_worth(played, told, EXACT).worth.reshape(30, 7, 3, 101).double().numpy()
    # Later payoffs add up, so only differences between orders matter.
    found, worth = (each - each.mean(-1, keepdims=True) for each in (found, worth))
    np.testing.assert_allclose(found, worth, atol=2e-3 * np.abs(worth).max())


@pytest.mark.parametrize("name", ["uniform", "anchor"])
def test_memoryless_newsvendors_learn_the_closed_form(name: str) -> None:
    told = problem(name, beta=[0.1, 10.0])
    learning = LearningSettings(
        iterations=60, markets=32, learning_rate=0.02, clip=1.0, hidden=32, action_basis=2,
        averaging=0.9, chance_draws=20, seed=1,
    )  # fmt: skip
    network = learn(told, learning)
    population = Population(GAME, network, told.belief, told.information, told.space)
    assert population.memoryless
    theta = told.space.from_unit(np.random.default_rng(0).random((20, 2)))
    assert distance_from_exact_qre(population, theta)["total_variation"]["mean"] < 0.03


def test_the_exact_solution_of_the_anchor_is_the_closed_form_around_the_mean_demand() -> None:
    around = np.exp(-0.5 * ((np.arange(101) - 50.5) / 15) ** 2)
    believed = 0.9 * around / around.sum() + 0.1 / 101
    told = problem("anchor")
    start = GAME.start("classic", 1)
    seen = GAME.observe("classic", start, "none")
    found = told.belief.log_probabilities(seen)[0, 0].double().numpy()
    np.testing.assert_allclose(found, np.log(believed), atol=1e-5)
    policy = respond(payoffs()[0], np.array([0.2]), np.log(believed))
    by_hand = believed * np.exp(payoffs()[0] / 0.2)
    np.testing.assert_allclose(policy, by_hand / by_hand.sum())
