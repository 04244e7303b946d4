"""Errors by several methods, and how often their intervals hold the true value."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import t as student

from experiments.error_coverage.methods import METHODS, Errors, errors_of, hits
from satisfice.games.cournot import Cournot

GAME = Cournot()
NAMES = list(GAME.statistics)


def test_the_error_of_a_mean_is_that_of_the_markets_own_means() -> None:
    generator = np.random.default_rng(0)
    panel = {"action": np.round(generator.normal(30, 8, size=(6, 2, 25)))}
    found = errors_of(panel, GAME, "2", 4000, generator)
    assert list(found.reach) == list(METHODS)
    early = NAMES.index("mean_rounds_1_8")
    of_markets = GAME.record(panel, "2")["relative_quantity"][..., :8].mean(axis=(1, 2))
    error = of_markets.std(ddof=1) / np.sqrt(6)
    assert found.reach["jackknife_t"][early] == pytest.approx(student.ppf(0.95, 5) * error)
    for method, wanted in (
        ("bootstrap_normal", 1.645 * np.sqrt(5 / 6)),
        ("bootstrap_t", student.ppf(0.95, 5)),
        ("package", student.ppf(0.95, 5)),
    ):
        assert found.reach[method][early] == pytest.approx(wanted * error, rel=0.04)
    spread = NAMES.index("sd_between_markets")
    assert found.reach["package"][spread] >= found.reach["bootstrap_t"][spread]
    np.testing.assert_allclose(np.diag(found.correlation), 1.0)


def test_right_errors_hold_as_often_as_they_claim() -> None:
    generator = np.random.default_rng(1)
    matrix = np.array([[1.0, 0.9, 0.0], [0.9, 4.0, 0.0], [0.0, 0.0, 0.0]])
    value = generator.multivariate_normal(np.zeros(3), matrix, size=4000)
    correlation = np.array([[1.0, 0.45, 0.0], [0.45, 1.0, 0.0], [0.0, 0.0, 0.0]])
    reach = 1.645 * np.sqrt(np.diag(matrix))
    found = [Errors(each, {"package": reach}, correlation) for each in value]
    held = hits(found, "package")
    assert held.shape == (4000, 5)
    np.testing.assert_allclose(held[:, [0, 1, 3, 4]].mean(axis=0), 0.9, atol=0.02)
    assert np.isnan(held[:, 2]).all()  # a constant statistic
    # Without the correlation, sums are held too seldom and differences too often.
    alone = [Errors(each, {"package": reach}, np.eye(3)) for each in value]
    total, difference = hits(alone, "package")[:, 3:].mean(axis=0)
    assert total < 0.86 and difference > 0.95
