"""Trains the shared policy: the loop around one game's way of improving it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict

import torch

from satisfice.behaviour.policy import PolicyNetwork
from satisfice.games.base import DynamicGame
from satisfice.learning import pathwise_gradient, policy_gradient
from satisfice.learning.problem import CurvePoint, LearningProblem, LearningSettings


def learn(
    problem: LearningProblem,
    settings: LearningSettings,
    report: Callable[[CurvePoint], None] = lambda point: None,
) -> PolicyNetwork:
    """Train the shared policy.

    Args:
        problem: Game, prior belief, information and supertypes.
        settings: Arguments of the algorithm.
        report: Called with each row of the learning curves.

    Returns:
        The network with the running average of the weights.
    """
    torch.manual_seed(settings.seed)
    generator = torch.Generator().manual_seed(settings.seed)
    policy = PolicyNetwork(problem.policy_shape(settings))
    averaged = deepcopy(policy)
    optimiser = torch.optim.Adam(policy.parameters(), lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / settings.iterations))
    )
    is_dynamic = isinstance(problem.game, DynamicGame)
    improve = pathwise_gradient.improve if is_dynamic else policy_gradient.improve
    decisions, started = 0, time.monotonic()
    for iteration in range(1, settings.iterations + 1):
        found = asdict(improve(problem, settings, policy, optimiser, generator))
        decisions += found.pop("decisions")
        schedule.step()
        # A short memory at first, so that the average does not keep the untrained network.
        keep = min(settings.averaging, iteration / (iteration + 10))
        for slow, fast in zip(averaged.parameters(), policy.parameters(), strict=True):
            slow.data.lerp_(fast.data, 1 - keep)
        seconds = time.monotonic() - started
        report(CurvePoint(**found, decisions=decisions, iteration=iteration, seconds=seconds))
    return averaged
