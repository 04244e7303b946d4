"""Posteriors from decisions, against posteriors and evidence that are known."""

from __future__ import annotations

import pickle
from collections.abc import Sequence

import numpy as np
import pytest
from coins import Biased, BiasedBySeat, Fair, log_evidence, thrown
from scipy.special import betainc
from scipy.stats import beta

from satisfice.contenders.base import HasLikelihood
from satisfice.decisions import adaptive, archive
from satisfice.decisions.adaptive import LARGEST_KHAT
from satisfice.decisions.archive import Archive, Weighted
from satisfice.decisions.settings import DecisionSettings
from satisfice.errors import SatisficeError

SETTINGS = DecisionSettings(live=50, effective=300)
ONES = np.array([3, 5, 6, 4])


def archived(model: HasLikelihood, ones: Sequence[Sequence[int]], seed: int = 1) -> Archive:
    return Archive(model, {"coins": thrown(ones)}, SETTINGS, seed)


@pytest.fixture(scope="module")
def biased() -> Archive:
    """Four markets of one agent."""
    return archived(Biased(), ONES[:, None].tolist())


def moments(found: Weighted) -> tuple[np.ndarray, np.ndarray]:
    weight = np.exp(found.log_weight)
    mean = weight @ found.theta
    return mean, np.sqrt(weight @ (found.theta - mean) ** 2)


@pytest.mark.parametrize("given", [[1, 1, 1, 1], [1, 1, 0, 1], [0, 1, 0, 1], [0, 0, 1, 0]])
def test_posteriors_given_some_markets(biased: Archive, given: list[int]) -> None:
    markets = np.array(given, dtype=float)
    found, decisions = biased.given(markets), 10 * markets.sum()
    exact = beta(1 + ONES @ markets, 1 + decisions - ONES @ markets)
    mean, sd = moments(found)
    assert np.exp(found.log_weight).sum() == pytest.approx(1.0)
    assert mean[0] == pytest.approx(exact.mean(), abs=0.25 * exact.std())
    assert sd[0] == pytest.approx(exact.std(), rel=0.15)
    assert found.log_evidence == pytest.approx(log_evidence(ONES @ markets, decisions), abs=0.15)
    wanted = ONES * np.log(found.theta) + (10 - ONES) * np.log(1 - found.theta)
    np.testing.assert_allclose(found.likelihoods, wanted)
    np.testing.assert_allclose(found.of_agents, wanted)  # one agent in each market


def test_the_next_market_is_predicted(biased: Archive) -> None:
    """The evidence of all markets is that of some times what these predict of the others."""
    without = biased.given(np.array([1.0, 1.0, 1.0, 0.0])).predicted()[3]
    wanted = log_evidence(ONES.sum(), 40) - log_evidence(ONES[:3].sum(), 30)
    assert without == pytest.approx(wanted, abs=0.05)


def test_evidence_of_nothing_is_one(biased: Archive) -> None:
    nothing = biased.given(np.zeros(4))
    assert nothing.log_evidence == pytest.approx(0.0, abs=0.2)
    assert moments(nothing)[0] == pytest.approx(0.5, abs=0.1)


def test_two_parameters() -> None:
    """Each agent of a market has a chance of its own, so the evidence is a product."""
    found = archived(BiasedBySeat(), [[1, 7], [2, 9]]).given(np.ones(2))
    wanted = log_evidence(3, 20) + log_evidence(16, 20)
    assert found.log_evidence == pytest.approx(wanted, abs=0.2)
    mean, _ = moments(found)
    np.testing.assert_allclose(mean, [4 / 22, 17 / 22], atol=0.03)
    assert found.of_agents.shape == (len(found.theta), 4)
    np.testing.assert_allclose(found.of_agents[:, :2].sum(1), found.likelihoods[:, 0])


