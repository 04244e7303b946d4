"""Rule ``learn``: train a shared policy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from satisfice.devices import choose_device, on_device
from satisfice.games import load_game
from satisfice.io.checkpoints import save_policy
from satisfice.io.files import write_table
from satisfice.learning import training
from satisfice.learning.populations import build_problem, check_roles, check_variant
from satisfice.learning.problem import CurvePoint
from satisfice.learning.settings import LearningSettings
from satisfice.population.policy import PolicyNetwork
from satisfice.population.registry import space_of
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed

CURVE_ROWS = 500
"""Largest number of rows of training.csv; in a long training each is a mean of iterations."""


def learn(
    game: str,
    variant: str,
    block: Mapping[str, Any],
    parameter_prior: Mapping[str, Any],
    seed: int,
    policy: str | Path,
    device: str = "cpu",
    *,
    trained_without: Sequence[str] | None = None,
) -> None:
    """Train one variant's policy.

    The variant's name is part of the seed; ``block`` is its config, ``parameter_prior`` the prior
    of the supertypes to train for. ``trained_without`` are treatments to leave out; if they are
    given, even if none, the policy is told treatments in numbers. The policy's folder gets
    policy.safetensors, policy.json and training.csv.
    """
    settings = LearningSettings(**block["learning"], seed=small_seed(seed, "learn", game, variant))
    points: list[CurvePoint] = []
    progress = Progress(settings.iterations, "iterations")

    def report(point: CurvePoint, _: PolicyNetwork) -> None:
        points.append(point)
        progress(point.iteration, f"; payoff {point.payoff:.3f}, KL {point.divergence:.3f} nats")

    chosen = choose_device(device)
    with on_device(chosen):
        rules = load_game(game)
        if trained_without is not None:
            rules = rules.trained_without(trained_without)
        check_variant(rules, variant, block, parameter_prior)
        space = space_of(block, parameter_prior)
        check_roles(rules, space.roles)
        if chosen.type != "cpu":
            logger.info("on %s", torch.cuda.get_device_name(chosen))
        trained = training.learn(build_problem(rules, block, space), settings, report).cpu()
    curves = pd.DataFrame([asdict(point) for point in points])
    # Times differ between runs, so only the log has them.
    curves = curves.drop(columns="seconds")
    curves.insert(0, "iteration", curves.pop("iteration"))
    group = (curves.iteration - 1) * min(CURVE_ROWS, len(curves)) // len(curves)
    write_table(Path(policy) / "training.csv", curves.groupby(group).mean())
    description = {
        "game": game,
        "variant_name": variant,
        "variant": block,
        "space": space.as_json(),
        "learning": settings.model_dump(),
        "device": chosen.type,
    }
    if trained_without is not None:
        description["trained_without"] = list(trained_without)
    save_policy(policy, trained, description)
