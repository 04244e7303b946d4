"""Rows of decisions and candidates."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.evaluation.choices import FREQUENCY_SMOOTHING, Choices
from satisfice.games.cournot import Cournot


@pytest.fixture(scope="module")
def choices() -> Choices:
    return some_choices(across=False)


def some_choices(across: bool) -> Choices:
    generator = np.random.default_rng(5)
    panels = {
        treatment: {"action": generator.integers(0, 101, (6, int(treatment), 8)).astype(float)}
        for treatment in ("2", "3", "4")
    }
    return Choices(Cournot((2, 3, 4)), panels, seed=1, across=across)


def everything(choices: Choices) -> np.ndarray:
    return np.ones(len(choices.taken), dtype=bool)


def test_the_action_taken_is_kept_and_probabilities_sum_to_one(choices: Choices) -> None:
    known = everything(choices)
    kept = choices.kept(known, choices.log_frequency(known))
    assert kept.chosen.sum() == len(kept.starts) == len(known)
    probability = kept.probabilities(np.random.default_rng(0).normal(size=len(kept.chosen)))
    np.testing.assert_allclose(np.add.reduceat(probability, kept.starts), 1.0)


def test_the_correction_makes_kept_candidates_stand_for_all(choices: Choices) -> None:
    known = everything(choices)
    kept = choices.kept(known, choices.log_frequency(known))
    # The action taken is always kept, so only the others are counted.
    others = np.where(kept.chosen, 0.0, np.exp(kept.correction))
    counted = np.add.reduceat(others, kept.starts)
    error = counted.std() / np.sqrt(len(counted))
    # A candidate that is taken is missing among the others whether kept or not: 100 remain.
    assert counted.mean() == pytest.approx(100.0, abs=4 * error)


def test_frequencies_leave_the_own_market_out(choices: Choices) -> None:
    known = choices.market != 1
    shown = np.exp(choices.log_frequency(known))
    for market in (0, 1):
        others = known & (choices.treatment == 0) & (choices.market != market)
        counts = np.bincount(choices.taken[others], minlength=101) + FREQUENCY_SMOOTHING
        here = shown[choices.market == market]
        np.testing.assert_allclose(here, np.tile(counts / counts.sum(), (len(here), 1)), rtol=1e-5)


def test_frequencies_across_treatments_are_those_of_other_treatments() -> None:
    choices = some_choices(across=True)
    shown = np.exp(choices.log_frequency(choices.treatment < 2))
    counts = np.bincount(choices.taken[choices.treatment == 1], minlength=101)
    wanted = (counts + FREQUENCY_SMOOTHING) / (counts + FREQUENCY_SMOOTHING).sum()
    np.testing.assert_allclose(shown[0], wanted, rtol=1e-5)


def test_one_market_in_three_of_each_treatment_is_reserved(choices: Choices) -> None:
    known = choices.market != 0
    (reserved,) = choices.reserved(known, seed=3)
    assert not (reserved & ~known).any()
    for treatment in range(3):
        markets = np.unique(choices.market[reserved & (choices.treatment == treatment)])
        assert len(markets) in (1, 2)


def test_across_treatments_each_known_one_is_reserved_in_turn() -> None:
    choices = some_choices(across=True)
    known = choices.treatment < 2
    one, other = choices.reserved(known, seed=3)
    assert (one == (choices.treatment == 0)).all() and (other == (choices.treatment == 1)).all()


def test_decisions_keep_their_places(choices: Choices) -> None:
    found = choices.by_treatment(choices.action)
    assert {name: values.shape for name, values in found.items()} == choices.shapes
    assert found["3"][2, 1, 5] == choices.action[6 * 2 * 8 + (2 * 3 + 1) * 8 + 5]
