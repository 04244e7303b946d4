"""Rules ``learn`` and ``verify``: train a shared policy and compare it with exact solutions."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from satisfice.behaviour.skill import kl_free
from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.inference.parameter_prior import ParameterPrior
from satisfice.io.checkpoints import save_policy
from satisfice.io.files import write_json, write_table
from satisfice.learning.problem import CurvePoint, LearningSettings
from satisfice.learning.training import learn
from satisfice.learning.verification import (
    SMALLEST_GRID_COST,
    distance_from_exact_qre,
    effect_of_processing_cost,
    equal_agents,
    rational_limits,
)
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence, small_seed, uniform_rows
from satisfice.stages.populations import build_problem, check_roles, check_variant, load_population

CURVE_ROWS = 500
"""Rows of training.csv, each the mean of several iterations in a long training."""

MARKETS_EACH = 10
"""Markets played in each treatment for every supertype that is verified, in the rational limit;
at each of many processing costs a fifth of them do."""


def train_policy(
    game_name: str,
    variant_name: str,
    variant: dict[str, Any],
    parameter_prior: dict[str, Any],
    seed: int,
    folder: str | Path,
) -> None:
    """Train one variant's policy and write its checkpoint and learning curves.

    Args:
        game_name: Name of the game.
        variant_name: Name of the variant, for the seed and for messages.
        variant: Its config block: prior_belief, information, rational, learning.
        parameter_prior: Bounds of the supertypes to train for.
        seed: The run's seed.
        folder: Where policy.safetensors, policy.json and training.csv go.
    """
    game = load_game(game_name)
    check_variant(game, variant_name, variant)
    prior = ParameterPrior.from_config(parameter_prior)
    check_roles(game, prior)
    settings = LearningSettings(
        **variant["learning"], seed=small_seed(seed, "learn", game_name, variant_name)
    )
    points: list[CurvePoint] = []
    progress = Progress(settings.iterations, "iterations")

    def report(point: CurvePoint) -> None:
        points.append(point)
        progress(point.iteration, f"; payoff {point.payoff:.3f}, KL {point.divergence:.3f} nats")

    policy = learn(build_problem(game, variant, prior), settings, report)
    curves = pd.DataFrame([asdict(point) for point in points])
    # Times differ from run to run; the log has them.
    curves = curves.drop(columns="seconds")
    curves.insert(0, "iteration", curves.pop("iteration"))
    group = (curves.iteration - 1) * min(CURVE_ROWS, len(curves)) // len(curves)
    write_table(Path(folder) / "training.csv", curves.groupby(group).mean())
    description = {
        "game": game_name,
        "variant_name": variant_name,
        "variant": variant,
        "parameter_prior": parameter_prior,
        "learning": asdict(settings),
    }
    save_policy(folder, policy, description)


def verify_policy(folder: str | Path, supertypes: int, seed: int, output: str | Path) -> None:
    """Measure how far a trained policy is from what it should be.

    Args:
        folder: Folder of the checkpoint.
        supertypes: Number of supertypes, drawn from the prior, to verify at.
        seed: The run's seed.
        output: Where verification.json goes.
    """
    population, description = load_population(folder)
    found: dict[str, Any] = {"supertypes": supertypes, "not_applicable": {}}
    reasons = found["not_applicable"]
    reasons["exploitability"] = "not measured yet."
    game, rational = population.game, description["variant"]["rational"]
    prior = ParameterPrior.from_config(description["parameter_prior"])
    play_seed = small_seed(seed, "verify", game.name)
    most_rational = kl_free(prior.groups) if rational else equal_agents(SMALLEST_GRID_COST, prior)
    found["rational_limits"] = rational_limits(
        population, most_rational, MARKETS_EACH * supertypes, play_seed
    )
    if rational:
        reasons["processing_cost"] = "rational agents have none."
        reasons["exact_qre"] = "rational agents are compared with what the game asks of them."
    else:
        found["processing_cost"] = effect_of_processing_cost(
            population, prior, MARKETS_EACH * supertypes // 5, play_seed
        )
    if not rational and population.memoryless and isinstance(game, StageGame):
        sequence = seed_sequence(seed, "verify", game.name)
        theta = prior.from_unit(uniform_rows(sequence, 0, supertypes, len(prior.names)))
        found["exact_qre"] = distance_from_exact_qre(population, theta)
    elif not rational:
        reasons["exact_qre"] = (
            "agents whose prior belief, observations or payoffs depend on the past have no logit "
            "QRE of a one-shot game to be compared with."
        )
    write_json(output, found)
