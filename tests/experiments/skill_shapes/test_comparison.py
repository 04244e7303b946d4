"""What the experiment on the shape of skills says of its numbers."""

from __future__ import annotations

import pandas as pd
import pytest

from experiments.skill_shapes.comparison import LITTLE, about_learning, answer


def test_learning_is_told_as_it_was() -> None:
    curve = pd.DataFrame({"decisions": [10, 20, 30], "total_variation": [0.2, 0.04, 0.03]})
    rows = pd.DataFrame({"learnt_total_variation_uniform": [0.01, 0.05]})
    assert about_learning(curve, rows, "uniform") == {
        "decisions_until_close": 20,
        "decisions": 30,
        "mean_total_variation": pytest.approx(0.03),
        "largest_total_variation": 0.05,
    }
    far = curve.assign(total_variation=0.2)
    assert about_learning(far, rows, "uniform")["decisions_until_close"] is None


@pytest.mark.parametrize(("ratio", "words"), [(0.9, "matters little"), (1.0, "matters:")])
def test_the_answer_follows_from_the_numbers(ratio: float, words: str) -> None:
    overall = {
        "mean_total_variation_of_shapes": 0.012,
        "largest_total_variation_of_shapes": 0.034,
        "shape_effect_over_spread_effect": ratio * LITTLE,
        "mean_learning_error_of_population": 0.006,
    }
    games = {"cournot": {"largest_relative_difference": {"mean_total_quantity": 0.0123}}}
    said = answer(overall, games)
    for part in (words, "0.0120", "0.0340", "2.0 times", "mean total quantity 1.23%"):
        assert part in said
