"""Scores of a contest, against known values and the library's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import scoringrules
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from experiments.contest.scores import (
    best_training,
    contest_table,
    held_out_scores,
    outcome,
    paired_differences,
    splits_to_stack,
    stacking_weights,
    summarise,
    weights_of,
)
from satisfice.evaluation.rows import Prediction, Split
from satisfice.evaluation.scores import SCORES, Human, score_all, with_interval

VALUE, ERROR = np.array([1.0, -2.0, 3.0]), np.array([0.5, 2.0, 1.0])
HUMAN = Human.of(VALUE, ERROR, 300, seed=1)


def predicted(bias: float, spread: float, draws: int = 4000, seed: int = 2) -> np.ndarray:
    """Draws around the human values, in units of their standard errors."""
    noise = np.random.default_rng(seed).standard_normal((draws, len(VALUE)))
    return np.asarray(VALUE + ERROR * (bias + spread * noise))


def test_scores_of_normal_predictions_are_the_known_ones() -> None:
    scores = {name: values[0] for name, values in score_all(predicted(0.7, 1.5), HUMAN).items()}
    assert tuple(scores) == SCORES
    assert scores["crps"] == pytest.approx(scoringrules.crps_normal(0.0, 0.7, 1.5), abs=0.03)
    # The human standard error is added to the variance of both: E (e - 0.7)² = 0.7² + 1.
    deviation = np.hypot(1.5, 1.0)
    density = norm(0.0, deviation).logpdf(np.hypot(0.7, 1.0))
    assert scores["log_score"] == pytest.approx(density, abs=0.01)
    assert scores["rmse"] == pytest.approx(0.7, abs=0.05)
    assert (scores["coverage_50"], scores["coverage_90"]) == (1.0, 1.0)


def test_energy_score_is_the_librarys() -> None:
    draws = predicted(0.4, 1.0, draws=60)
    error = (draws - VALUE) / ERROR
    found = score_all(draws, HUMAN)["energy"]
    for row in (0, 1, 7):
        expected = scoringrules.energy_score(HUMAN.redrawn[row], error) / np.sqrt(3)
        assert found[row] == pytest.approx(float(expected), rel=1e-6)


def test_redraws_have_the_human_standard_errors() -> None:
    assert HUMAN.redrawn.shape == (301, 3)
    np.testing.assert_array_equal(HUMAN.redrawn[0], 0.0)
    np.testing.assert_allclose(HUMAN.redrawn[1:].std(axis=0), 1.0, atol=0.15)
    part = HUMAN.restricted(np.array([True, False, True]))
    np.testing.assert_array_equal(part.redrawn, HUMAN.redrawn[:, [0, 2]])
    np.testing.assert_array_equal(part.error, [0.5, 1.0])


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(-1e3, 1e3), min_size=3, max_size=50))
def test_the_interval_holds_the_score(values: list[float]) -> None:
    value, low, high = with_interval(np.array(values))
    assert value == values[0]
    assert low - 1e-9 <= value <= high + 1e-9


def test_the_better_prediction_wins_and_equal_ones_are_undecided() -> None:
    scored = {
        "bounded": score_all(predicted(0.0, 1.0), HUMAN),
        "bad": score_all(predicted(8.0, 1.0), HUMAN),
        "twin": score_all(predicted(0.0, 1.0, seed=3), HUMAN),
        "wide": score_all(predicted(0.0, 30.0), HUMAN),
    }
    found = paired_differences(scored, "bounded").set_index(["contender", "score"])
    assert set(found.index.get_level_values(0)) == {"bad", "twin", "wide"}
    for score in ("crps", "energy", "log_score"):
        assert found.verdict["bad", score] == "worse"
        assert found.verdict["wide", score] == "worse"
    assert found.difference["bad", "log_score"] < 0 < found.difference["bad", "energy"]
    turned = paired_differences(scored, "bad").set_index(["contender", "score"])
    assert set(turned.loc["bounded"].verdict) == {"better"}
    assert abs(found.difference["twin", "crps"]) < 0.02


def test_stacking_finds_the_mixture_that_made_the_data() -> None:
    data = np.concatenate([np.full(30, -3.0), np.full(70, 3.0)])
    log_density = np.stack([norm(mean, 1).logpdf(data) for mean in (-3, 3, 50)], axis=1)
    np.testing.assert_allclose(stacking_weights(log_density), [0.3, 0.7, 0.0], atol=1e-3)
    np.testing.assert_allclose(stacking_weights(np.full((5, 2), -1e4)), [0.5, 0.5])


def test_values_count_in_stacking_as_much_as_they_are_worth() -> None:
    log_density = np.log([[1.0, 0.2], [0.1, 1.0], [0.1, 1.0]])
    twice = stacking_weights(log_density)
    np.testing.assert_allclose(stacking_weights(log_density[:2], np.array([1.0, 2.0])), twice)
    assert stacking_weights(log_density[:2], np.array([1.0, 0.0]))[0] > 0.9999


def test_stacking_ends_where_nothing_is_to_be_gained() -> None:
    """Of two nearly equal contenders, which expectation-maximisation tells apart slowly."""
    random = np.random.default_rng(4)
    one = random.normal(size=(200, 1))
    log_density = np.hstack([one, one + 0.02 * random.normal(size=(200, 1)), one - 3.0])
    weights = stacking_weights(log_density)

    def predicted(w: np.ndarray) -> float:
        return float(np.log(np.exp(log_density) @ w).mean())

    best = max(predicted(np.array([share, 1 - share, 0.0])) for share in np.linspace(0, 1, 1001))
    assert best - predicted(weights) < 2e-5


def test_differences_of_nobody_are_a_table_too() -> None:
    assert isinstance(paired_differences({}, "bounded"), pd.DataFrame)


def test_rational_play_is_played_at_its_best(tmp_path: Path) -> None:
    for name, payoff in (("one", [0.0] * 18 + [0.9, 0.9]), ("two", [1.0] * 18 + [0.5, 0.5])):
        pd.DataFrame({"payoff": payoff}).to_csv(tmp_path / f"{name}.csv", index=False)
    trained: dict[str | Path, str | Path] = {
        f"{name}.npz": tmp_path / f"{name}.csv" for name in ("two", "one")
    }
    assert best_training(trained) == "one.npz"


def test_stacking_counts_nothing_twice_and_leaves_nothing_out() -> None:
    def split(name: str, *held_out: bool) -> Split:
        return Split(name, ~np.array(held_out), np.array(held_out))

    default = split("default", False, True, True)
    assert splits_to_stack([default]) == [0]
    assert splits_to_stack([default, split("one", True, True, False)]) == [0, 1]
    others = [split("one", True, True, False), split("two", False, False, True)]
    assert splits_to_stack([default, *others]) == [1, 2]


def rows(score: str, values: dict[str, float], **others: str) -> list[dict[str, object]]:
    """Rows of a table of scores about held-out statistics."""
    return [
        {"contender": name, "group": "rival", "estimator": "none", "split": "default"}
        | {"part": "held_out", "score": score, "value": value, "low": value, "high": value}
        | others
        for name, value in values.items()
    ]


ENERGY = {"bounded": 2.0, "other": 1.0, "worse": 4.0}
SCORED = pd.DataFrame(
    [row for score in ("crps", "energy", "log_score", "coverage_90") for row in rows(score, ENERGY)]
    + rows("energy", {"bounded": 3.0, "other": 6.0, "worse": 3.0}, split="one")
)
DIFFERENCES = pd.DataFrame(
    {
        "contender": ["other", "worse"],
        "score": "energy",
        "split": "default",
        "part": "held_out",
        "verdict": ["better", "worse"],
    }
)
WEIGHTS = pd.DataFrame({"contender": list(ENERGY), "group": "rival", "weight": [0.2, 0.7, 0.1]})


def test_a_contest_in_a_sentence() -> None:
    found = summarise(SCORED, DIFFERENCES, WEIGHTS, {"rational": []}, held_out=10)
    assert found["sentence"] == (
        "other predicts best what the default split holds out (energy 1.00). other predicts "
        "better than the bounded model. The bounded model (2.00) is better than 1 of 2 contenders. "
        "Such differences are beyond doubt from other samples of people."
    )
    assert (found["beaten"], found["beating"]) == (["worse"], ["other"])
    assert found["champions_energy_over_theirs"] == {
        "other": {"default": 2.0, "one": 0.5},
        "worse": {"default": 0.5, "one": 1.0},
    }
    assert list(found["stacking"]) == ["other", "bounded", "worse"]
    assert found["trainings"] == {"rational": []}


def test_few_statistics_decide_nothing_beyond_doubt() -> None:
    energy = pd.Series({"bounded": 1.0, "rival": 2.0})
    assert outcome(energy, ["rival"], [], held_out=9) == (
        "The bounded model predicts best what the default split holds out (energy 1.00). The "
        "bounded model is better than 1 of 1 contenders. With 9 statistics held out, no difference "
        "is beyond doubt."
    )


FITS = pd.DataFrame(
    {
        "contender": ["bounded", "worse", "other"] * 2,
        "split": ["default"] * 3 + ["late"] * 3,
        "parameters": [5, 0, 2] * 2,
        "hand_set": ["stay reach", "", ""] * 2,
        "simulations": [900, 0, 900] * 2,
        "converged": [True, True, False, False, False, False],
    }
)


def test_without_other_splits_their_column_is_left_out() -> None:
    alone = SCORED[SCORED.split == "default"]
    table = contest_table(alone, DIFFERENCES, WEIGHTS, FITS, "primary")
    assert "energy_of_other_splits" not in table
    assert not table.isna().any(axis=None)


def test_the_table_of_a_contest_has_the_best_first() -> None:
    table = contest_table(SCORED, DIFFERENCES, WEIGHTS, FITS, "primary").set_index("contender")
    assert list(table.index) == ["other", "bounded", "worse"]
    assert table.against_bounded.tolist() == ["better", "", "worse"]
    assert table.energy_of_other_splits.tolist() == [6.0, 3.0, 3.0]
    assert table.stacking_weight.tolist() == [0.7, 0.2, 0.1]
    assert table.parameters.tolist() == [2, 5, 0]
    assert table.converged.tolist() == [False, True, True]
    assert set(table.human_figures) == {"primary"}


def test_who_predicts_what_was_held_out_has_the_weight() -> None:
    held_out = np.array([False, True, True])
    good, bad = (Prediction("rival", "none", predicted(bias, 0.5, 200)) for bias in (0.0, 6.0))
    table = weights_of({"bad": bad, "good": good}, [Split("default", ~held_out, held_out)], HUMAN)
    assert table.contender.tolist() == ["bad", "good"]
    assert table.weight.sum() == pytest.approx(1.0)
    assert table.weight[1] > 0.99


def test_every_training_is_scored_on_what_was_held_out() -> None:
    held_out = np.array([False, True, True])
    split = Split("default", ~held_out, held_out)
    draws = predicted(0.4, 1.0, 100)
    spoilt = draws.copy()
    spoilt[:, 0] += 100.0  # which is not held out
    one, other = held_out_scores([draws, spoilt], HUMAN, split)
    assert one == other
    assert one["crps"] == score_all(draws[:, 1:], HUMAN.restricted(held_out))["crps"][0]
