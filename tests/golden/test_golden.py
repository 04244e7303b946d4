"""The numbers of every stage are those of the versions before."""

from __future__ import annotations

import json

import pytest

from golden import FILE, TOLERANCE, VARIANTS, Numbers, compute, differences
from satisfice.games import GAMES

STAGES = ("play", "learning", "fit", "scores")


@pytest.fixture(scope="module")
def found() -> Numbers:
    return compute()


@pytest.fixture(scope="module")
def wanted() -> Numbers:
    numbers: Numbers = json.loads(FILE.read_text(encoding="utf-8"))
    return numbers


def test_every_game_and_stage_has_golden_numbers(wanted: Numbers) -> None:
    assert set(VARIANTS) == set(GAMES)
    assert set(wanted) == {f"{game}/{stage}" for game in GAMES for stage in STAGES}
    # Numbers that differ, so that a stage that returns a constant would be noticed.
    assert all(len(set(numbers)) > 3 for numbers in wanted.values())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("game", GAMES)
def test_numbers_are_those_of_the_versions_before(
    found: Numbers, wanted: Numbers, game: str, stage: str
) -> None:
    key = f"{game}/{stage}"
    off = differences({key: found[key]}, {key: wanted[key]})[key]
    assert off < TOLERANCE, "meant? then run: python tests/golden/golden.py --write"


def test_a_change_of_one_number_is_seen(wanted: Numbers) -> None:
    for key, numbers in wanted.items():
        changed = [*numbers[:-1], numbers[-1] + 2 * TOLERANCE * max(1.0, abs(numbers[-1]))]
        assert differences({key: changed}, {key: numbers})[key] > TOLERANCE
