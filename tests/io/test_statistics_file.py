"""Numbers as written: rounded or not, they agree with the value that they stand for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.io.csv_files import NUMBER, as_number
from satisfice.io.statistics_file import agrees

values = st.floats(-1e6, 1e6, allow_nan=False)


@given(value=values, digits=st.integers(0, 15), kind=st.sampled_from("fe"))
@settings(deadline=None, derandomize=True)
def test_a_rounded_number_agrees(value: float, digits: int, kind: str) -> None:
    assert agrees(f" {value:.{digits}{kind}} ", value)
    assert agrees(repr(value), value)


@given(value=values, digits=st.integers(0, 6))
@settings(deadline=None, derandomize=True)
def test_another_number_does_not(value: float, digits: int) -> None:
    wrong = f"{value + 2.1 * 10.0**-digits:.{digits}f}"
    assert not agrees(wrong, value)


@given(text=st.from_regex(NUMBER, fullmatch=True))
@settings(deadline=None, derandomize=True)
def test_every_number_of_a_file_can_be_compared(text: str) -> None:
    number = as_number(text)
    if number == number:
        assert agrees(text, number)


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [
        ("0.84", 0.836, True),
        ("0.83", 0.836, False),
        ("0.840", 0.836, False),
        ("8.4e-1", 0.836, True),
        ("16", 16.3, True),
        ("0e999", 0.0, True),
        ("1", float("nan"), False),
    ],
)
def test_the_digits_that_are_written_count(text: str, value: float, same: bool) -> None:
    assert agrees(text, value) is same
