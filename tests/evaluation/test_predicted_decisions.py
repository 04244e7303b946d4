"""Scores of predicted decisions, and the naive predictions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from satisfice.evaluation.predicted_decisions import (
    SMOOTHING,
    completeness,
    frequencies,
    market_folds,
    read_predicted,
    score_probabilities,
    uniform,
    write_predicted,
)
from satisfice.games.cournot import Cournot

GAME = Cournot((2, 3))


def panels_of_markets(*markets: int) -> dict[str, dict[str, np.ndarray]]:
    generator = np.random.default_rng(1)
    return {
        treatment: {"action": generator.integers(0, 101, (size, int(treatment), 4)).astype(float)}
        for treatment, size in zip(("2", "3"), markets, strict=True)
    }


def test_crps_is_the_integral_of_the_squared_error_of_the_distribution() -> None:
    grid, probability = np.array([0.0, 1.0, 3.0]), np.array([0.2, 0.5, 0.3])
    found = score_probabilities(probability, grid, np.array(2), np.array(2.0))
    # F is 0.2 on [0, 1), 0.7 on [1, 3); the action is 2.
    assert found.crps == pytest.approx(0.2**2 * 1 + 0.7**2 * 1 + 0.3**2 * 1)
    assert found.log_score == pytest.approx(np.log(0.3))


def test_a_certain_prediction_errs_by_its_distance() -> None:
    found = score_probabilities(
        np.eye(5)[[1, 1]], np.arange(5.0), np.array([1, 4]), np.array([1.0, 4.0])
    )
    np.testing.assert_allclose(found.crps, [0.0, 3.0], atol=1e-12)
    np.testing.assert_array_equal(found.log_score, [0.0, -np.inf])


def test_the_naive_one_knows_the_grid_alone() -> None:
    found = uniform(GAME, panels_of_markets(2, 2))
    for scores in found.values():
        np.testing.assert_allclose(scores.log_score, -np.log(101))


def test_frequencies_leave_the_market_out() -> None:
    panels = panels_of_markets(3, 2)
    action = panels["2"]["action"]
    action[:], action[2] = 20.0, 70.0
    scores = frequencies(GAME, panels, folds=10, seed=0)["2"].log_score
    # The last market sees 16 decisions of 20; the others see 8 of 20 and 8 of 70.
    np.testing.assert_allclose(np.exp(scores[2]), SMOOTHING / 101 / (16 + SMOOTHING))
    np.testing.assert_allclose(np.exp(scores[0]), (8 + SMOOTHING / 101) / (16 + SMOOTHING))


def test_few_markets_are_left_out_one_by_one_and_many_in_even_groups() -> None:
    few = market_folds(panels_of_markets(12, 12), 10, seed=0)
    assert sorted(np.concatenate(list(few.values()))) == list(range(24))
    many = market_folds(panels_of_markets(31, 9), 10, seed=0)
    for folds in many.values():
        counts = np.bincount(folds, minlength=10)
        assert counts.max() - counts.min() <= 1
    assert list(many["2"]) != list(market_folds(panels_of_markets(31, 9), 10, seed=1)["2"])


def test_completeness_counts_from_the_naive_one_to_the_ceiling() -> None:
    assert completeness(-3.0, naive=-4.0, ceiling=-2.0) == 0.5


def test_scores_survive_the_file(tmp_path: Path) -> None:
    wanted = {"uniform": uniform(GAME, panels_of_markets(2, 1))}
    write_predicted(tmp_path / "ceiling.npz", wanted)
    found = read_predicted(tmp_path / "ceiling.npz")
    assert list(found) == ["uniform"] and list(found["uniform"]) == ["2", "3"]
    np.testing.assert_array_equal(found["uniform"]["3"].crps, wanted["uniform"]["3"].crps)
