"""Joining npz files."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.io.files import write_arrays
from satisfice.io.joined_arrays import join_arrays

COLUMNS = 50


def write_parts(folder: Path, rows: list[int]) -> list[Path]:
    generator = np.random.default_rng(5)
    paths = [folder / f"{number}.npz" for number in range(len(rows))]
    for number, (path, count) in enumerate(zip(paths, rows, strict=True)):
        reasons = np.array(["x" * (number + 1)] * count, dtype=f"U{number + 1}")
        numbers = generator.random((count, COLUMNS))
        once = {"labels": np.array(["a", "b"]), "text": np.array("one text, no rows")}
        write_arrays(path, x=numbers, reasons=reasons, **once)
    return paths


@given(rows=st.lists(st.integers(0, 90), min_size=1, max_size=6))
@settings(deadline=None, max_examples=25, derandomize=True)
def test_the_joined_file_is_that_of_concatenated_arrays(
    tmp_path_factory: pytest.TempPathFactory, rows: list[int]
) -> None:
    folder = tmp_path_factory.mktemp("parts")
    parts = write_parts(folder, rows)
    join_arrays(parts, folder / "joined.npz", rows=("x", "reasons"), once=("labels", "text"))
    loaded = [dict(np.load(part)) for part in parts]
    whole = {name: np.concatenate([part[name] for part in loaded]) for name in ("x", "reasons")}
    once = {name: loaded[0][name] for name in ("labels", "text")}
    write_arrays(folder / "whole.npz", **whole, **once)
    assert (folder / "joined.npz").read_bytes() == (folder / "whole.npz").read_bytes()


def peak_memory(folder: Path, parts: list[Path]) -> int:
    """The most bytes that joining the parts holds at a time."""
    tracemalloc.start()
    join_arrays(parts, folder / "joined.npz", rows=("x",))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


def test_memory_does_not_grow_with_the_number_of_parts(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, [300] * 60)
    peak_memory(tmp_path, parts[:2])  # imports and caches
    part = 300 * COLUMNS * 8
    few, many = peak_memory(tmp_path, parts[:4]), peak_memory(tmp_path, parts)
    # The table of 60 parts is 56 parts larger than that of 4.
    assert many < few + 2 * part
    assert many < 15 * part


def test_a_broken_part_is_told_and_nothing_written(tmp_path: Path) -> None:
    parts = write_parts(tmp_path, [10, 10])
    parts[1].write_bytes(parts[1].read_bytes()[:-50])
    with pytest.raises(SatisficeError) as caught:
        join_arrays(parts, tmp_path / "joined.npz", rows=("x",))
    assert str(caught.value).startswith(f"{parts[1]}: is not a readable npz file")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.npz", "1.npz"]
