"""The conditional logit."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.evaluation.choices import Kept
from satisfice.evaluation.conditional_logit import RIDGE, basis, fit_logit
from satisfice.evaluation.history_features import history_features
from satisfice.games.cournot import Cournot


def test_weights_solve_the_likelihood_equations() -> None:
    generator = np.random.default_rng(2)
    decisions, candidates = 400, 6
    functions = generator.normal(size=(decisions * candidates, 3)).astype(np.float32)
    truth = np.array([1.0, -2.0, 0.0])
    utility = (functions @ truth).reshape(decisions, candidates)
    taken = (utility + generator.gumbel(size=utility.shape)).argmax(1)
    chosen = (taken[:, None] == np.arange(candidates)).ravel()
    starts = np.arange(0, len(chosen), candidates)
    kept = Kept(functions, np.zeros(len(chosen)), chosen, starts)
    weights = fit_logit(functions, kept)
    probability = kept.probabilities(functions @ weights)
    # At the maximum, observed minus expected totals are the slope of the ridge penalty.
    np.testing.assert_allclose((chosen - probability) @ functions, RIDGE * weights, atol=0.05)
    np.testing.assert_allclose(weights, truth, atol=0.3)


def test_functions_are_finite_and_the_same_for_some_rows_or_all() -> None:
    game = Cournot()
    play = {"action": np.random.default_rng(0).integers(0, 101, (2, 3, 5)).astype(float)}
    found = history_features(game, "3", play)
    table = found.table()
    table = np.concatenate([table, np.zeros_like(table[..., :1])], -1)
    grid = np.arange(101.0)
    every = basis([*found.names, "frequency"], table, grid)
    assert np.isfinite(every).all()
    some = basis([*found.names, "frequency"], table[1, 2, 3:4], grid)
    assert some == pytest.approx(every[1, 2, 3:4])
