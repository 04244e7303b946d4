"""Two-sample tests by classifiers."""

from __future__ import annotations

import numpy as np

from satisfice.checks.two_sample import local_c2st


def local_p_value(shift: float, trials: int = 20) -> float:
    """P-value where the posterior is off by ``shift`` noise SDs at large readings only."""
    random = np.random.default_rng(8)
    truth = random.uniform(0.2, 0.8, (800, 1))
    reading = truth + 0.05 * random.normal(size=truth.shape)

    def posterior(at: np.ndarray) -> np.ndarray:
        wrong = shift * 0.05 * (at > 0.5)
        return np.clip(at + wrong + 0.05 * random.normal(size=at.shape), 0.0, 1.0)

    observed = np.array([0.65])
    return local_c2st(
        truth,
        reading,
        posterior(reading),
        observed,
        posterior(np.full((500, 1), observed[0])),
        trials=trials,
        seed=3,
    )


def test_local_test_trusts_a_right_posterior_and_rejects_a_wrong_one() -> None:
    assert local_p_value(0.0) > 0.05
    assert local_p_value(3.0) < 0.05


def test_same_seed_same_p_value() -> None:
    assert local_p_value(0.0, trials=8) == local_p_value(0.0, trials=8)
