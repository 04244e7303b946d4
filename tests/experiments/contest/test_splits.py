"""Which statistics a contest's contenders see."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.contest.splits import splits_of, wholly_held_out
from satisfice.errors import SatisficeError
from satisfice.evaluation.rows import DEFAULT, Split

LABELS = [(treatment, name) for treatment in ("2", "3") for name in ("early", "late", "sd")]
HELD_OUT = np.array([False] * 3 + [True] * 3)
HALVES = Split(DEFAULT, ~HELD_OUT, HELD_OUT)
PLACE = "config, key experiments.contest.cournot.splits"


def test_a_treatment_can_be_left_out() -> None:
    extra = {"without_2": {"held_out": ["2/*"], "set_aside": []}}
    found = splits_of(LABELS, HALVES, extra, PLACE)
    assert [split.name for split in found] == [DEFAULT, "without_2"]
    for split in found:
        np.testing.assert_array_equal(split.fitted, ~split.held_out)
    np.testing.assert_array_equal(found[0].held_out, HELD_OUT)
    np.testing.assert_array_equal(found[1].held_out, ~HELD_OUT)


def test_patterns_hold_out_and_set_aside() -> None:
    extra = {"late": {"held_out": ["*/late"], "set_aside": ["*/sd"]}}
    split = splits_of(LABELS, HALVES, extra, PLACE)[-1]
    assert split.name == "late"
    np.testing.assert_array_equal(split.held_out, [False, True, False] * 2)
    np.testing.assert_array_equal(split.fitted, [True, False, False] * 2)


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"held_out": ["*/no"], "set_aside": []}, r"splits\.x\.held_out: '\*/no' matches no stati"),
        ({"held_out": ["*"], "set_aside": []}, r"splits\.x: leaves nothing on one side"),
        ({"held_out": ["2/*"], "set_aside": ["3/*"]}, r"splits\.x: leaves nothing on one side"),
    ],
)
def test_a_split_without_two_sides_is_refused(block: dict[str, Any], message: str) -> None:
    with pytest.raises(SatisficeError, match=message):
        splits_of(LABELS, HALVES, {"x": block}, PLACE)


def test_treatments_of_which_nothing_is_seen() -> None:
    extra = {"late": {"held_out": ["*/late"], "set_aside": ["2/*"]}}
    splits = splits_of(LABELS, HALVES, extra, PLACE)
    found = {split.name: wholly_held_out(LABELS, split) for split in splits}
    assert found == {DEFAULT: ["3"], "late": ["2"]}


def test_what_is_only_shown_is_on_no_side() -> None:
    shown = np.array([False, False, True] * 2)
    default = Split(DEFAULT, ~HELD_OUT & ~shown, HELD_OUT & ~shown)
    splits = splits_of(LABELS, default, {"late": {"held_out": ["*/late"], "set_aside": []}}, PLACE)
    assert len(splits) == 2
    for split in splits:
        np.testing.assert_array_equal(split.fitted | split.held_out, ~shown)
        assert not (split.fitted & split.held_out).any()
    assert wholly_held_out(LABELS, splits[0]) == ["3"]
    with pytest.raises(SatisficeError, match="leaves nothing on one side"):
        splits_of(LABELS, default, {"x": {"held_out": ["*/sd"], "set_aside": []}}, PLACE)
