"""Boosted trees with the loss of a conditional logit."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.evaluation.boosted_choice import grow, grow_while_better, loss
from satisfice.evaluation.choices import Kept

CANDIDATES = 8


def some_choices(decisions: int, seed: int) -> Kept:
    """People who take one of the candidates whose feature is above one half."""
    generator = np.random.default_rng(seed)
    feature = generator.random((decisions, CANDIDATES))
    utility = 3.0 * (feature > 0.5) + generator.gumbel(size=feature.shape)
    chosen = (utility.argmax(1)[:, None] == np.arange(CANDIDATES)).ravel()
    starts = np.arange(0, decisions * CANDIDATES, CANDIDATES)
    return Kept(feature.reshape(-1, 1), np.zeros(len(chosen)), chosen, starts)


def log_score(kept: Kept, utility: np.ndarray) -> float:
    return float(np.log(kept.probabilities(utility)[kept.chosen]).sum())


def test_the_loss_is_minus_the_log_likelihood() -> None:
    kept = some_choices(5, seed=0)
    utility = np.random.default_rng(1).normal(size=len(kept.chosen))
    first, second = loss(kept)(utility, None)
    for row, step in [(0, 1e-4), (11, 1e-4)]:
        nudge = step * (np.arange(len(utility)) == row)
        below, here, above = (log_score(kept, utility + k * nudge) for k in (-1, 0, 1))
        assert first[row] == pytest.approx(-(above - below) / (2 * step), abs=1e-6)
        assert second[row] == pytest.approx(-(above - 2 * here + below) / step**2, abs=1e-4)


def test_trees_learn_what_a_line_cannot_and_stop() -> None:
    kept, reserved = some_choices(300, seed=2), some_choices(300, seed=3)
    nothing = np.zeros(len(kept.chosen))
    grown = grow_while_better(kept, nothing, reserved, nothing, 300, seed=1)
    assert 5 <= grown.best_iteration < 300
    utility = np.asarray(grow(kept, nothing, grown.best_iteration, 1).predict(reserved.features))
    high = reserved.features[:, 0] > 0.55
    low = reserved.features[:, 0] < 0.45
    assert utility[high].mean() - utility[low].mean() == pytest.approx(3.0, abs=0.7)
