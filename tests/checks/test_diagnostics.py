"""Gates pass what is calibrated, fail what is not, and say so in words."""

from __future__ import annotations

import json

import arviz as az
import numpy as np
import pytest
from scipy.stats import norm

from satisfice.checks.diagnostics import (
    coverage,
    coverage_gate,
    failures_gate,
    lc2st_gate,
    prior_predictive_gate,
    r_hat,
    rank_ecdf,
    rhat_gate,
    sbc_gate,
    simultaneous_band,
)
from satisfice.checks.gate import Gate
from satisfice.checks.recovery import sbc_ranks

NAMES = ("mu", "sigma", "beta")
DATA_SETS, LARGEST = 200, 99


def conjugate_ranks(
    seed: int, *, width: float = 1.0, shift: float = 0.0, data_sets: int = DATA_SETS
) -> np.ndarray:
    """Ranks under a Gaussian posterior of a Gaussian mean; exact if width = 1 and shift = 0."""
    generator = np.random.default_rng(seed)
    truth = generator.normal(size=(data_sets, 3))
    x = truth + 0.5 * generator.normal(size=truth.shape)
    precision = 1 + 1 / 0.25
    mean, spread = x / 0.25 / precision, precision**-0.5
    noise = generator.normal(size=(data_sets, LARGEST, 3))
    draws = mean[:, None] + spread * (shift + width * noise)
    return sbc_ranks(draws, truth)


def test_ranks_count_smaller_draws() -> None:
    draws = np.array([[[0.1, 5.0], [0.2, 6.0], [0.3, 7.0]]])
    np.testing.assert_array_equal(sbc_ranks(draws, np.array([[0.25, 4.0]])), [[2, 0]])
    np.testing.assert_array_equal(sbc_ranks(draws, np.array([[9.0, 6.5]])), [[3, 2]])


def test_equals_share_their_places_at_random() -> None:
    draws, truth = np.zeros((2000, 3, 1)), np.zeros((2000, 1))
    ranks = sbc_ranks(draws, truth, seed=2)
    np.testing.assert_allclose(np.bincount(ranks[:, 0]) / 2000, 0.25, atol=0.04)
    np.testing.assert_array_equal(ranks, sbc_ranks(draws, truth, seed=2))


