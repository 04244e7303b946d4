"""Retraining for every theta: the extrapolation, and the population that is trained for."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from benchmarks.retraining import (
    retraining_row,
    seconds_per_iteration,
    with_one_theta,
)
from satisfice.games.cournot import Cournot
from satisfice.learning.populations import build_problem
from satisfice.learning.problem import LearningSettings
from satisfice.population.supertypes import SKILL_SPACE

STAGES = {"learn": 100.0, "simulate": 30.0, "infer": 20.0}


def test_a_training_is_extrapolated_and_multiplied() -> None:
    row = retraining_row([0.1, 0.3], 1000, 500, STAGES)
    assert row["extrapolated_seconds_of_one_training"] == pytest.approx(200.0)
    assert row["seconds_of_calibration"] == 50
    assert row["extrapolated_seconds_of_retraining"] == pytest.approx(100_050)
    assert row["times_cheaper"] == pytest.approx(2001)
    assert row["times_cheaper_with_learning"] == pytest.approx(667)
    assert (row["lowest_seconds_per_iteration"], row["highest_seconds_per_iteration"]) == (0.1, 0.3)


def test_trainings_cut_to_the_limit_are_just_so_many_times_dearer() -> None:
    row = retraining_row([0.2], 1000, 500, STAGES)
    cut = round(1000 * row["share_of_iterations_at_limit"], 9)
    again = retraining_row([0.2 * cut / 1000], 1000, 500, STAGES)
    assert again["times_cheaper_with_learning"] == pytest.approx(100)


def test_a_stage_without_a_measurement_is_left_out() -> None:
    row = retraining_row([0.2], 1000, 500, STAGES | {"simulate": float("nan")})
    assert row["seconds_of_calibration"] == 20
    assert np.isnan(row["seconds_of_simulate"])


def test_every_episode_has_the_one_theta(variants: dict[str, Any]) -> None:
    theta = [0.4, 0.1, 0.7]
    problem = with_one_theta(build_problem(Cournot(), variants["uniform"], SKILL_SPACE), theta)
    drawn = problem.draw_supertypes(3, torch.Generator().manual_seed(1))
    for found, wanted in zip((drawn.mu, drawn.sigma, drawn.beta), theta, strict=True):
        np.testing.assert_allclose(found.numpy(), wanted, rtol=1e-6)
        assert found.shape[0] == 3
    settings = LearningSettings(**variants["uniform"]["learning"])
    assert seconds_per_iteration(problem, settings, iterations=2) > 0
