"""Rule ``learn``: train a shared policy."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from satisfice.devices import choose_device, on_device
from satisfice.games import load_game
from satisfice.io.checkpoints import save_policy
from satisfice.io.files import write_table
from satisfice.learning.populations import build_problem, check_roles, check_variant
from satisfice.learning.problem import CurvePoint, LearningSettings
from satisfice.learning.training import learn
from satisfice.population.registry import space_of
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed

CURVE_ROWS = 500
"""Rows of training.csv, each the mean of several iterations in a long training."""


def train_policy(
    game_name: str,
    variant_name: str,
    variant: dict[str, Any],
    parameter_prior: dict[str, Any],
    seed: int,
    folder: str | Path,
    device: str = "cpu",
) -> None:
    """Train one variant's policy and write its checkpoint and learning curves.

    Args:
        game_name: Name of the game.
        variant_name: Name of the variant, for the seed and for messages.
        variant: Its config block: prior_belief, information, rational, learning.
        parameter_prior: The game's, of the supertypes to train for.
        seed: The run's seed.
        folder: Where policy.safetensors, policy.json and training.csv go.
        device: The config's ``device``.
    """
    settings = LearningSettings(
        **variant["learning"], seed=small_seed(seed, "learn", game_name, variant_name)
    )
    points: list[CurvePoint] = []
    progress = Progress(settings.iterations, "iterations")

    def report(point: CurvePoint) -> None:
        points.append(point)
        progress(point.iteration, f"; payoff {point.payoff:.3f}, KL {point.divergence:.3f} nats")

    chosen = choose_device(device)
    with on_device(chosen):
        game = load_game(game_name)
        check_variant(game, variant_name, variant, parameter_prior)
        space = space_of(variant, parameter_prior)
        check_roles(game, space.roles)
        if chosen.type != "cpu":
            logger.info("on %s", torch.cuda.get_device_name(chosen))
        policy = learn(build_problem(game, variant, space), settings, report).cpu()
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
        "space": space.as_json(),
        "learning": asdict(settings),
        "device": chosen.type,
    }
    save_policy(folder, policy, description)
