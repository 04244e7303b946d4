"""KL-bounded learning in a game with one agent, against the closed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch

from satisfice.games.base import Game
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import CurvePoint, LearningProblem, LearningSettings
from satisfice.learning.rollout import Population
from satisfice.learning.single_agent import Comparison, agents_at_cost, compare
from satisfice.learning.training import learn
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed

GAME = "newsvendor"

BELIEFS = ("uniform", "habit", "anchor")

INFORMATION = "none"
"""What agents observe. What yesterday matters to them reaches them through their habit."""


def compare_belief(
    game: Game, prior: ParameterPrior, belief: str, settings: Mapping[str, Any], seed: int
) -> dict[str, list[Comparison]]:
    """Train the policy of one prior belief and compare it over the grid of processing costs."""
    told = {"information": INFORMATION, "reward": "own", "rational": False, "inertia": 0.0}
    problem = build_problem(game, {**settings, **told, "prior_belief": belief}, prior)
    population = train(problem, settings["learning"], small_seed(seed, GAME, belief), belief)
    # The same agents for all prior beliefs.
    generator = torch.Generator().manual_seed(small_seed(seed, GAME, "agents"))
    costs = np.geomspace(settings["lowest_cost"], settings["highest_cost"], settings["costs"])
    traits = {
        cost: agents_at_cost(problem, cost, settings["agents"], prior.beta, generator)
        for cost in costs.tolist()
    }
    found = {
        treatment: [compare(population, treatment, cost, those) for cost, those in traits.items()]
        for treatment in game.treatments
    }
    distance = largest_distance(found)
    logger.info("%s: total variation from the closed form at most %.4f", belief, distance)
    return found


def train(
    problem: LearningProblem, learning: Mapping[str, Any], seed: int, name: str
) -> Population:
    """Train the shared policy and report how far it is."""
    settings = LearningSettings(**learning, seed=seed)
    progress = Progress(settings.iterations, f"iterations, {name} prior belief")

    def report(point: CurvePoint) -> None:
        progress(point.iteration, f"; payoff {point.payoff:.3f}, KL {point.divergence:.3f} nats")

    policy = learn(problem, settings, report)
    return Population(problem.game, policy, problem.belief, problem.information)


def table_of(found: Mapping[str, Mapping[str, Sequence[Comparison]]]) -> pd.DataFrame:
    """One row for each prior belief, treatment and processing cost."""
    return pd.DataFrame(
        {"belief": belief, "treatment": treatment, "processing_cost": one.cost, **one.measures()}
        for belief, by_treatment in found.items()
        for treatment, comparisons in by_treatment.items()
        for one in comparisons
    )


def summary_of(
    found: Mapping[str, Mapping[str, Sequence[Comparison]]], settings: Mapping[str, Any]
) -> dict[str, Any]:
    """Whether learning met the tolerance everywhere, and with which settings."""
    tolerance = settings["tolerance"]
    beliefs = {
        belief: {
            "total_variation_mean": mean_distance(by_treatment),
            "total_variation_max": largest_distance(by_treatment),
        }
        for belief, by_treatment in found.items()
    }
    return {
        "game": GAME,
        "tolerance": tolerance,
        "passed": all(part["total_variation_max"] <= tolerance for part in beliefs.values()),
        "beliefs": beliefs,
        "settings": dict(settings),
    }


def largest_distance(by_treatment: Mapping[str, Sequence[Comparison]]) -> float:
    """Largest total variation of any agent in any state at any cost."""
    return max(float(one.total_variation.max()) for part in by_treatment.values() for one in part)


def mean_distance(by_treatment: Mapping[str, Sequence[Comparison]]) -> float:
    """Mean total variation over agents, states, costs and treatments."""
    return float(
        np.mean([one.total_variation.mean() for part in by_treatment.values() for one in part])
    )
