"""What calibration would cost if a policy were trained for every theta."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import torch

from satisfice.benchmarks.stage_costs import seconds_of
from satisfice.benchmarks.targets import TIMES_CHEAPER
from satisfice.games import load_game
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import CurvePoint, LearningProblem, LearningSettings
from satisfice.learning.training import learn
from satisfice.population.registry import space_of
from satisfice.population.supertypes import Supertypes
from satisfice.randomness import seed_sequence, small_seed, uniform_rows

STAGES = ("simulate", "fit", "posterior")
"""Stages of the calibration; ``learn``, the one training that they share, is beside them."""


def measure_game(
    name: str,
    config: Mapping[str, Any],
    belief: str,
    jobs: pd.DataFrame,
    settings: Mapping[str, int],
    seed: int,
    report: Callable[[int], None],
) -> dict[str, float]:
    """Measure what training for one theta takes, and compare with a run's calibration.

    Args:
        name: Name of the game.
        config: Its resolved config.
        belief: The prior belief to look at.
        jobs: What :func:`satisfice.benchmarks.stage_costs.read_jobs` found of the run.
        settings: The config's ``benchmark.retraining``.
        seed: The run's seed.
        report: Called with the number of thetas done.
    """
    variant = config["beliefs"][belief]
    space = space_of(variant, config["parameter_prior"])
    problem = build_problem(load_game(name), variant, space)
    learning = LearningSettings(**variant["learning"], seed=small_seed(seed, "retraining", name))
    sequence = seed_sequence(seed, "retraining theta", name)
    thetas = space.from_unit(uniform_rows(sequence, 0, settings["thetas"], len(space.names)))
    found = []
    for number, theta in enumerate(thetas):
        alone = with_one_theta(problem, list(theta))
        found.append(seconds_per_iteration(alone, learning, settings["iterations"]))
        report(number + 1)
    stages = {stage: seconds_of(jobs, name, stage, belief) for stage in ("learn", *STAGES)}
    simulations = config["simulation"]["simulations"]
    row = retraining_row(found, learning.iterations, simulations, stages, TIMES_CHEAPER)
    return {"thetas": len(thetas), "iterations_measured": settings["iterations"], **row}


def with_one_theta(problem: LearningProblem, theta: Sequence[float]) -> LearningProblem:
    """The same learning problem for the population of one theta alone."""

    def draw(number: int, generator: torch.Generator) -> Supertypes:
        return Supertypes.from_array(
            np.tile(np.asarray(theta, dtype=float), (number, 1)), problem.space
        )

    return replace(problem, draw_supertypes=draw)


def seconds_per_iteration(
    problem: LearningProblem, settings: LearningSettings, iterations: int
) -> float:
    """Processor time of one iteration of learning, mean over some.

    Args:
        problem: What is to be learnt.
        settings: With which arguments, but for the number of iterations.
        iterations: How many to measure, after a first one in which libraries set themselves up.
    """
    ended: list[float] = []

    def note(point: CurvePoint) -> None:
        ended.append(time.process_time())

    learn(problem, settings.model_copy(update={"iterations": iterations + 1}), note)
    return (ended[-1] - ended[0]) / iterations


def retraining_row(
    per_iteration: Sequence[float],
    iterations: int,
    simulations: int,
    stages: Mapping[str, float],
    at_least: float,
) -> dict[str, float]:
    """Compare calibration with one policy for all theta and with one for each.

    Args:
        per_iteration: Seconds of an iteration, one value for each theta measured.
        iterations: Iterations of a whole training, to which they are extrapolated.
        simulations: Draws of theta that calibration simulates, each of which would be trained for.
        stages: Seconds of the stages ``learn``, ``simulate``, ``fit`` and ``posterior``; NaN where
            there is no measurement.
        at_least: How many times cheaper calibration shall be.

    Returns:
        Columns of the table. Retraining, too, simulates and fits, so those seconds are on both
        sides. ``share_of_iterations_at_limit`` is the share of the iterations to which a training
        for one theta could be cut before calibration, its one training included, were no longer
        ``at_least`` times cheaper.
    """
    training = float(np.mean(per_iteration)) * iterations
    calibration = float(np.nansum([stages[name] for name in STAGES]))
    learning = float(stages["learn"])
    retraining = simulations * training + calibration
    limit = (at_least * (calibration + learning) - calibration) / (simulations * training)
    return {
        "seconds_per_iteration": float(np.mean(per_iteration)),
        "lowest_seconds_per_iteration": float(np.min(per_iteration)),
        "highest_seconds_per_iteration": float(np.max(per_iteration)),
        "iterations": iterations,
        "extrapolated_seconds_of_one_training": training,
        "simulations": simulations,
        "extrapolated_seconds_of_retraining": retraining,
        **{f"seconds_of_{name}": stages[name] for name in ("learn", *STAGES)},
        "seconds_of_calibration": calibration,
        "times_cheaper": retraining / calibration,
        "times_cheaper_with_learning": retraining / (calibration + learning),
        "share_of_iterations_at_limit": limit,
    }
