"""What the report says of rational play and PPO, from made-up files."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.evaluation.rows import COLUMNS
from satisfice.report.baseline import about_baseline
from satisfice.report.results import Baseline

CRPS = {"bounded": 1.0, "rational": 4.0, "ppo": 2.0, "equilibrium": 8.0}


def scores_of(crps: dict[str, float]) -> pd.DataFrame:
    rows = [
        [name, "rival", "none", "default", "held_out", "crps", value, value, value]
        for name, value in crps.items()
    ]
    return pd.DataFrame(rows, columns=COLUMNS)


def baseline(**payoffs: tuple[float, float]) -> Baseline:
    """Payoffs of rational play and PPO by treatment; the error of their difference is 0.02."""
    rows = [
        [name, treatment, payoff, 0.1, payoff - pair[0], 0.02]
        for treatment, pair in payoffs.items()
        for name, payoff in zip(("rational", "ppo"), pair, strict=True)
    ]
    columns = ["contender", "treatment", "payoff", "standard_error", "gain", "gain_error"]
    limits: dict[str, Any] = {
        "duopoly": {"mean quantity": {"value": 33.1, "low": 32.3, "high": 33.7, "kept": True}},
        "triopoly": {"mean quantity": {"value": 30.0, "high": 25.2, "kept": False}},
    }
    earnings = pd.DataFrame(rows, columns=columns)
    return Baseline(pd.DataFrame(), {"rational_limits": limits}, earnings)


def test_the_one_who_earns_more_is_named_by_treatment() -> None:
    found = baseline(more=(0.9, 1.0), less=(1.0, 0.9), same=(1.0, 1.02))
    earns, *_ = about_baseline(found, scores_of(CRPS)).sentences
    assert "rational play earns more in less; PPO earns more in more" in earns
    assert "they earn the same within 2 standard errors in same" in earns
    assert "rational play earns 0.967 and PPO 0.973" in earns


def test_limits_that_are_not_kept_are_named() -> None:
    _, limits, _ = about_baseline(baseline(one=(1.0, 1.0)), scores_of(CRPS)).sentences
    assert (
        "duopoly, mean quantity: 33.1 (in rational play at least 32.3 and at most 33.7)" in limits
    )
    assert "30 (in rational play at most 25.2, which it is NOT)" in limits


@pytest.mark.parametrize(
    ("ppo", "words"),
    [
        (2.0, "is the smallest: it is 0.25 times that of rational play, 0.5 times that of PPO"),
        (0.5, "is not smaller than that of PPO: it is 0.25 times that of rational play, 2 times"),
        (np.nan, "is not smaller than that of PPO"),
    ],
)
def test_the_claim_is_tested_against_both(ppo: float, words: str) -> None:
    scores = scores_of(CRPS | {"ppo": ppo})
    *_, people = about_baseline(baseline(one=(1.0, 1.0)), scores).sentences
    assert words in people


def test_all_earnings_are_in_a_table() -> None:
    table = about_baseline(baseline(one=(1.0, 0.5)), scores_of(CRPS)).earnings
    assert list(table.rows) == [
        ["rational play", "one", "1 ± 0.1", "0 ± 0.02"],
        ["PPO", "one", "0.5 ± 0.1", "-0.5 ± 0.02"],
    ]
