"""Progress and errors of one job, in its log and in the terminal."""

from __future__ import annotations

import logging
import os
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from satisfice.errors import SatisficeError, cannot_be_written

logger = logging.getLogger("satisfice")

ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "MKL", "OPENBLAS")}
"""Environment in which the numerical libraries use one thread."""


@contextmanager
def job(name: str, log: str | Path) -> Iterator[None]:
    """Run one job of the workflow: log to a file and the terminal, and tell errors plainly.

    Args:
        name: What the job is, for the terminal.
        log: Path of its log file.

    Raises:
        SystemExit: With status 1, after the one clear message of a SatisficeError.
    """
    to_terminal = logging.StreamHandler(sys.stderr)
    to_terminal.setFormatter(logging.Formatter(f"[{name}] %(message)s"))
    logger.setLevel(logging.INFO)
    logger.handlers = [to_terminal]
    logger.propagate = False
    started = time.monotonic()
    try:
        to_file = _LogFile(log)
        logger.handlers = [to_file, to_terminal]
        _one_thread()
        yield
        logger.info("done in %s", duration(time.monotonic() - started))
    except SatisficeError as error:
        logger.error("ERROR %s", error)
        sys.exit(1)
    except Exception:
        logger.handlers = [to_file]  # the terminal shows the traceback by itself
        logger.error(traceback.format_exc())
        raise
    finally:
        for handler in logger.handlers:
            if isinstance(handler, _LogFile):
                handler.close()
        logger.handlers = []


class _LogFile(logging.FileHandler):
    """A job's log; where the disk is full its lines are lost, and the terminal has them still.

    Raises:
        SatisficeError: The file cannot be made.
    """

    def __init__(self, path: str | Path) -> None:
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
            super().__init__(path, mode="w", encoding="utf-8")
        except OSError as error:
            raise cannot_be_written(path, error) from error
        self.setFormatter(logging.Formatter("%(asctime)s %(message)s"))

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's own name
        """Lose the line: what could not be written is told by whoever writes the results."""

    def close(self) -> None:
        """Close the file, whatever of it can be written."""
        with suppress(OSError):
            super().close()


def _one_thread() -> None:
    """One thread a job: a second gains little, and sums in another order change digits.

    Set before the numerical libraries are imported, which not every job does.
    """
    os.environ.update(ONE_THREAD)


def duration(seconds: float) -> str:
    """Say a time as people do."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Progress:
    """Logs how far a long loop is and how long it will still take.

    Args:
        total: Number of steps.
        what: What a step is, in the plural.
        every: Seconds between two lines.
    """

    def __init__(self, total: int, what: str, every: float = 10.0) -> None:
        self.total, self.what, self.every = total, what, every
        self.started = time.monotonic()
        self.last = self.started

    def __call__(self, done: int, note: str = "") -> None:
        """Tell that ``done`` steps are done; says so in the log now and then."""
        now = time.monotonic()
        if done < self.total and now - self.last < self.every:
            return
        self.last = now
        left = (now - self.started) / max(done, 1) * (self.total - done)
        remaining = f", about {duration(left)} left" if done < self.total else ""
        logger.info("%d of %d %s%s%s", done, self.total, self.what, remaining, note)
