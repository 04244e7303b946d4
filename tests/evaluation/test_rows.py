"""Rows of scores: what they say of whom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from satisfice.errors import SatisficeError
from satisfice.evaluation.rows import COLUMNS, Prediction, Split, score_rows, scored_parts
from satisfice.evaluation.scores import SCORES, Human, score_all
from satisfice.io.files import write_arrays

VALUE, ERROR = np.array([1.0, -2.0, 3.0]), np.array([0.5, 2.0, 1.0])
HUMAN = Human.of(VALUE, ERROR, 50, seed=1)
NONE, FIRST, LAST = np.eye(4, 3, k=-1).astype(bool)[[0, 1, 3]]
SPLITS = [Split("default", ~LAST, LAST), Split("other", LAST, FIRST)]


@pytest.fixture
def predictions() -> dict[str, Prediction]:
    """One contender that is fitted to each split, and one that is not fitted."""
    draws = VALUE + np.random.default_rng(2).normal(size=(2, 40, 3))
    return {
        "bounded": Prediction("belief", "smc-abc", draws),
        "equilibrium": Prediction("rival", "none", draws[0]),
    }


def test_every_part_of_every_split_is_scored(predictions: dict[str, Prediction]) -> None:
    parts = list(scored_parts(predictions, SPLITS, HUMAN))
    assert [(split, part) for split, part, _ in parts] == [
        ("default", "fit"), ("default", "held_out"), ("other", "fit"), ("other", "held_out"),
    ]  # fmt: skip
    for (_, _, found), columns in zip(parts, [~LAST, LAST, LAST, FIRST], strict=True):
        expected = score_all(predictions["equilibrium"].x[:, columns], HUMAN.restricted(columns))
        for score, values in expected.items():
            np.testing.assert_array_equal(found["equilibrium"][score], values)
    # By default both predict the same; of the other split the fitted one has draws of its own.
    for number, (_, _, found) in enumerate(parts):
        same = found["bounded"]["crps"][0] == found["equilibrium"]["crps"][0]
        assert same == (number < 2)


def test_rows_name_the_contender_and_its_estimator(predictions: dict[str, Prediction]) -> None:
    parts = scored_parts(predictions, SPLITS, HUMAN)
    table = pd.concat([score_rows(predictions, *part) for part in parts])
    assert list(table.columns) == COLUMNS
    assert len(table) == 4 * 2 * len(SCORES)
    assert not table.duplicated(["contender", "split", "part", "score"]).any()
    assert (table.low <= table.value).all()
    assert set(zip(table.contender, table.group, table.estimator, strict=True)) == {
        ("bounded", "belief", "smc-abc"),
        ("equilibrium", "rival", "none"),
    }


def test_predictions_are_read_with_their_estimator(tmp_path: Path) -> None:
    write_arrays(tmp_path / "x.npz", x=np.zeros((5, 3)), estimator=np.array("npe"))
    found = Prediction.read(tmp_path / "x.npz", "belief", 3)
    assert (found.group, found.estimator, found.of_split(1).shape) == ("belief", "npe", (5, 3))
    with pytest.raises(SatisficeError, match="has the shape"):
        Prediction.read(tmp_path / "x.npz", "belief", 4)
