"""Processor time and peak memory of a piece of work."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable
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


def measure(work: Callable[[], object], repeats: int) -> Measured:
    """Do some work several times and measure it.

    Args:
        work: What to do. Nothing else may run in the process.
        repeats: How often, at least once.
    """
    _forget_peak()
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        seconds.append(time.process_time() - started)
    return Measured(min(seconds), max(seconds), peak_memory())


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
