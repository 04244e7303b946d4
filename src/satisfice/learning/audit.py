"""All measures of verification.json: how close a trained policy is to the right one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from satisfice.games.base import StageGame
from satisfice.learning.exploitability import (
    gains_of_response,
    one_shot_gains,
    summarise_gains,
    train_responder,
)
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import CurvePoint, LearningProblem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings, VerificationSettings
from satisfice.learning.verification import (
    SMALLEST_GRID_COST,
    departure_from_prior_belief,
    distance_from_exact_qre,
    effect_of_processing_cost,
    grid_of_costs,
    possible_skills,
    rational_limits,
    skill_shares,
)
from satisfice.population.policy import PolicyNetwork
from satisfice.population.supertypes import equal_agents, nearest_cost
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence, small_seed, uniform_rows

MARKETS_EACH = 5
"""Markets played in each treatment for the rational limit; for each of many processing costs, a
fifth of them."""

NEARLY_RATIONAL = 3.0 * SMALLEST_GRID_COST
"""Processing cost up to which agents should play as well as rational ones."""

REASONS = {
    "rational": "rational agents have no processing cost; they are compared with exact rational "
    "play.",
    "past": "the prior belief, observations or payoffs depend on the past, so there is no logit "
    "QRE of a one-shot game to compare with.",
    "no_small_cost": "no agents that parameter_prior allows have a processing cost of "
    f"{NEARLY_RATIONAL:g} or less, at which they would play as well as rational ones.",
    "one_cost": "the processing costs that parameter_prior allows are too similar to compare.",
}
"""Reasons why something is not measured."""


def audit(
    population: Population,
    description: Mapping[str, Any],
    settings: VerificationSettings,
    seed: int,
) -> dict[str, Any]:
    """Measure how close a trained policy is to the right one, for verification.json.

    The description is the content of policy.json; settings are the section ``verification``.
    """
    game, rational = population.game, description["variant"]["rational"]
    space = population.space
    supertypes, play_seed = settings.supertypes, small_seed(seed, "verify", game.name)
    problem = build_problem(game, description["variant"], space)
    sequence = seed_sequence(seed, "verify", game.name)
    theta = space.from_unit(uniform_rows(sequence, 0, supertypes, len(space.names)))
    markets = MARKETS_EACH * supertypes
    found: dict[str, Any] = {"supertypes": supertypes, "not_applicable": {}}
    reasons = found["not_applicable"]
    if rational:
        found["rational_limits"] = rational_limits(population, theta[0], markets, play_seed)
        reasons |= dict.fromkeys(("exact_qre", "processing_cost", "skills"), REASONS["rational"])
    else:
        smallest, costs = nearest_cost(space, SMALLEST_GRID_COST), grid_of_costs(space)
        if smallest <= NEARLY_RATIONAL:
            found["rational_limits"] = rational_limits(
                population, equal_agents(space, smallest), markets, play_seed
            )
            found["cost_of_rational_limits"] = smallest
        else:
            reasons["rational_limits"] = REASONS["no_small_cost"]
        if costs is not None:
            found["processing_cost"] = effect_of_processing_cost(
                population, costs, markets // 5, play_seed
            )
        else:
            reasons["processing_cost"] = REASONS["one_cost"]
        found["skills"] = {
            "departure_from_prior_belief": departure_from_prior_belief(
                population, theta, play_seed
            ),
            "shares_by_decile": skill_shares(problem.draw_supertypes, play_seed).tolist(),
            "possible_deciles": possible_skills(space).tolist(),
        }
    found["exploitability"] = exploitability(
        population, problem, description, theta, settings, seed
    )
    if not rational and population.memoryless and isinstance(game, StageGame):
        found["exact_qre"] = distance_from_exact_qre(population, theta)
    elif not rational:
        reasons["exact_qre"] = REASONS["past"]
    return found


def exploitability(
    population: Population,
    problem: LearningProblem,
    description: Mapping[str, Any],
    theta: np.ndarray,
    settings: VerificationSettings,
    seed: int,
) -> dict[str, Any]:
    """Measure an agent's gain by a best response, exactly or by training a responder."""
    game, name = population.game, description["variant_name"]
    if population.memoryless and isinstance(game, StageGame):
        return {
            "method": "exact",
            **summarise_gains(one_shot_gains(population, theta), theta, population.space),
        }
    policy = population.policy
    assert isinstance(policy, PolicyNetwork)  # A trained population has a network.
    responding = settings.responder.model_dump()
    own = {"entropy_bonus": 0.0, "seed": small_seed(seed, "respond", game.name, name)}
    chosen = LearningSettings(**{**description["learning"], **responding, **own})
    progress = Progress(chosen.iterations, "iterations of the responder")

    def report(point: CurvePoint) -> None:
        progress(point.iteration, f"; net payoff {point.net_payoff:.3f}")

    responder = train_responder(problem, policy, chosen, report)
    gains = gains_of_response(
        problem, policy, responder, theta, chosen.discount,
        small_seed(seed, "verify", game.name),
    )  # fmt: skip
    return {
        "method": "responder",
        **summarise_gains(gains, theta, population.space),
        "responder": responding,
    }
