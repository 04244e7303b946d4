"""Numbers of every stage that must not change from version to version.

For each game: what agents with seeded weights do in a few simulations, what a training of three
iterations arrives at, what a posterior estimator of two epochs learns from seeded simulations, and
scores of its draws. After a change that is meant: ``pytest tests/golden --force-regen``.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from pytest_regressions.num_regression import NumericRegressionFixture

from experiments.cross_checks.one_estimator import train_estimator
from satisfice.evaluation.scores import Human, score_all
from satisfice.games import GAMES, load_game
from satisfice.inference.sbi_compat import EstimatorSettings, sample_estimator
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import CurvePoint, LearningProblem, LearningSettings
from satisfice.learning.rollout import Population
from satisfice.learning.training import learn
from satisfice.population.policy import PolicyNetwork
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import Experiment, population_player, simulate

COMMON = {"reward": "own", "rational": False}
VARIANTS: dict[str, dict[str, Any]] = {
    "cournot": {"prior_belief": "habit", "information": "market", "stay": 0.15, "explore": 0.5,
                "reach": 0.1},
    "cobweb": {"prior_belief": "anchor", "information": "market", "spread": 0.5, "explore": 0.1,
               "inertia": 0.0},
    "beer_game": {"prior_belief": "anchor", "information": "local", "spread": 2.86,
                  "explore": 0.05, "inertia": 0.5},
    "newsvendor": {"prior_belief": "uniform", "information": "yesterday"},
}  # fmt: skip
"""One prior belief for each game; together all that there are."""
SETTINGS = LearningSettings(iterations=3, markets=4, hidden=16, action_basis=4, seed=3)
ESTIMATOR = EstimatorSettings(hidden=16, transforms=2, batch=50, most_epochs=2)
SIMULATIONS = 128

TOLERANCE = 1e-3
"""Largest relative difference that another machine may cause.

On one machine the numbers come out the same again, but for what the nine digits of the file leave
out. Another processor, BLAS or number of threads adds up in another order: with PyTorch's code for
plain, AVX2 and AVX-512 processors, with the oldest code of the BLAS libraries and with two threads,
the largest difference was 4e-5 in a fit, 2e-5 in learning, 1e-6 in play and 2e-7 in scores. The
tolerance is some 25 times that, as one draw that falls on the other side of a threshold moves a
mean a little; a changed formula, seed or order of random numbers moves it by far more.
"""


@pytest.mark.parametrize("name", GAMES)
def test_numbers_are_those_of_the_versions_before(
    name: str, num_regression: NumericRegressionFixture
) -> None:
    game = load_game(name)
    problem = build_problem(game, {**COMMON, **VARIANTS[name]}, SKILL_SPACE)
    cube, statistics = play(problem)
    draws, fitted = fit(cube, statistics)
    human = Human.of(cube[0], np.full(3, 0.2), replicates=5, seed=1)
    found = {
        "play": np.concatenate([*statistics[:3], statistics.mean(0)]),
        "learning": np.array(train(problem)),
        "fit": np.array(fitted),
        "scores": np.concatenate([*score_all(draws, human).values()]),
    }
    # Small numbers count as one.
    tolerance = {"rtol": TOLERANCE, "atol": TOLERANCE}
    num_regression.check(found, default_tolerance=tolerance, fill_different_shape_with_nan=True)


def play(problem: LearningProblem) -> tuple[np.ndarray, np.ndarray]:
    """Points of the prior's cube, and statistics of seeded agents who play there."""
    policy, generator = PolicyNetwork(problem.policy_shape(SETTINGS)), torch.Generator()
    generator.manual_seed(1)
    with torch.no_grad():
        for weight in policy.parameters():
            weight.copy_(0.3 * torch.rand(weight.shape, generator=generator) - 0.15)
    population = Population(problem.game, policy, problem.belief, problem.information)
    experiment = Experiment(problem.game, {next(iter(problem.game.treatments)): 3})
    cube = uniform_rows(seed_sequence(1, "theta"), 0, SIMULATIONS, len(SKILL_SPACE.names))
    theta, sequence = SKILL_SPACE.from_unit(cube), seed_sequence(1, "simulate")
    statistics, _ = simulate(experiment, population_player(population), theta, sequence)
    return cube, statistics


def train(problem: LearningProblem) -> list[float]:
    """The learning curve, and the sum and the size of the weights."""
    points: list[CurvePoint] = []
    policy = learn(problem, SETTINGS, lambda point, _: points.append(point))
    weights = torch.cat([weight.detach().flatten() for weight in policy.parameters()])
    curve = [[p.payoff, p.net_payoff, p.divergence, p.entropy, p.policy_change] for p in points]
    return [*np.ravel(curve), weights.sum().item(), weights.norm().item()]


def fit(cube: np.ndarray, statistics: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """Draws given the first simulation; the losses, and means and spreads of the draws."""
    estimator, record = train_estimator(cube, statistics, ESTIMATOR, seed=2)
    draws = sample_estimator(estimator, statistics[:1], 100, seed=3)[0]
    losses = [*record["validation_loss"], *record["training_loss"]]
    return draws, [*losses, *draws.mean(0), *draws.std(0)]
