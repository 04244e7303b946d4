"""Regression adjustment, where a regression on logits is exact."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from experiments.cross_checks.regression_adjustment import regression_adjusted


def test_parameters_move_to_where_they_would_have_made_the_wanted_summaries() -> None:
    random = np.random.default_rng(1)
    slopes = np.array([[1.0, -0.5], [0.0, 1.0], [0.3, 0.0]])
    summaries, own = random.normal(size=(500, 3)), random.normal(size=(500, 2))
    wanted = np.array([0.5, -1.0, 0.2])
    # Made uncorrelated with the summaries, so that regression finds the slopes exactly.
    features = np.column_stack([np.ones(500), summaries - wanted])
    own -= features @ np.linalg.lstsq(features, own)[0]
    cube = expit(own + 0.2 + (summaries - wanted) @ slopes)
    found = regression_adjusted(cube, summaries, wanted, np.ones(500))
    np.testing.assert_allclose(logit(found), own + 0.2, atol=1e-9)


def test_draws_without_weight_move_no_others() -> None:
    random = np.random.default_rng(2)
    cube, summaries = random.uniform(0.1, 0.9, (60, 2)), random.normal(size=(60, 2))
    alone = regression_adjusted(cube[:40], summaries[:40], np.zeros(2), np.ones(40))
    weight = np.repeat([1.0, 0.0], [40, 20])
    found = regression_adjusted(cube, summaries, np.zeros(2), weight)
    np.testing.assert_allclose(found[:40], alone)


@given(st.floats(-50, 50), st.integers(0, 100))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_nothing_leaves_the_cube_or_piles_up_at_its_edge(far: float, seed: int) -> None:
    random = np.random.default_rng(seed)
    summaries = random.normal(size=(40, 1))
    cube = expit(summaries + random.normal(size=(40, 1)))
    cube[:2] = [[0.0], [1.0]]
    found = regression_adjusted(cube, summaries, np.array([far]), np.ones(40))
    assert (found >= 0).all() and (found <= 1).all()
    assert len(np.unique(found)) > 35 or abs(far) > 20  # there, numbers beside one are few
