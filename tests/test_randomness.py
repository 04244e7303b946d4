"""Random numbers depend on seed and purpose, never on how work is split."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.randomness import seed_sequence, small_seed, uniform_rows

KEYS: list[tuple[str | int, ...]] = [
    ("simulate", "cournot", "habit"),
    ("simulate", "cournot", "uniform"),
    ("simulate", "cournot"),
    ("theta", "cournot", "habit"),
    ("cournot", "simulate", "habit"),
    ("simulate", 0),
    ("simulate", 1),
    (),
]


@given(
    seed=st.integers(0, 2**40),
    first=st.integers(0, 10**9),
    width=st.integers(1, 40),
    parts=st.lists(st.integers(0, 5), min_size=1, max_size=6),
)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_rows_do_not_depend_on_the_split(
    seed: int, first: int, width: int, parts: list[int]
) -> None:
    sequence = seed_sequence(seed, "test")
    whole = uniform_rows(sequence, first, sum(parts), width)
    starts = first + np.cumsum([0, *parts[:-1]])
    pieces = [
        uniform_rows(sequence, int(start), rows, width)
        for start, rows in zip(starts, parts, strict=True)
    ]
    assert whole.shape == (sum(parts), width)
    np.testing.assert_array_equal(np.concatenate(pieces), whole)


def test_rows_are_those_of_one_long_draw() -> None:
    sequence = seed_sequence(3, "a")
    plain = np.random.Generator(np.random.PCG64(sequence)).random((50, 7))
    np.testing.assert_array_equal(uniform_rows(sequence, 0, 50, 7), plain)
    np.testing.assert_array_equal(uniform_rows(sequence, 20, 5, 7), plain[20:25])


def test_rows_are_uniform() -> None:
    rows = uniform_rows(seed_sequence(1, "a"), 10**6, 10_000, 10)
    assert rows.min() >= 0
    assert rows.max() < 1
    counts = np.histogram(rows, bins=20, range=(0, 1))[0]
    expected = rows.size / 20
    # Chi-square with 19 degrees of freedom: 50 is exceeded about once in 10,000 times.
    assert ((counts - expected) ** 2 / expected).sum() < 50


@pytest.mark.parametrize(("one", "other"), combinations(KEYS, 2))
def test_purposes_have_streams_of_their_own(
    one: tuple[str | int, ...], other: tuple[str | int, ...]
) -> None:
    first, second = (uniform_rows(seed_sequence(5, *key), 0, 500, 1)[:, 0] for key in (one, other))
    assert not np.isin(first, second).any()
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
    assert small_seed(5, *one) != small_seed(5, *other)


def test_seeds_have_streams_of_their_own() -> None:
    rows = [uniform_rows(seed_sequence(seed, "a"), 0, 100, 1) for seed in range(20)]
    assert len(np.unique(np.concatenate(rows))) == 2000
    assert len({small_seed(seed, "a") for seed in range(1000)}) == 1000


def test_streams_stay_the_same_from_version_to_version() -> None:
    assert small_seed(2024, "learn", "cournot", "habit") == 2083660420
    generator = np.random.Generator(np.random.PCG64(np.random.SeedSequence(2024)))
    assert uniform_rows(seed_sequence(2024), 0, 1, 1)[0, 0] == generator.random()
