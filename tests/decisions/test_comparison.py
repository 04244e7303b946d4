"""comparison.csv: columns, paired differences, and scores that only some models have."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.decisions.archive import Weighted
from satisfice.decisions.comparison import (
    PARTS,
    compare,
    fit_columns,
    scores_of,
    scores_of_predictor,
)
from satisfice.decisions.judgement import Judged
from satisfice.evaluation.predicted_decisions import Predicted

SIZES = np.array([20, 20, 20, 40, 40])
TREATMENT = np.array(["2", "2", "2", "3", "3"])
UNSEEN = (TREATMENT == "3").astype(float)
NOISE = np.random.default_rng(0).normal(0.0, 5.0, 5)


def judged(by_decision: float) -> Judged:
    """A model with a score of about so many nats a decision."""
    score = by_decision * SIZES + NOISE
    nobody = Weighted(
        cube=np.empty((1, 0)),
        theta=np.empty((1, 0)),
        log_weight=np.zeros(1),
        log_evidence=-250.0,
        khat=0.0,
        of_agents=np.zeros((1, 9)),
        likelihoods=np.zeros((1, 5)),
    )
    return Judged(
        parameters=3,
        posterior=nobody,
        fitted=np.where(UNSEEN, np.nan, score + 1),
        held_out=np.where(UNSEEN, score - 1, np.nan),
        loo=score,
        khat=np.array([0.1, 0.6, 0.0, 0.2, 0.3]),
        refits=1,
        in_sample=score + 1,
        evidence_fitted=-120.0,
        crps=np.arange(5.0),
        crps_loo=np.arange(5.0) + 1,
        likelihoods=1234,
    )


def predictor(by_decision: float, across: bool) -> dict[str, np.ndarray]:
    def of(markets: int, agents: int) -> Predicted:
        shape = (markets, agents, 10)
        return Predicted(np.full(shape, by_decision), np.full(shape, 7.0))

    left_out = {"2": of(3, 2), "3": of(2, 4)}
    return scores_of_predictor(left_out, {"3": left_out["3"]} if across else {}, UNSEEN)


def compared(unseen: np.ndarray = UNSEEN, **more: Any) -> pd.DataFrame:
    models = {"rival": judged(-3.5), "bounded": judged(-3.0), "best": judged(-2.9)}
    if not unseen.any():
        gone = np.full(5, np.nan)
        models = {name: replace(each, held_out=gone) for name, each in models.items()}
    scores: dict[str, Any] = {name: scores_of(each, unseen) for name, each in models.items()}
    about: dict[str, Any] = {
        name: {"group": "rival", **fit_columns(each)} for name, each in models.items()
    }
    across = bool(unseen.any())
    for name, score in (("uniform", -4.0), ("frequencies", -3.8), ("ceiling", -2.0)):
        scores[name] = predictor(score, across and name != "frequencies")
        about[name] = {"group": "naive"}
    return compare(scores, about, SIZES, TREATMENT, "bounded", replicates=500, seed=3, **more)


@pytest.fixture(scope="module")
def table() -> pd.DataFrame:
    return compared().set_index("contender")


def test_rows_are_sorted_and_columns_complete(table: pd.DataFrame) -> None:
    assert list(table.index) == ["ceiling", "best", "bounded", "rival", "frequencies", "uniform"]
    assert table.log_score_loo.is_monotonic_decreasing
    scores = {
        f"{column}{part}"
        for part in PARTS
        for column in (
            "log_score_", "se_", "low_", "high_", "difference_", "difference_low_",
            "difference_high_", "crps_",
        )
    }  # fmt: skip
    share = {
        f"completeness_{end}{part}" for part in ("held_out", "loo") for end in ("", "low_", "high_")
    }
    fit = {
        "parameters", "elpd_loo", "se_elpd_loo", "p_loo", "worst_khat", "refits", "evidence",
        "evidence_fitted", "likelihoods",
    }  # fmt: skip
    assert set(table.columns) == {"group", "weight"} | scores | share | fit
    assert not table.isna().all().any()


def test_scores_are_nats_a_decision(table: pd.DataFrame) -> None:
    total = (-3.0 * SIZES + NOISE).sum()
    assert table.log_score_loo["bounded"] == pytest.approx(total / 140)
    assert table.elpd_loo["bounded"] == pytest.approx(total)
    assert table.p_loo["bounded"] == pytest.approx(5.0)
    assert table.log_score_held_out["bounded"] == pytest.approx(-3.0 + (NOISE[3:] - 1).sum() / 80)
    assert table.log_score_fitted["bounded"] == pytest.approx(-3.0 + (NOISE[:3] + 1).sum() / 60)
    assert table.log_score_held_out["ceiling"] == pytest.approx(-2.0)
    assert np.isnan(table.log_score_held_out["frequencies"])
    assert table.crps_held_out["bounded"] == pytest.approx(3.5)
    assert table.crps_loo["bounded"] == pytest.approx((np.arange(1, 6) * SIZES).sum() / 140)
    assert table.worst_khat["bounded"] == pytest.approx(0.6)


def test_the_naive_prediction_is_at_zero_and_the_ceiling_at_one(table: pd.DataFrame) -> None:
    for part in ("held_out", "loo"):
        ends = [f"completeness_{end}{part}" for end in ("", "low_", "high_")]
        np.testing.assert_allclose(table.loc["uniform", ends].astype(float), 0.0, atol=1e-12)
        np.testing.assert_allclose(table.loc["ceiling", ends].astype(float), 1.0)
    wanted = (4.0 + table.log_score_loo["bounded"]) / 2.0
    assert table.completeness_loo["bounded"] == pytest.approx(wanted)


def test_differences_are_paired(table: pd.DataFrame) -> None:
    """The same markets are hard for all, so a difference is surer than either score."""
    for part in PARTS:
        assert table[f"difference_{part}"]["rival"] == pytest.approx(-0.5)
        assert table[f"difference_low_{part}"]["rival"] == pytest.approx(-0.5)
        assert table[f"difference_high_{part}"]["rival"] == pytest.approx(-0.5)
        assert table[f"difference_{part}"]["bounded"] == 0.0
        assert table[f"se_{part}"]["rival"] > 0.01
        assert table[f"low_{part}"]["rival"] < table[f"log_score_{part}"]["rival"]
        assert table[f"high_{part}"]["rival"] > table[f"log_score_{part}"]["rival"]


def test_the_bootstrap_draws_markets_within_treatments() -> None:
    """Of one market a treatment nothing varies, whatever the scores are."""
    score = {"log_score_loo": np.array([-50.0, -10.0]), "crps_loo": np.ones(2)}
    nothing = {f"{kind}_{part}": np.full(2, np.nan) for kind in ("log_score", "crps")
               for part in ("fitted", "held_out")}  # fmt: skip
    table = compare(
        {"bounded": score | nothing}, {"bounded": {"parameters": 1}}, np.array([10, 10]),
        np.array(["2", "3"]), "bounded", replicates=50, seed=0,
    )  # fmt: skip
    assert table.low_loo[0] == table.high_loo[0] == table.log_score_loo[0] == -3.0


def test_only_fitted_models_are_stacked(table: pd.DataFrame) -> None:
    assert table.weight.sum() == pytest.approx(1.0)
    assert list(table.weight.dropna().index) == ["best", "bounded", "rival"]
    assert table.weight["best"] > 0.99


def test_where_nothing_is_held_out_no_column_speaks_of_it() -> None:
    found = compared(np.zeros(5))
    assert not [name for name in found if "held_out" in name]
    assert not found.isna().all().any()


def test_treatments_held_out_may_come_in_any_order() -> None:
    """They are in the order of observed.csv, and markets in that of decisions.csv."""

    def of(score: float) -> Predicted:
        return Predicted(np.full((1, 1, 2), score), np.full((1, 1, 2), -score))

    left_out = {name: of(score) for name, score in (("a", -1.0), ("b", -2.0), ("c", -3.0))}
    across = {name: left_out[name] for name in ("c", "a")}
    found = scores_of_predictor(left_out, across, np.array([1.0, 0.0, 1.0]))
    np.testing.assert_array_equal(found["log_score_held_out"], [-2.0, np.nan, -6.0])
    np.testing.assert_array_equal(found["crps_held_out"], [1.0, np.nan, 3.0])
    np.testing.assert_array_equal(found["log_score_loo"], [-2.0, -4.0, -6.0])
