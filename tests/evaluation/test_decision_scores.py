"""Scores of single decisions, against libraries."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from scipy.stats import wasserstein_distance

from satisfice.evaluation.decision_scores import Decided, score_decisions

RANDOM = np.random.default_rng(0)
GRID = np.arange(0.0, 21.0)
PEOPLE = RANDOM.uniform(0, 20, size=(5, 3, 4)).round(1)


def decided(actions: np.ndarray = PEOPLE) -> Decided:
    return Decided.of(actions, 200, np.random.default_rng(1))


def predicted(groups: int, rounds: int = 4) -> np.ndarray:
    return RANDOM.dirichlet(np.full(len(GRID), 0.3), size=(groups, rounds))


@pytest.mark.parametrize("groups", [1, 3])
def test_the_crps_is_that_of_draws(groups: int) -> None:
    shares = predicted(groups)
    found = score_decisions(GRID, shares, decided())["crps"][0]
    each = []
    for agent in range(3):
        for period in range(4):
            share = shares[agent if groups > 1 else 0, period]
            draws = np.repeat(GRID, np.rint(share * 2000).astype(int))
            each += [
                float(scoringrules.crps_ensemble(one, draws)) for one in PEOPLE[:, agent, period]
            ]
    assert found == pytest.approx(np.mean(each), rel=0.02)


def test_the_wasserstein_distance_is_the_librarys() -> None:
    shares, people = predicted(1), decided()
    found = score_decisions(GRID, shares, people)["wasserstein"]
    pooled = shares.mean(axis=(0, 1))
    for row in (0, 1, 17):
        weight = np.repeat(people.drawn[row], PEOPLE[0].size).astype(float)
        expected = wasserstein_distance(PEOPLE.ravel(), GRID, weight, pooled)
        assert found[row] == pytest.approx(expected)


def test_who_predicts_exactly_scores_zero() -> None:
    people = np.full((4, 2, 4), 7.0)
    shares = np.zeros((1, 4, len(GRID)))
    shares[..., 7] = 1.0
    for values in score_decisions(GRID, shares, decided(people)).values():
        np.testing.assert_allclose(values, 0.0, atol=1e-12)


def test_markets_are_drawn_as_often_as_there_are() -> None:
    found = decided()
    assert found.drawn.shape == (201, 5)
    np.testing.assert_array_equal(found.drawn[0], 1)
    np.testing.assert_array_equal(found.drawn.sum(axis=1), 5)
    assert len(np.unique(found.drawn, axis=0)) > 50
