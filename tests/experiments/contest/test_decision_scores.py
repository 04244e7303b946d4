"""Scores of single decisions, against libraries."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
from scipy.stats import wasserstein_distance

from experiments.contest.decision_scores import (
    DECISION_SCORES,
    Decided,
    distributions,
    score_decisions,
    score_treatments,
    shares,
)

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


def test_shares_count_what_was_done_in_each_round() -> None:
    done = np.array([[[0, 2], [1, 2]], [[0, 2], [0, 1]]])  # two markets, two agents, two rounds
    together = shares(done, 3, by_agent=False)
    np.testing.assert_allclose(together, [[[0.75, 0.25, 0.0], [0.0, 0.25, 0.75]]])
    apart = shares(done, 3, by_agent=True)
    np.testing.assert_allclose(apart[0], [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]])
    np.testing.assert_allclose(apart[1], [[0.5, 0.5, 0.0], [0.0, 0.5, 0.5]])


def test_play_of_several_splits_is_told_apart() -> None:
    # Two splits of one draw each: everybody does 3 in the first, 5 in the second.
    action = np.stack([np.full((1, 2, 4), 3.0), np.full((1, 2, 4), 5.0)])
    found = distributions(GRID, {"t": {"action": action}}, 2, by_agent=False)
    assert [each["t"].shape for each in found] == [(1, 4, len(GRID))] * 2
    assert [set(each["t"].argmax(-1).ravel()) for each in found] == [{3}, {5}]


def test_scores_are_means_over_treatments() -> None:
    play = {name: predicted(1) for name in ("a", "b", "unseen")}
    people = {"a": decided(), "b": decided(PEOPLE / 2)}
    found = score_treatments(GRID, {"someone": play}, people, ["a", "b"])["someone"]
    for score in DECISION_SCORES:
        each = [score_decisions(GRID, play[name], people[name])[score] for name in people]
        np.testing.assert_allclose(found[score], np.mean(each, axis=0))