# Every number up to 120, where ties with the points are common, and what configs give.
@pytest.mark.parametrize("largest", [*range(1, 121), 374, 400, 800, 1600])
def test_the_bands_distribution_is_that_of_uniform_ranks(
    largest: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[np.ndarray] = []

    def band(n: int, points: np.ndarray, cdf: np.ndarray, **_: object) -> tuple[object, object]:
        given.append(cdf)
        return points, points

    monkeypatch.setattr("satisfice.checks.diagnostics.ecdf_confidence_band", band)
    points = simultaneous_band.__wrapped__(DATA_SETS, largest).points  # not into the cache
    every_rank_once = np.arange(largest + 1)[:, None]
    exact = rank_ecdf(every_rank_once, largest, points)[0]
    np.testing.assert_allclose(given[0], exact, atol=1e-12)
    assert (np.diff(exact) >= 0).all()
    assert np.abs(exact - points).max() <= 0.5 / (largest + 1) + 1e-12


def test_the_band_surrounds_the_distribution_and_narrows_with_data() -> None:
    few, many = simultaneous_band(50, LARGEST), simultaneous_band(DATA_SETS, LARGEST)
    for band in (few, many):
        assert ((band.low < band.points) & (band.points < band.high)).all()
        assert (band.low >= 0).all()
        assert (band.high <= 1).all()
    middle = len(few.points) // 2
    width_few, width_many = (float(b.high[middle] - b.low[middle]) for b in (few, many))
    assert width_few / width_many == pytest.approx(2.0, rel=0.2)
    # Simultaneous bands are wider than those of one point alone.
    assert width_many > 2 * 1.96 * np.sqrt(0.25 / DATA_SETS)


def test_perfectly_even_ranks_pass() -> None:
    even = np.repeat(np.arange(LARGEST + 1)[:, None], 2, axis=0).repeat(3, axis=1)
    gate = sbc_gate(even, LARGEST, NAMES)
    assert gate.passed
    assert gate.value == 0
    assert "None does." in gate.meaning


@pytest.mark.parametrize("seed", range(3))
def test_exact_posteriors_pass(seed: int) -> None:
    ranks = conjugate_ranks(seed)
    assert sbc_gate(ranks, LARGEST, NAMES).passed
    assert coverage_gate(ranks, LARGEST, NAMES).passed


@pytest.mark.parametrize(
    ("level", "repeats", "fewest", "most"), [(0.05, 400, 0.01, 0.1), (0.001, 400, 0.0, 0.01)]
)
def test_false_alarms_are_as_rare_as_they_claim_to_be(
    level: float, repeats: int, fewest: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("satisfice.checks.diagnostics.FALSE_ALARMS", level)
    simultaneous_band.cache_clear()
    generator = np.random.default_rng(0)
    alarms = sum(
        not sbc_gate(generator.integers(0, LARGEST + 1, (DATA_SETS, 3)), LARGEST, NAMES).passed
        for _ in range(repeats)
    )
    simultaneous_band.cache_clear()
    # The standard error of 5 % is 1.1 %.
    assert fewest <= alarms / repeats < most


@pytest.mark.parametrize("seed", range(3))
def test_overconfident_posteriors_fail(seed: int) -> None:
    ranks = conjugate_ranks(seed, width=0.5)
    gate = sbc_gate(ranks, LARGEST, NAMES)
    assert not gate.passed
    assert gate.value == 3
    assert "Outside: mu, sigma, beta; use more simulations." in gate.meaning
    assert not coverage_gate(ranks, LARGEST, NAMES).passed


@pytest.mark.parametrize("shift", [-1.0, 1.0])
def test_biased_posteriors_fail(shift: float) -> None:
    ranks = conjugate_ranks(0, shift=shift)
    assert not sbc_gate(ranks, LARGEST, NAMES).passed
    assert not coverage_gate(ranks, LARGEST, NAMES).passed


def test_underconfident_posteriors_fail_sbc_but_not_coverage() -> None:
    ranks = conjugate_ranks(0, width=2.0)
    assert not sbc_gate(ranks, LARGEST, NAMES).passed
    assert coverage_gate(ranks, LARGEST, NAMES).passed


def test_one_bad_parameter_is_named() -> None:
    ranks = conjugate_ranks(0)
    ranks[:, 1] = conjugate_ranks(0, width=0.4)[:, 1]
    assert "Outside: sigma; use" in sbc_gate(ranks, LARGEST, NAMES).meaning
    gate = coverage_gate(ranks, LARGEST, NAMES)
    assert not gate.passed
    assert "(sigma)" in gate.meaning
    assert gate.threshold == pytest.approx(0.9 - 3 * np.sqrt(0.09 / DATA_SETS))


@pytest.mark.parametrize("width", [0.5, 1.0, 2.0])
def test_coverage_agrees_with_its_closed_form(width: float) -> None:
    levels = np.array([0.5, 0.8, 0.9])
    ranks = conjugate_ranks(1, width=width, data_sets=4000)
    # The interval of a posterior scaled by w holds a standard Gaussian truth with
    # probability 2 Phi(w z) - 1.
    expected = 2 * norm.cdf(width * norm.ppf(0.5 + levels / 2)) - 1
    np.testing.assert_allclose(
        coverage(ranks, LARGEST, levels), np.tile(expected, (3, 1)), atol=0.03
    )


def test_coverage_of_even_ranks_is_the_level() -> None:
    even = np.arange(1000)[:, None]
    levels = np.array([0.1, 0.5, 0.9])
    np.testing.assert_allclose(coverage(even, 999, levels)[0], levels, atol=1e-3)


def test_the_local_c2st_fails_beyond_all_permutations() -> None:
    assert not lc2st_gate(0.0).passed
    assert lc2st_gate(0.01).passed and lc2st_gate(0.04).passed


def test_ensembles_that_agree_pass_rhat() -> None:
    generator = np.random.default_rng(0)
    chains = generator.normal(size=(4, 1000, 3))
    gate = rhat_gate(chains, NAMES)
    assert gate.passed
    assert gate.value == pytest.approx(1.0, abs=0.01)
    # Draws need not be in any order, nor parameters on any scale.
    again = rhat_gate(generator.permuted(chains, axis=1) * [1, 10, 1e-3] + 5, NAMES)
    assert again.value == pytest.approx(gate.value, abs=0.005)  # ArviZ halves the chains


def test_a_member_that_disagrees_fails_rhat_and_is_named() -> None:
    chains = np.random.default_rng(0).normal(size=(4, 1000, 3))
    chains[2, :, 2] += 2.0
    gate = rhat_gate(chains, NAMES)
    assert not gate.passed
    assert gate.value > 1.3
    assert "(beta)" in gate.meaning


def test_rhat_is_the_one_of_arviz() -> None:
    chains = np.random.default_rng(0).normal(size=(4, 500, 2)) + np.arange(4)[:, None, None] / 2
    summary = az.summary(az.from_dict({"mu": chains[..., 0], "beta": chains[..., 1]}), round_to=9)
    np.testing.assert_allclose(r_hat(chains), summary["r_hat"], atol=1e-8)
    assert rhat_gate(chains, ("mu", "beta")).value == max(r_hat(chains))


def test_members_without_variance_agree_if_they_are_the_same() -> None:
    """All draws may lie at a corner of the prior, if a model cannot produce the data."""
    chains = np.full((4, 1000, 3), 0.7)
    assert rhat_gate(chains, NAMES).value == pytest.approx(1.0)
    chains[0, :, 1] = 0.8
    gate = rhat_gate(chains, NAMES)
    assert not gate.passed and np.isfinite(gate.value) and "(sigma)" in gate.meaning


def test_prior_predictive_names_what_cannot_be_produced() -> None:
    simulated = np.random.default_rng(0).random((5000, 3))
    labels = ["2/mean", "2/sd", "3/mean"]
    inside = prior_predictive_gate(simulated, np.array([0.5, 0.01, 0.99]), labels)
    assert inside.passed
    assert inside.value == 0
    gate = prior_predictive_gate(simulated, np.array([1.2, 0.5, -0.1]), labels)
    assert not gate.passed
    assert gate.value == 2
    assert "Outside: 2/mean, 3/mean." in gate.meaning
    # Inside the range, but outside the central 99 %.
    assert not prior_predictive_gate(simulated, np.array([0.999, 0.5, 0.5]), labels).passed


def test_prior_predictive_leaves_out_failed_statistics() -> None:
    simulated = np.random.default_rng(0).random((500, 2))
    simulated[:5, 0] = np.nan
    assert prior_predictive_gate(simulated, np.array([0.5, 0.5]), ["a", "b"]).passed


def test_failures_are_counted_with_reasons() -> None:
    failures = np.array([""] * 990 + ["not finite: a"] * 9 + ["not finite: b"])
    gate = failures_gate(failures)
    assert gate.passed
    assert gate.value == pytest.approx(0.01)
    assert "9 x not finite: a; 1 x not finite: b" in gate.meaning
    assert not failures_gate(np.array([""] * 9 + ["x"])).passed
    assert "None." in failures_gate(np.array([""] * 9)).meaning


def test_gates_can_be_written_as_json() -> None:
    gates: list[Gate] = [
        sbc_gate(conjugate_ranks(0), LARGEST, NAMES),
        coverage_gate(conjugate_ranks(0), LARGEST, NAMES),
        rhat_gate(np.random.default_rng(0).normal(size=(2, 9, 3)), NAMES),
        prior_predictive_gate(np.eye(3), np.ones(3), ["a", "b", "c"]),
        failures_gate(np.array(["", "x"])),
    ]
    for gate in gates:
        read = json.loads(json.dumps(vars(gate), allow_nan=False))
        assert set(read) == {"name", "value", "threshold", "passed", "meaning"}
        assert isinstance(read["passed"], bool)
    names = [gate.name for gate in gates]
    assert names[:3] == ["sbc", "expected_coverage", "ensemble_rhat"]
    assert names[3:] == ["prior_predictive", "simulation_failures"]
