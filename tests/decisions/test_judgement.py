"""Scores of a model, against refits that are known, and weights that are known."""

from __future__ import annotations

import numpy as np
import pytest
from coins import Biased, Fair, log_evidence, thrown
from scipy.stats import betabinom

from satisfice.decisions.archive import Archive
from satisfice.decisions.judgement import Judged, judge, stacking
from satisfice.decisions.settings import DecisionSettings

SETTINGS = DecisionSettings(live=50, effective=300)
FIRST, SECOND = np.array([3, 5, 6]), np.array([4, 7])
ONES = np.concatenate([FIRST, SECOND])
HISTORIES = {"one": thrown(FIRST[:, None].tolist()), "held": thrown(SECOND[:, None].tolist())}
UNSEEN = np.array([0.0, 0.0, 0.0, 1.0, 1.0])


@pytest.fixture(scope="module")
def judged() -> Judged:
    return judge(Archive(Biased(), HISTORIES, SETTINGS, 1), UNSEEN, 50)


def of_the_next(ones: np.ndarray, others: np.ndarray | float, markets: int) -> np.ndarray:
    """Log predictive probability of a market's decisions, given others' ones."""
    given, zeros = np.asarray(others, dtype=float), 10.0 * markets - others
    both = [log_evidence(a + b, 10 + 10 * markets) for a, b in np.broadcast(ones, given)]
    alone = [log_evidence(a, a + b) for a, b in np.broadcast(given, zeros)]
    return np.array(both) - np.array(alone)


def test_markets_left_out_are_as_if_fitted_without_them(judged: Judged) -> None:
    wanted = of_the_next(ONES, ONES.sum() - ONES, 4)
    np.testing.assert_allclose(judged.loo, wanted, atol=0.05)
    assert judged.refits == (judged.khat == 0.0).sum()
    assert (judged.khat < 0.7).all()
    assert judged.loo.sum() < judged.in_sample.sum()


def test_fitted_and_held_out_markets_are_told_apart(judged: Judged) -> None:
    np.testing.assert_array_equal(np.isnan(judged.held_out), UNSEEN == 0)
    np.testing.assert_array_equal(np.isnan(judged.fitted), UNSEEN == 1)
    of_fitted = of_the_next(ONES, FIRST.sum(), 3)
    np.testing.assert_allclose(judged.held_out[3:], of_fitted[3:], atol=0.05)
    np.testing.assert_allclose(judged.fitted[:3], of_fitted[:3], atol=0.05)
    np.testing.assert_allclose(judged.in_sample, of_the_next(ONES, ONES.sum(), 5), atol=0.05)
    assert judged.evidence_fitted == pytest.approx(log_evidence(FIRST.sum(), 30), abs=0.15)
    assert judged.posterior.log_evidence == pytest.approx(log_evidence(ONES.sum(), 50), abs=0.2)
    assert judged.parameters == 1 and judged.likelihoods > 300


def test_crps_is_that_of_laplaces_rule(judged: Judged) -> None:
    """The chance of a one is that of ones so far, others' and one's own."""
    actions = np.concatenate([each.action[:, 0].numpy() for each in HISTORIES.values()])
    before, now = actions.cumsum(1) - actions, np.arange(10)
    for found, ones, number in (
        (judged.crps, np.full(5, FIRST.sum()), 30),
        (judged.crps_loo, ONES.sum() - ONES, 40),
    ):
        chance = (1 + ones[:, None] + before) / (2 + number + now)
        np.testing.assert_allclose(found, ((actions - chance) ** 2).mean(1), atol=0.02)


def test_a_model_without_parameters_is_the_same_everywhere() -> None:
    found = judge(Archive(Fair(0.25), HISTORIES, SETTINGS, 1), UNSEEN, 5)
    wanted = ONES * np.log(0.25) + (10 - ONES) * np.log(0.75)
    for scores in (found.loo, found.in_sample):
        np.testing.assert_allclose(scores, wanted)
    np.testing.assert_allclose(found.held_out[3:], wanted[3:])
    np.testing.assert_allclose(found.crps, (ONES * 0.75**2 + (10 - ONES) * 0.25**2) / 10)
    np.testing.assert_allclose(found.crps_loo, found.crps)
    assert (found.parameters, found.refits, found.likelihoods) == (0, 0, 1)


def test_nothing_held_out() -> None:
    found = judge(Archive(Fair(), HISTORIES, SETTINGS, 1), np.zeros(5), 5)
    assert np.isnan(found.held_out).all()
    np.testing.assert_allclose(found.fitted, 10 * np.log(0.5))


def test_stacking_recovers_a_mixture() -> None:
    """Of markets a third is of one sort and the others of another."""
    generator = np.random.default_rng(0)
    rare, often = betabinom(10, 2, 8), betabinom(10, 20, 5)
    first = generator.random(600) < 1 / 3
    ones = np.where(first, rare.rvs(600, random_state=1), often.rvs(600, random_state=2))
    known = {"rare": rare.logpmf(ones), "often": often.logpmf(ones)}
    found = stacking({**known, "hopeless": np.full(600, -50.0)})
    assert sum(found.values()) == pytest.approx(1.0)
    assert found["rare"] == pytest.approx(1 / 3, abs=0.06)
    assert found["hopeless"] < 1e-6
    assert stacking({"only": known["rare"]}) == {"only": pytest.approx(1.0)}


def test_stacking_has_the_best_weights() -> None:
    """No other weights give a higher score."""
    table = np.random.default_rng(0).normal(-3.0, 1.5, (3, 40))
    found = np.array(list(stacking(dict(zip("abc", table, strict=True))).values()))
    others = np.random.default_rng(1).dirichlet(np.ones(3), 5000)
    score = np.log(np.vstack([found, others]) @ np.exp(table)).sum(1)
    assert score.argmax() == 0
