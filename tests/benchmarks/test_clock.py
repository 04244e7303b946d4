"""Processor time and memory; never how large, as this depends on the machine."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import numpy as np
import pytest

from satisfice.benchmarks.clock import measure, peak_memory


def test_the_fastest_of_all_repeats_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = iter([0.0, 5.0, 5.0, 6.0, 10.0, 12.0, 12.0, 15.0])
    monkeypatch.setattr(time, "process_time", lambda: next(clock))
    done: list[str] = []
    one, other = measure([lambda: done.append("one"), lambda: done.append("other")], repeats=2)
    assert done == ["one", "other"] * 2
    assert (one.seconds, one.slowest_seconds) == (2.0, 5.0)
    assert (other.seconds, other.slowest_seconds) == (1.0, 3.0)
    assert one.peak_memory_mebibytes > 1


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep the largest peak ever")
def test_each_measurement_has_a_peak_of_its_own() -> None:
    # 200 MiB against nothing.
    large, small = measure([lambda: np.ones(25 * 2**20), lambda: np.ones(10)], repeats=1)
    assert large.peak_memory_mebibytes - small.peak_memory_mebibytes > 150


def test_memory_is_told_in_mebibytes(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t  351284 kB\nVmRSS:\t 1 kB\n", encoding="utf-8")
    assert peak_memory(status) == pytest.approx(351284 / 1024)
    assert peak_memory(tmp_path / "missing") > 1  # by the system call instead
