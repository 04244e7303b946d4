"""Processor time and peak memory of a piece of work."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

MEBIBYTE = 2**20


@dataclass(frozen=True)
class Measured:
    """What repeated work took.

    Attributes:
        seconds: Processor time of the fastest repeat, the one least disturbed by other jobs.
        slowest_seconds: Processor time of the slowest.
        peak_memory_mebibytes: Largest resident memory of the process meanwhile; where the system
            cannot forget an earlier peak (other than Linux), the largest so far.
    """

    seconds: float
    slowest_seconds: float
    peak_memory_mebibytes: float


def measure(works: Sequence[Callable[[], object]], repeats: int) -> list[Measured]:
    """Do several pieces of work in turn, again and again, and measure each.

    In turn, so that whatever else the machine does for a while disturbs them alike.

    Args:
        works: What to do. Nothing else may run in the process.
        repeats: How often, at least once.
    """
    rounds = [[_once(work) for work in works] for _ in range(repeats)]
    return [
        Measured(
            min(seconds for seconds, _ in of_work),
            max(seconds for seconds, _ in of_work),
            max(memory for _, memory in of_work),
        )
        for of_work in zip(*rounds, strict=True)
    ]


def _once(work: Callable[[], object]) -> tuple[float, float]:
    """Processor seconds and peak memory of doing it once."""
    _forget_peak()
    started = time.process_time()
    work()
    return time.process_time() - started, peak_memory()


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
