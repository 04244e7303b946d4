"""One estimator for any part of the statistics, where the answers are known."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.cross_checks.partial_estimator import Part, PartialEstimator, parts_of
from experiments.cross_checks.pooling import pool
from satisfice.inference.settings import EstimatorSettings

LABELS = [("low", "first"), ("low", "second"), ("high", "first")]
NOISE = 0.1
SETTINGS = EstimatorSettings(hidden=32, learning_rate=0.005, batch=100, most_epochs=12)


def simulate(cube: np.ndarray, seed: int) -> np.ndarray:
    noise = NOISE * np.random.default_rng(seed).normal(size=(len(cube), 3))
    return np.asarray(cube[:, [0, 1, 0]] + noise)


@pytest.fixture(scope="module")
def trained() -> tuple[PartialEstimator, dict[tuple[str, str], Part]]:
    parts = parts_of(LABELS)
    cube = np.random.default_rng(1).random((4000, 2))
    network = PartialEstimator.train(cube, simulate(cube, 2), parts, SETTINGS, seed=3)
    return network, {(part.kind, part.name): part for part in parts}


def test_parts_are_all_but_one_and_one_treatment() -> None:
    there = {f"{part.kind} {part.name}": part.there.tolist() for part in parts_of(LABELS)}
    assert there == {
        "all all": [True, True, True],
        "without low first": [False, True, True],
        "without low second": [True, False, True],
        "without high first": [True, True, False],
        "only low": [True, True, False],
        "only high": [False, False, True],
    }
    assert {part.kind for part in parts_of(LABELS[:2])} == {"all", "without"}


def test_each_part_gives_the_posterior_of_what_it_holds(
    trained: tuple[PartialEstimator, dict[tuple[str, str], Part]],
) -> None:
    network, parts = trained
    observed = np.array([[0.5, 0.5, 0.5]])
    ignorant = 1 / np.sqrt(12)
    expected = {
        ("all", "all"): (NOISE / np.sqrt(2), NOISE),
        ("without", "low second"): (NOISE / np.sqrt(2), ignorant),
        ("without", "high first"): (NOISE, NOISE),
        ("only", "high"): (NOISE, ignorant),
    }
    for key, spread in expected.items():
        draws = network.sample(observed, parts[key], 2000, 4)[0]
        np.testing.assert_allclose(draws.std(0), spread, rtol=0.25, err_msg=str(key))
        np.testing.assert_allclose(draws.mean(0), 0.5, atol=0.06, err_msg=str(key))


def test_what_is_left_out_has_no_influence(
    trained: tuple[PartialEstimator, dict[tuple[str, str], Part]],
) -> None:
    network, parts = trained
    part = parts["without", "low second"]
    one, other = (
        network.sample(np.array([[0.4, left_out, 0.4]]), part, 50, 5) for left_out in (0.1, 9.0)
    )
    np.testing.assert_array_equal(one, other)


def test_densities_of_treatments_can_be_pooled(
    trained: tuple[PartialEstimator, dict[tuple[str, str], Part]],
) -> None:
    network, parts = trained

    def factor(observed: list[float]) -> float:
        densities = {
            name: network.density(np.array(observed), parts["only", name])
            for name in ("low", "high")
        }
        return pool(densities, 40, 10, 1, shared=1).log_bayes_factor

    assert factor([0.5, 0.5, 0.5]) > 0.5
    assert factor([0.2, 0.5, 0.8]) < -3
