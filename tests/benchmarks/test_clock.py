"""Processor time and memory; never how large, as this depends on the machine."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pytest

from benchmarks.clock import Work, measure, peak_memory


class Machine:
    """Has its own time, in which each part of a work takes the next of some seconds."""

    def __init__(self) -> None:
        self.now = 0.0
        self.done: list[str] = []

    def clock(self) -> float:
        return self.now

    def work(self, name: str, parts: int, seconds: Iterable[float], tell: bool = True) -> Work:
        following = iter(seconds)

        def do(part_done: Callable[[], None]) -> None:
            self.done.append(name)
            for _ in range(parts):
                self.now += next(following)
                if tell:
                    part_done()

        return do


def test_the_fastest_of_all_repeats_counts() -> None:
    machine = Machine()
    works = [machine.work("one", 1, [4.0, 5.0, 2.0]), machine.work("other", 1, [4.0, 1.0, 3.0])]
    one, other = measure(works, 2, 4.0, machine.clock)
    assert machine.done == ["one", "other"] * 3  # the first time does not count
    assert (one.seconds, one.slowest_seconds) == (2.0, 5.0)
    assert (other.seconds, other.slowest_seconds) == (1.0, 3.0)
    assert one.peak_memory_mebibytes > 1


def test_short_work_is_repeated_until_it_fills_a_window() -> None:
    machine = Machine()
    short = machine.work("short", 1, [1.0, 1.0, 1.0, 4.0, 2.0, 2.0, 2.0])
    (found,) = measure([short], 2, 3.0, machine.clock)
    assert machine.done == ["short"] * (1 + 2 * 3)
    assert (found.seconds, found.slowest_seconds) == (2.0, 2.0)  # 6 / 3 in either window


def test_long_work_is_cut_into_windows_of_whole_parts() -> None:
    machine = Machine()
    # Windows of two parts each: 2 + 4 in the first repeat, 3 + 2 in the second.
    long = machine.work("long", 4, [1.0] * 4 + [1.0, 1.0, 1.0, 3.0] + [2.0, 1.0, 1.0, 1.0])
    (found,) = measure([long], 2, 2.0, machine.clock)
    assert (found.seconds, found.slowest_seconds) == (2.0 + 2.0, 3.0 + 4.0)


@pytest.mark.parametrize("tell", [True, False])
def test_work_of_one_part_is_one_window_however_long(tell: bool) -> None:
    machine = Machine()
    (found,) = measure([machine.work("one", 1, [9.0, 8.0], tell)], 1, 2.0, machine.clock)
    assert found.seconds == found.slowest_seconds == 8.0


def test_what_follows_the_last_part_counts() -> None:
    machine = Machine()

    def work(part_done: Callable[[], None]) -> None:
        for seconds in (1.0, 1.0, 0.5):
            machine.now += seconds
            part_done()
        machine.now += 0.25

    (found,) = measure([work], 1, 0.5, machine.clock)
    assert found.seconds == 2.75


def test_a_disturbance_of_short_and_long_work_alike_leaves_their_ratio() -> None:
    machine = Machine()
    rng = np.random.default_rng(0)
    noisy = (1.0 + rng.exponential() for _ in iter(int, 1))
    works = [machine.work(str(parts), parts, noisy) for parts in (1, 10, 100)]
    one, ten, hundred = (each.seconds for each in measure(works, 5, 4.0, machine.clock))
    assert ten / one == pytest.approx(10, rel=0.35)
    assert hundred / ten == pytest.approx(10, rel=0.35)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems keep the largest peak ever")
def test_each_measurement_has_a_peak_of_its_own() -> None:
    # 200 MiB against nothing.
    works: list[Work] = [lambda part_done: np.ones(25 * 2**20), lambda part_done: np.ones(10)]
    large, small = measure(works, repeats=1, window=1e-6)
    assert large.peak_memory_mebibytes - small.peak_memory_mebibytes > 150


def test_memory_is_told_in_mebibytes(tmp_path: Path) -> None:
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t  351284 kB\nVmRSS:\t 1 kB\n", encoding="utf-8")
    assert peak_memory(status) == pytest.approx(351284 / 1024)
    assert peak_memory(tmp_path / "missing") > 1  # by the system call instead
