"""Known truths against their posteriors, in a Gaussian model whose posterior is exact."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.checks.diagnostics import coverage_gate, sbc_gate, tarp_gate
from satisfice.checks.recovery import recover, tarp_ranks

DATA_SETS, DRAWS, NOISE = 500, 400, 0.1
NAMES = ("one", "other")


def truths_and_draws(width: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Truths on the unit cube, and posterior draws ``width`` times as wide as they should be."""
    random = np.random.default_rng(3)
    truth = random.random((DATA_SETS, 2))
    # Inside the cube the posterior of a noisy reading under a flat prior is the noise itself,
    # cut off at the cube's faces.
    reading = truth + NOISE * random.normal(size=truth.shape)
    draws = reading[:, None] + width * NOISE * random.normal(size=(DATA_SETS, 4000, 2))
    inside = ((draws > 0) & (draws < 1)).all(-1)
    kept = [row[keep][:DRAWS] for row, keep in zip(draws, inside, strict=True)]
    enough = [len(row) == DRAWS for row in kept]
    return truth[enough], np.stack([row for row in kept if len(row) == DRAWS])


def test_exact_posterior_passes_every_gate() -> None:
    truth, draws = truths_and_draws()
    found = recover(draws, truth, draws, truth, seed=1)
    assert sbc_gate(found.ranks, DRAWS, NAMES).passed
    assert coverage_gate(found.ranks, DRAWS, NAMES).passed
    assert tarp_gate(found.tarp_ranks, DRAWS).passed


@pytest.mark.parametrize("width", [0.4, 2.5])
def test_overconfident_and_timid_posteriors_fail(width: float) -> None:
    truth, draws = truths_and_draws(width)
    found = recover(draws, truth, draws, truth, seed=1)
    assert not sbc_gate(found.ranks, DRAWS, NAMES).passed
    assert not tarp_gate(found.tarp_ranks, DRAWS).passed
    # Only overconfidence lacks coverage.
    assert coverage_gate(found.ranks, DRAWS, NAMES).passed == (width > 1)


def test_joint_coverage_sees_a_shift() -> None:
    truth, draws = truths_and_draws()
    shifted = np.clip(draws + 0.1, 0, 1)
    assert not tarp_gate(tarp_ranks(shifted, truth, seed=1), DRAWS).passed


def test_contraction_and_z_scores() -> None:
    truth, draws = truths_and_draws()
    found = recover(draws, truth, draws, truth, seed=1)
    np.testing.assert_allclose(
        found.contraction.mean(0), 1 - NOISE**2 / (1 / 12), rtol=0.05, atol=0.0
    )
    np.testing.assert_allclose(found.z_score.std(0), 1.0, atol=0.1)
    np.testing.assert_array_equal(found.truth, truth)
    # Draws from the prior have learnt nothing.
    ignorant = np.random.default_rng(4).random(draws.shape)
    nothing = recover(ignorant, truth, ignorant, truth, seed=1)
    np.testing.assert_allclose(nothing.contraction.mean(0), 0.0, atol=0.1)


def test_joint_ranks_count_the_draws_that_are_nearer() -> None:
    reference = np.random.default_rng(5).random((1, 2))
    draws = reference[:, None] + np.array([[0.01, 0], [0.2, 0], [0, 0.3]])[None]
    truth = reference + np.array([[0.1, 0.0]])
    assert tarp_ranks(draws, truth, seed=5).tolist() == [1]


def test_nothing_is_learnt_of_what_is_always_the_same() -> None:
    truth, draws = truths_and_draws()
    truth[:, 1], draws[..., 1] = 1.0, 1.0
    found = recover(draws, truth, draws, truth, seed=1)
    np.testing.assert_array_equal(found.contraction[:, 1], 0.0)
    np.testing.assert_array_equal(found.z_score[:, 1], 0.0)
    assert sbc_gate(found.ranks, DRAWS, NAMES).passed
