"""Trains the shared policy: the loop around one game's way of improving it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from functools import partial
from typing import TypeVar

import torch
from torch import nn

from satisfice.behaviour.policy import PolicyNetwork
from satisfice.games.base import DynamicGame
from satisfice.learning import pathwise_gradient, policy_gradient
from satisfice.learning.problem import CurvePoint, Improvement, LearningProblem, LearningSettings

Policy = TypeVar("Policy", bound=nn.Module)


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
    policy = PolicyNetwork(problem.policy_shape(settings))
    is_dynamic = isinstance(problem.game, DynamicGame)
    improve = pathwise_gradient.improve if is_dynamic else policy_gradient.improve
    return climb(policy, partial(improve, problem, settings, policy), settings, report)


def climb(
    policy: Policy,
    improve: Callable[[torch.optim.Optimizer, torch.Generator], Improvement],
    settings: LearningSettings,
    report: Callable[[CurvePoint], None] = lambda point: None,
) -> Policy:
    """Improve a policy again and again.

    Args:
        policy: The policy, changed in place.
        improve: One iteration of its improvement.
        settings: Arguments of the algorithm.
        report: Called with each row of the learning curves.

    Returns:
        A copy with the running average of the weights.
    """
    generator = torch.Generator().manual_seed(settings.seed)
    averaged = deepcopy(policy)
    weights = [weight for weight in policy.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(weights, lr=settings.learning_rate)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / settings.iterations))
    )
    decisions, started = 0, time.monotonic()
    for iteration in range(1, settings.iterations + 1):
        found = asdict(improve(optimiser, generator))
        decisions += found.pop("decisions")
        schedule.step()
        # A short memory at first, so that the average does not keep the untrained network.
        keep = min(settings.averaging, iteration / (iteration + 10))
        for slow, fast in zip(averaged.parameters(), policy.parameters(), strict=True):
            slow.data.lerp_(fast.data, 1 - keep)
        seconds = time.monotonic() - started
        report(CurvePoint(**found, decisions=decisions, iteration=iteration, seconds=seconds))
    return averaged
