"""Rule ``single_agent``: learning in a game with one agent, against the closed form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from experiments.settings import SingleAgent
from experiments.single_agent.closed_form import Comparison, agents_at_cost, compare
from experiments.single_agent.figure import comparison_figure
from experiments.single_agent.one_order import OneOrder
from satisfice.games.base import Game
from satisfice.io.files import write_json, write_table
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import CurvePoint, LearningProblem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings
from satisfice.learning.training import learn
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import BELIEFS, space_of
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

GAME = OneOrder.name

INFORMATION = "none"
"""What agents observe. Yesterday's order matters only through their prior belief."""

PRIOR = {"beta": [0.005, 4.0]}
"""Wider than the games' prior, so that its processing costs are well within the training range."""

BELIEF_SETTINGS = {"stay": 0.3, "explore": 0.1, "reach": 0.05, "spread": 10.0}
"""Parameters of the prior beliefs; an anchor's spread around mean demand is in units."""

LEARNING: dict[str, Any] = {
    "minibatches": 8, "learning_rate": 0.02, "clip": 1.0, "hidden": 64, "action_basis": 4,
    "smallest_cost": 0.0001,
}  # fmt: skip
"""Arguments of the training that are not in the config."""

COSTS = 0.01, 2.0
"""Smallest and largest processing cost to compare at, in reference payoffs."""

TOLERANCE = 0.01
"""Largest total variation from the closed form that passes."""


def compare_single_agent(
    settings: Mapping[str, Any], seed: int, table: Path, summary: Path, figure: Path
) -> None:
    """Train a policy for each prior belief and compare it with the closed form.

    Args:
        settings: The config's ``experiments.single_agent``.
        seed: The run's seed.
        table: Output: the table, one row for each prior belief, treatment and processing cost.
        summary: Output: whether learning met the tolerance.
        figure: Output: the figure.
    """
    game, design = OneOrder(), SingleAgent(**settings)
    found = {belief: compare_belief(game, belief, design, seed) for belief in BELIEFS}
    with drawing():
        picture = comparison_figure(found, game.action_unit, TOLERANCE)
    write_table(table, table_of(found))
    write_json(summary, summary_of(found) | {"settings": settings, "figure": picture.description})
    save(picture, figure)


def compare_belief(
    game: Game, belief: str, settings: SingleAgent, seed: int
) -> dict[str, list[Comparison]]:
    """Train the policy of one prior belief and compare it over the grid of processing costs."""
    fixed = {"information": INFORMATION, "reward": "own", "rational": False}
    own = [parameter.name for parameter in BELIEFS[belief].parameters]
    block = {**fixed, "prior_belief": belief} | {
        name: BELIEF_SETTINGS[name] for name in own if name in BELIEF_SETTINGS
    }
    space = space_of(block, PRIOR)
    problem = build_problem(game, block, space)
    population = train(problem, settings, small_seed(seed, GAME, belief), belief)
    # The same agents for all prior beliefs.
    generator = torch.Generator().manual_seed(small_seed(seed, GAME, "agents"))
    costs = np.geomspace(*COSTS, settings.costs)
    traits = {
        cost: agents_at_cost(problem, cost, settings.agents, generator) for cost in costs.tolist()
    }
    found = {
        treatment: [compare(population, treatment, cost, those) for cost, those in traits.items()]
        for treatment in game.treatments
    }
    distance = largest_distance(found)
    logger.info("%s: total variation from the closed form at most %.4f", belief, distance)
    return found


def train(problem: LearningProblem, given: SingleAgent, seed: int, name: str) -> Population:
    """Train the shared policy and report progress."""
    settings = LearningSettings(
        **LEARNING,
        iterations=given.iterations,
        markets=given.markets,
        chance_draws=given.chance_draws,
        seed=seed,
    )
    progress = Progress(settings.iterations, f"iterations, {name} prior belief")

    def report(point: CurvePoint, _: PolicyNetwork) -> None:
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


def summary_of(found: Mapping[str, Mapping[str, Sequence[Comparison]]]) -> dict[str, Any]:
    """Whether learning met the tolerance everywhere."""
    beliefs = {
        belief: {
            "total_variation_mean": mean_distance(by_treatment),
            "total_variation_max": largest_distance(by_treatment),
        }
        for belief, by_treatment in found.items()
    }
    return {
        "game": GAME,
        "tolerance": TOLERANCE,
        "passed": all(part["total_variation_max"] <= TOLERANCE for part in beliefs.values()),
        "beliefs": beliefs,
    }


def largest_distance(by_treatment: Mapping[str, Sequence[Comparison]]) -> float:
    """Largest total variation of any agent in any state at any cost."""
    return max(float(one.total_variation.max()) for part in by_treatment.values() for one in part)


def mean_distance(by_treatment: Mapping[str, Sequence[Comparison]]) -> float:
    """Mean total variation over agents, states, costs and treatments."""
    return float(
        np.mean([one.total_variation.mean() for part in by_treatment.values() for one in part])
    )
