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
"""Environment variables that make numerical libraries use one thread."""


@contextmanager
def job(name: str, log: str | Path) -> Iterator[None]:
    """Run one job of the workflow: log to a file and the terminal, and report errors.

    Raises:
        SystemExit: With status 1, after the message of a SatisficeError.
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
        # More threads gain little, and sums in another order change digits. This must come before
        # the numerical libraries are imported.
        os.environ.update(ONE_THREAD)
        yield
        logger.info("done in %s", duration(time.monotonic() - started))
    except SatisficeError as error:
        logger.error("ERROR %s", error)
        sys.exit(1)
    except Exception:
        logger.handlers = [to_file]  # Python shows the traceback in the terminal
        logger.error(traceback.format_exc())
        raise
    finally:
        for handler in logger.handlers:
            if isinstance(handler, _LogFile):
                handler.close()
        logger.handlers = []


class _LogFile(logging.FileHandler):
    """A job's log. If the disk is full, its lines are only in the terminal.

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
        """Ignore the error; a full disk is reported when results are written."""

    def close(self) -> None:
        """Close the file, even if its last lines cannot be written."""
        with suppress(OSError):
            super().close()


def duration(seconds: float) -> str:
    """A time in minutes and seconds."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"


class Progress:
    """Logs the progress of a loop of ``total`` steps and the remaining time, every few seconds.

    ``what`` is the word for the steps, in the plural.
    """

    def __init__(self, total: int, what: str, every: float = 10.0) -> None:
        self.total, self.what, self.every = total, what, every
        self.started = time.monotonic()
        self.last = self.started

    def __call__(self, done: int, note: str = "") -> None:
        """Report that ``done`` steps are done; writes a line if the last one is old enough."""
        now = time.monotonic()
        if done < self.total and now - self.last < self.every:
            return
        self.last = now
        left = (now - self.started) / max(done, 1) * (self.total - done)
        remaining = f", about {duration(left)} left" if done < self.total else ""
        logger.info("%d of %d %s%s%s", done, self.total, self.what, remaining, note)
