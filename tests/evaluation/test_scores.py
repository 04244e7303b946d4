"""Scores against closed forms."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from scipy.stats import t as student_t

from satisfice.evaluation.scores import (
    SCORES,
    Human,
    crps_by_statistic,
    intervals,
    log_scores,
    score_all,
    standardised,
)

GENERATOR = np.random.default_rng(0)
HUMAN = GENERATOR.normal(size=20)
ERROR = GENERATOR.uniform(0.5, 2.0, size=20)


def scored(predictive: np.ndarray, human: Human) -> pd.DataFrame:
    return intervals(score_all(predictive, human))


def scores(predictive: np.ndarray, human: np.ndarray, error: np.ndarray) -> pd.DataFrame:
    table = scored(predictive, Human.of(human, error, 200, seed=1))
    assert list(table.columns) == ["score", "value", "low", "high"]
    assert sorted(table.score) == sorted(SCORES)
    return table.set_index("score")


def point(values: np.ndarray, draws: int = 50) -> np.ndarray:
    return np.tile(values, (draws, 1))


def test_differences_are_in_units_of_the_human_standard_error() -> None:
    found = standardised(np.array([[3.0, 1.0]]), np.array([1.0, 2.0]), np.array([0.5, 2.0]))
    np.testing.assert_array_equal(found, [[4.0, -0.5]])


def test_a_point_forecast_scores_its_distance() -> None:
    forecast = GENERATOR.normal(size=20)
    distance = np.abs(forecast - HUMAN) / ERROR
    table = scores(point(forecast), HUMAN, ERROR)
    assert table.value["crps"] == pytest.approx(distance.mean())
    assert table.value["rmse"] == pytest.approx(np.sqrt((distance**2).mean()))
    euclidean = np.sqrt((distance**2).sum())
    assert table.value["energy"] == pytest.approx(euclidean / np.sqrt(20))
    np.testing.assert_allclose(crps_by_statistic(point(forecast), HUMAN, ERROR), distance)


def test_a_perfect_point_forecast_scores_zero_and_covers_all() -> None:
    table = scores(point(HUMAN), HUMAN, ERROR)
    assert table.value["crps"] == table.value["rmse"] == table.value["energy"] == 0
    assert table.value["coverage_50"] == table.value["coverage_90"] == 1
    # Other people would not have matched it exactly, but no distance is below zero.
    assert (table.low[["crps", "energy"]] == 0).all()


@pytest.mark.parametrize(("centre", "spread"), [(0.0, 1.0), (1.5, 0.5), (-3.0, 2.0)])
def test_the_crps_of_a_gaussian_is_its_closed_form(centre: float, spread: float) -> None:
    draws = np.random.default_rng(1).normal(centre, spread, size=(20_000, 3))
    z = -centre / spread
    exact = spread * (z * (2 * norm.cdf(z) - 1) + 2 * norm.pdf(z) - 1 / np.sqrt(np.pi))
    found = crps_by_statistic(draws, np.zeros(3), np.ones(3))
    np.testing.assert_allclose(found, exact, rtol=0.03)


def test_the_log_score_of_one_draw_is_a_normal_density_around_it() -> None:
    error, redrawn = np.array([[0.3, -1.0]]), np.array([[0.0, 0.0], [2.0, -1.5]])
    np.testing.assert_allclose(log_scores(error, redrawn), norm.logpdf(redrawn, error))
    twice = np.repeat(error, 2, axis=0)  # a mixture of equals is each of them
    np.testing.assert_allclose(log_scores(twice, redrawn), norm.logpdf(redrawn, error))


def test_no_forecast_has_a_better_expected_log_score_than_the_truth() -> None:
    """One that is too sure would, were human values not as noisy as the density they get."""
    random, replicates = np.random.default_rng(3), 400
    truth = random.standard_normal(replicates)
    human = Human.of(truth, np.ones(replicates), 2, seed=1)
    found = {}
    for spread in (0.0, 0.5, 1.0, 1.5):
        draws = spread * random.standard_normal((2000, 1)) * np.ones(replicates)
        found[spread] = score_all(draws, human)["log_score"][0]
    assert max(found, key=found.__getitem__) == 1.0


def test_other_people_move_the_crps_by_what_they_differ() -> None:
    human = Human.of(np.zeros(1), np.ones(1), 200, seed=1)
    table = scored(np.full((50, 1), 10.0), human).set_index("score")
    # Point forecasts miss each redraw by its distance, which is that of one side only.
    missed = np.abs(human.redrawn[:, 0] - 10.0)
    low, high = np.quantile(missed[1:] - np.median(missed[1:]) + missed[0], [0.05, 0.95])
    found = table.loc["crps", ["low", "high"]].astype(float)
    np.testing.assert_allclose(found, [low, high], rtol=1e-6)


def test_the_energy_score_of_gaussians_is_its_closed_form() -> None:
    # E|X| - E|X - X'| / 2 in d dimensions, with E|X| = sqrt(2) Gamma((d + 1) / 2) / Gamma(d / 2).
    mean_length = np.sqrt(2) * 2.0 / 1.329340388  # d = 5: Gamma(3), Gamma(2.5)
    exact = mean_length * (1 - np.sqrt(2) / 2) / np.sqrt(5)
    draws = np.random.default_rng(1).normal(size=(500, 5))
    assert scores(draws, np.zeros(5), np.ones(5)).value["energy"] == pytest.approx(exact, rel=0.05)


def test_coverage_counts_the_intervals_that_hold_the_human_value() -> None:
    draws = np.tile(np.linspace(-1, 1, 401)[:, None], (1, 10))
    human = np.array([0.0, 0.2, -0.4, 0.49, 0.51, -0.6, 0.89, -0.91, 5.0, -5.0])
    table = scores(draws, human, np.ones(10))
    assert table.value["coverage_50"] == pytest.approx(0.4)
    assert table.value["coverage_90"] == pytest.approx(0.7)


def test_calibrated_predictions_cover_as_often_as_they_claim() -> None:
    generator = np.random.default_rng(2)
    centre = generator.normal(size=300)
    draws = centre + generator.normal(size=(200, 300))
    table = scores(draws, centre + generator.normal(size=300), np.ones(300))
    assert table.value["coverage_50"] == pytest.approx(0.5, abs=0.09)
    assert table.value["coverage_90"] == pytest.approx(0.9, abs=0.06)


@pytest.mark.parametrize("seed", range(5))
def test_intervals_hold_the_value_and_say_something(seed: int) -> None:
    generator = np.random.default_rng(seed)
    draws = generator.normal(size=(100, 20)) + generator.normal(size=20)
    table = scores(draws, HUMAN, ERROR)
    assert (table.low <= table.value).all()
    assert (table.value <= table.high).all()
    wide = table.drop(index=["coverage_50", "coverage_90"])
    assert (wide.low < wide.high).all()


def test_intervals_stay_within_what_a_score_can_be() -> None:
    far = scores(np.zeros((50, 4)), HUMAN[:4] + 40.0, ERROR[:4])
    near = scores(
        np.random.default_rng(0).normal(size=(50, 4)) * 3 + HUMAN[:4], HUMAN[:4], ERROR[:4]
    )
    for table in (far, near):
        covered = table.loc[["coverage_50", "coverage_90"]]
        assert covered.low.min() >= 0 and covered.high.max() <= 1
        assert table.loc[["crps", "energy", "rmse"]].low.min() >= 0


@given(
    factor=st.lists(st.floats(1e-3, 1e3), min_size=4, max_size=4),
    shift=st.lists(st.floats(-100, 100), min_size=4, max_size=4),
)
@settings(deadline=None, max_examples=20, derandomize=True)
def test_units_do_not_matter(factor: list[float], shift: list[float]) -> None:
    draws = np.random.default_rng(3).normal(size=(40, 4))
    before = scored(draws, Human.of(HUMAN[:4], ERROR[:4], 20, seed=0))
    scale, offset = np.array(factor), np.array(shift)
    moved = Human.of(HUMAN[:4] * scale + offset, ERROR[:4] * scale, 20, seed=0)
    after = scored(draws * scale + offset, moved)
    pd.testing.assert_frame_equal(before, after, rtol=1e-6, atol=1e-6)


def test_nearer_and_sharper_forecasts_score_better() -> None:
    noise = np.random.default_rng(4).normal(size=(100, 20))
    exact, wide, off = (
        scores(HUMAN + shift + spread * noise, HUMAN, ERROR)
        for shift, spread in ((0.0, 0.3), (0.0, 3.0), (2.0, 0.3))
    )
    for score in ("crps", "energy"):
        assert exact.value[score] < wide.value[score]
        assert exact.value[score] < off.value[score]


def test_the_seed_moves_intervals_only() -> None:
    draws = HUMAN + np.random.default_rng(5).normal(size=(60, 20))
    one, other = (scored(draws, Human.of(HUMAN, ERROR, 50, seed=s)) for s in (1, 2))
    pd.testing.assert_series_equal(one["value"], other["value"])
    assert not one.low.equals(other.low)


def test_redraws_are_correlated_as_told() -> None:
    correlation = np.array([[1.0, 0.8, 0.0], [0.8, 1.0, 0.0], [0.0, 0.0, 1.0]])
    redrawn = Human.of(np.zeros(3), np.ones(3), 20_000, 0, correlation).redrawn[1:]
    np.testing.assert_allclose(np.cov(redrawn.T), correlation, atol=0.03)
    alone = Human.of(np.zeros(3), np.ones(3), 50, 0).redrawn
    np.testing.assert_array_equal(
        Human.of(np.zeros(3), np.ones(3), 50, 0, np.eye(3)).redrawn, alone
    )


def test_a_singular_correlation_is_no_obstacle() -> None:
    redrawn = Human.of(np.zeros(2), np.ones(2), 100, 0, np.ones((2, 2))).redrawn
    np.testing.assert_allclose(redrawn[:, 0], redrawn[:, 1], atol=1e-7)


def test_redraws_know_from_how_many_markets_an_error_comes() -> None:
    table = pd.DataFrame({"treatment": ["a", "a", "b"], "value": 0.0, "standard_error": 1.0})
    correlation = np.array([[1.0, 0.5, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 1.0]])
    few = Human.of_table(table.assign(markets=[6, 6, 31]), 20_000, 0, correlation).redrawn
    assert (few[0] == 0).all()
    for column, markets in enumerate((6, 6, 31)):
        wanted = student_t.ppf([0.05, 0.9, 0.95], markets - 1)
        np.testing.assert_allclose(
            np.quantile(few[1:, column], [0.05, 0.9, 0.95]), wanted, atol=0.06
        )
    assert np.corrcoef(few[1:].T)[0, 1] == pytest.approx(0.5, abs=0.03)
    # A combination of a treatment's statistics has as few degrees of freedom as each of them.
    both = few[1:, :2].sum(axis=1) / np.sqrt(3.0)
    assert np.quantile(both, 0.95) == pytest.approx(student_t.ppf(0.95, 5), abs=0.06)


def test_errors_that_hang_together_widen_the_interval() -> None:
    draws = HUMAN + ERROR * (2.0 + np.random.default_rng(6).normal(size=(60, 20)))
    same = np.full((20, 20), 0.9) + 0.1 * np.eye(20)
    alone, together = (
        scored(draws, Human.of(HUMAN, ERROR, 500, 1, matrix)).set_index("score")
        for matrix in (None, same)
    )
    assert alone.value["crps"] == together.value["crps"]
    width = {
        name: table.high["crps"] - table.low["crps"]
        for name, table in (("alone", alone), ("together", together))
    }
    assert width["together"] > 2 * width["alone"]
