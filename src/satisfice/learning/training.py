"""Trains a policy: the loop over iterations of the game's algorithm."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import asdict
from typing import TypeVar

import torch
from torch import nn

from satisfice.devices import seeded
from satisfice.games.base import DynamicGame
from satisfice.learning import pathwise_gradient, policy_gradient
from satisfice.learning.problem import CurvePoint, Improvement, LearningProblem
from satisfice.learning.settings import LearningSettings
from satisfice.population.policy import PolicyNetwork, new_policy

Network = TypeVar("Network", bound=nn.Module)


def learn(
    problem: LearningProblem,
    settings: LearningSettings,
    report: Callable[[CurvePoint, PolicyNetwork], None] = lambda point, policy: None,
) -> PolicyNetwork:
    """Train the shared policy; the result has the running average of the weights."""
    with seeded(settings.seed):
        generator = torch.Generator().manual_seed(settings.seed)
        policy = untrained_policy(problem, settings)
    is_dynamic = isinstance(problem.game, DynamicGame)
    improve = pathwise_gradient.improve if is_dynamic else policy_gradient.improve
    return train(
        policy,
        lambda optimiser: improve(problem, settings, policy, optimiser, generator),
        settings,
        report,
    )


def untrained_policy(problem: LearningProblem, settings: LearningSettings) -> PolicyNetwork:
    """An untrained policy on torch's default device, with the same weights on any device."""
    with torch.device("cpu"):
        policy = new_policy(problem.policy_shape(settings))
    return policy.to(torch.get_default_device())


def train(
    policy: Network,
    improve: Callable[[torch.optim.Optimizer], Improvement],
    settings: LearningSettings,
    report: Callable[[CurvePoint, Network], None],
) -> Network:
    """Improve a policy in place, iteration by iteration.

    The policy with the running average of the weights is reported and returned.
    """
    averaged = deepcopy(policy)
    weights = [weight for weight in policy.parameters() if weight.requires_grad]
    optimiser = torch.optim.Adam(weights, lr=settings.learning_rate, fused=True)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: 0.5 * (1 + math.cos(math.pi * step / settings.iterations))
    )
    decisions, started = 0, time.monotonic()
    for iteration in range(1, settings.iterations + 1):
        found = asdict(improve(optimiser))
        decisions += found.pop("decisions")
        schedule.step()
        # The average is short at first, so that it forgets the untrained network.
        keep = min(settings.averaging, iteration / (iteration + 10))
        for slow, fast in zip(averaged.parameters(), policy.parameters(), strict=True):
            slow.data.lerp_(fast.data, 1 - keep)
        seconds = time.monotonic() - started
        point = CurvePoint(**found, decisions=decisions, iteration=iteration, seconds=seconds)
        report(point, averaged)
    return averaged
