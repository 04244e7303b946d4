"""What calibration would cost if a policy were trained for every theta."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from benchmarks.stage_costs import read_jobs, seconds_of
from benchmarks.targets import TIMES_CHEAPER
from satisfice.games import load_game
from satisfice.io.files import write_table
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningProblem
from satisfice.learning.settings import LearningSettings
from satisfice.learning.training import learn
from satisfice.population.registry import space_of
from satisfice.population.supertypes import Supertypes
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence, small_seed, uniform_rows

STAGES = ("simulate", "infer")
"""Stages of the calibration; ``learn``, the one training that they share, is beside them."""

THETAS = 3
"""Draws of theta from the prior to train for."""


def measure_retraining(
    game: str,
    *,
    belief: str,
    variant: Mapping[str, Any],
    parameter_prior: Mapping[str, Any],
    simulations: int,
    benchmarks: str | Path,
    iterations: int,
    seed: int,
    table: str | Path,
) -> None:
    """Measure what training for one theta takes, and compare with a run's calibration.

    Args:
        game: Name of the game.
        belief: The prior belief to look at.
        variant: Its config block.
        parameter_prior: The game's ``parameter_prior``.
        simulations: Simulations of the calibration.
        benchmarks: Folder of what Snakemake measured of the game's jobs.
        iterations: Iterations of each training that are timed.
        seed: The run's seed.
        table: Output: CSV file, of one row.
    """
    space = space_of(variant, parameter_prior)
    problem = build_problem(load_game(game), variant, space)
    learning = LearningSettings(**variant["learning"], seed=small_seed(seed, "retraining", game))
    sequence = seed_sequence(seed, "retraining theta", game)
    found, report = [], Progress(THETAS, "trainings")
    for theta in space.from_unit(uniform_rows(sequence, 0, THETAS, len(space.names))):
        alone = with_one_theta(problem, list(theta))
        found.append(seconds_per_iteration(alone, learning, iterations))
        report(len(found))
    jobs = read_jobs([benchmarks])
    stages = {stage: seconds_of(jobs, stage, belief) for stage in ("learn", *STAGES)}
    about = {"game": game, "belief": belief, "thetas": THETAS, "iterations_measured": iterations}
    row = retraining_row(found, learning.iterations, simulations, stages)
    write_table(table, pd.DataFrame([about | row]))


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

    def note(*_: Any) -> None:
        ended.append(time.process_time())

    learn(problem, settings.model_copy(update={"iterations": iterations + 1}), note)
    return (ended[-1] - ended[0]) / iterations


def retraining_row(
    per_iteration: Sequence[float],
    iterations: int,
    simulations: int,
    stages: Mapping[str, float],
) -> dict[str, float]:
    """Compare calibration with one policy for all theta and with one for each.

    Args:
        per_iteration: Seconds of an iteration, one value for each theta measured.
        iterations: Iterations of a whole training, to which they are extrapolated.
        simulations: Draws of theta that calibration simulates, each of which would be trained for.
        stages: Seconds of ``learn`` and of each of ``STAGES``; NaN where there is no measurement.

    Returns:
        Columns of the table. Retraining, too, simulates and fits, so those seconds are on both
        sides. ``share_of_iterations_at_limit`` is the share of the iterations to which a training
        for one theta could be cut before calibration, its one training included, were no longer
        ``TIMES_CHEAPER`` times cheaper.
    """
    training = float(np.mean(per_iteration)) * iterations
    calibration = float(np.nansum([stages[name] for name in STAGES]))
    learning = float(stages["learn"])
    retraining = simulations * training + calibration
    limit = (TIMES_CHEAPER * (calibration + learning) - calibration) / (simulations * training)
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