def test_a_model_without_parameters_is_computed_once() -> None:
    told: list[int] = []
    found = Archive(Fair(0.25), {"coins": thrown([[3], [5]])}, SETTINGS, 1, told.append)
    for markets, ones in (([1.0, 1.0], 8), ([0.0, 1.0], 5)):
        number = 10 * sum(markets)
        given = found.given(np.array(markets))
        wanted = ones * np.log(0.25) + (number - ones) * np.log(0.75)
        assert given.log_evidence == pytest.approx(wanted)
        assert (given.khat, given.effective, given.theta.shape) == (0.0, pytest.approx(1), (1, 0))
    assert (found.calls, found.runs, told) == (1, 1, [1])


def test_a_sampler_that_finds_no_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MOST_LIKELIHOODS", 1)
    with pytest.raises(SatisficeError, match="no end in 350 likelihoods") as caught:
        archived(Biased(), [[0] * 30, [10] * 30])
    assert "decisions.live" in caught.value.remedy
    # Fits run in processes of their own, from which the error must come back whole.
    returned = pickle.loads(pickle.dumps(caught.value))
    assert str(returned) == str(caught.value)
    assert returned.remedy == caught.value.remedy


def test_markets_that_contradict_each_other_are_fitted_apart() -> None:
    """What one market says of theta is far from what two say."""
    found = archived(Biased(), [[0] * 30, [10] * 30])
    assert found.runs == 1
    first = found.given(np.array([1.0, 0.0]))
    assert found.runs == 2 and first.khat <= LARGEST_KHAT
    assert moments(first)[0][0] == pytest.approx(1 / 302, rel=0.3)
    assert first.log_evidence == pytest.approx(log_evidence(0, 300), abs=0.2)
    assert len(first.likelihoods) == len(first.theta) == len(first.log_weight)


def test_large_weights_lead_to_a_sample_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    biased = archived(Biased(), ONES[:, None].tolist())
    markets, before = np.array([1.0, 0.0, 1.0, 1.0]), biased.runs
    weighted = biased.given(markets)
    assert biased.runs == before and np.isfinite(weighted.khat)
    monkeypatch.setattr(archive, "LARGEST_KHAT", -np.inf)
    again = biased.given(markets)
    assert biased.runs == before + 1
    # If importance sampling fails, too, nested sampling is left.
    monkeypatch.setattr(adaptive, "ROUNDS", 0)
    own = biased.given(markets)
    assert (biased.runs, own.khat) == (before + 3, 0.0)
    for found in (again, own):
        assert found.log_evidence == pytest.approx(weighted.log_evidence, abs=0.15)
        np.testing.assert_allclose(moments(found)[0], moments(weighted)[0], atol=0.02)


def test_a_seed_gives_one_result() -> None:
    found, again = (archived(Biased(), ONES[:, None].tolist()).given(np.ones(4)) for _ in "ab")
    np.testing.assert_array_equal(again.theta, found.theta)
    np.testing.assert_array_equal(again.log_weight, found.log_weight)
    other = archived(Biased(), ONES[:, None].tolist(), seed=2).given(np.ones(4))
    assert not np.array_equal(other.theta[:10], found.theta[:10])


def test_impossible_decisions() -> None:
    """Half of the prior makes the decisions impossible."""
    found = archived(Biased(lowest=0.5), [[5], [6]]).given(np.ones(2))
    above = 1.0 - betainc(12, 10, 0.5)
    assert found.log_evidence == pytest.approx(log_evidence(11, 20) + np.log(above), abs=0.2)
    assert np.exp(found.log_weight[found.theta[:, 0] < 0.5]).sum() < 1e-9


def test_rows_are_drawn_by_their_weights(biased: Archive) -> None:
    found = biased.given(np.ones(4))
    rows = found.rows(1000)
    often = np.bincount(rows, minlength=len(found.theta))
    assert np.abs(often - 1000 * np.exp(found.log_weight)).max() < 1 + 1e-9
    assert found.theta[rows].mean() == pytest.approx(moments(found)[0][0], abs=0.002)
    half = found.theta[rows[:500]].mean()  # draws are in no order
    assert half == pytest.approx(moments(found)[0][0], abs=0.02)
    assert 100 < found.effective <= len(found.theta)
