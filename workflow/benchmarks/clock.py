"""Processor time and peak memory of work."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

MEBIBYTE = 2**20

Clock = Callable[[], float]
"""Returns the seconds since some moment."""

Work = Callable[[Callable[[], None]], object]
"""Work to measure. It calls its argument whenever a part of it is done."""


@dataclass(frozen=True)
class Measured:
    """Time and memory of doing some work once.

    Attributes:
        seconds: Processor time by the fastest repeat of each window, the least disturbed one.
        slowest_seconds: Processor time by the slowest repeats.
        peak_memory_mebibytes: Largest resident memory of the process during the work; on systems
            that cannot reset the peak (other than Linux), the largest so far.
    """

    seconds: float
    slowest_seconds: float
    peak_memory_mebibytes: float


def measure(
    works: Sequence[Work], repeats: int, window: float, clock: Clock = time.process_time
) -> list[Measured]:
    """Do several works in turn, repeatedly, and measure each.

    Works are done in turn, so that other jobs of the machine disturb them equally. Windows have
    about the same length for all works, because a short window is less likely to be disturbed than
    a long one: short work is repeated until it fills a window, and long work is cut into several
    windows of whole parts. The fastest repeat of each window counts.

    Args:
        works: The works. Nothing else may run in the process.
        repeats: Number of repeats of each window, at least one.
        window: Approximate seconds of a window.
        clock: Seconds of the processor's time.
    """
    # The first time, in which libraries initialise, only determines the length of each work.
    plans = [_Plan.of(sum(_parts(work, clock)), window) for work in works]
    turns = [
        [_turn(work, plan, clock) for work, plan in zip(works, plans, strict=True)]
        for _ in range(repeats)
    ]
    return [
        _measured([windows for windows, _ in of_work], [peak for _, peak in of_work], plan.plays)
        for of_work, plan in zip(zip(*turns, strict=True), plans, strict=True)
    ]


@dataclass(frozen=True)
class _Plan:
    """Repeats of a work in its turn, and the number of windows."""

    plays: int
    windows: int

    @classmethod
    def of(cls, seconds: float, window: float) -> _Plan:
        """Plan for work that takes so many seconds."""
        plays = max(1, round(window / max(seconds, 1e-6)))
        return cls(plays, max(1, round(plays * seconds / window)))


def _turn(work: Work, plan: _Plan, clock: Clock) -> tuple[list[float], float]:
    """Seconds of each window, and peak memory."""
    _forget_peak()
    parts = [seconds for _ in range(plan.plays) for seconds in _parts(work, clock)]
    windows = np.array_split(parts, min(plan.windows, len(parts)))
    return [float(each.sum()) for each in windows], peak_memory()


def _parts(work: Work, clock: Clock) -> list[float]:
    """Seconds of each part of a work. Time after the last part belongs to it."""
    ends = [clock()]
    work(lambda: ends.append(clock()))
    ends[max(1, len(ends) - 1) :] = [clock()]
    return np.diff(ends).tolist()


def _measured(turns: list[list[float]], peaks: list[float], plays: int) -> Measured:
    windows = np.array(turns)
    fastest, slowest = (float(each.sum()) for each in (windows.min(0), windows.max(0)))
    return Measured(fastest / plays, slowest / plays, max(peaks))


def peak_memory(status: str | Path = "/proc/self/status") -> float:
    """Largest resident memory of this process, in mebibytes.

    Args:
        status: Linux' status file of the process.
    """
    with suppress(OSError):
        for line in Path(status).read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024 / MEBIBYTE
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, other systems kibibytes.
    return float(largest) * (1 if sys.platform == "darwin" else 1024) / MEBIBYTE


def _forget_peak() -> None:
    """Reset the peak to the current memory, if the system allows it."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
