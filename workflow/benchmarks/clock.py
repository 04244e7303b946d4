"""Processor time and peak memory of a piece of work."""

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
"""Tells the seconds since some moment."""

Work = Callable[[Callable[[], None]], object]
"""What is measured. It calls the function that it is given whenever a part of it is done."""


@dataclass(frozen=True)
class Measured:
    """What doing some work once took.

    Attributes:
        seconds: Processor time by the fastest repeat of each window, the one least disturbed.
        slowest_seconds: Processor time by the slowest.
        peak_memory_mebibytes: Largest resident memory of the process meanwhile; where the system
            cannot forget an earlier peak (other than Linux), the largest so far.
    """

    seconds: float
    slowest_seconds: float
    peak_memory_mebibytes: float


def measure(
    works: Sequence[Work], repeats: int, window: float, clock: Clock = time.process_time
) -> list[Measured]:
    """Do several pieces of work in turn, again and again, and measure each.

    In turn, so that whatever else the machine does for a while disturbs them alike. In windows
    that last about as long for all of them, because a short window finds a quiet moment of the
    machine more easily than a long one: short work is repeated until it fills a window, and long
    work is cut into several, of whole parts, the fastest repeat of each of which counts.

    Args:
        works: What to do. Nothing else may run in the process.
        repeats: How often each window is measured, at least once.
        window: About how many seconds a window lasts.
        clock: Seconds of the processor's time.
    """
    # The first time, in which libraries set themselves up, only says how long each work is.
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
    """How often a work is done in its turn, and into how many windows that is cut."""

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
    """Seconds of each part of a work. What follows its last part belongs to that part."""
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
        status: What Linux says of the process.
    """
    with suppress(OSError):
        for line in Path(status).read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return float(line.split()[1]) * 1024 / MEBIBYTE
    largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # macOS counts bytes, other systems kibibytes.
    return float(largest) * (1 if sys.platform == "darwin" else 1024) / MEBIBYTE


def _forget_peak() -> None:
    """Start the peak again from what is in memory now, where the system lets a process do so."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="utf-8")
