"""One run at a time on the same results.

Snakemake's own locks outlive a killed run, so ``profiles/default`` does without them. This one is
the system's: it ends with the process that has it, however that ends, and no job inherits it. Its
files lie in ``.snakemake/``, with Snakemake's other records of the project, as what lies among
results is compared and kept. There is one for each folder below ``results/`` that a run writes to,
so runs of different names go on side by side.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from satisfice.config import SHARED
from satisfice.errors import SatisficeError, cannot_be_written
from satisfice.io.files import read_json, write_json

LOCKS = Path(".snakemake/at_work")
"""Folder of the locks, and of who has them."""

_held: dict[Path, FileLock] = {}
"""Locks of this process: one that nobody refers to would be let go."""


def lock_results(written: Iterable[str | Path], locks: Path = LOCKS) -> None:
    """Keep other processes from writing to folders of results until this process ends.

    Args:
        written: Files and folders, of which the first two parts count: ``results/full``.
        locks: Folder of the locks.

    Raises:
        SatisficeError: Another process is at work in one of them, or the lock cannot be made.
    """
    for folder in sorted({Path(*Path(path).parts[:2]) for path in written}):
        # Many disks take large and small letters for one.
        path = locks / f"{folder.name.lower()}.lock"
        if path in _held:
            continue
        try:
            locks.mkdir(parents=True, exist_ok=True)
            # Whoever schedules may be another thread than this one.
            lock = FileLock(path, thread_local=False)
            lock.acquire(timeout=0)
        except Timeout as error:
            raise _at_work(folder, path) from error
        except OSError as error:
            raise cannot_be_written(path, error) from error
        _held[path] = lock
        write_json(_about(path), {"process": os.getpid(), "computer": socket.gethostname()})


def _about(lock: Path) -> Path:
    """Where it is told who has a lock; the lock's own file belongs to the library."""
    return lock.with_suffix(".json")


def _at_work(folder: Path, lock: Path) -> SatisficeError:
    """Say who is at work, as far as it is known, and what to do."""
    who, end = "another run", "end it"
    try:
        about = read_json(_about(lock))
        who += f" (process {about['process']} on {about['computer']})"
        end += f" (kill {about['process']})"
    except SatisficeError:
        pass  # It has just begun.
    remedy = f"Wait for it, or {end} and give the same command again."
    if folder.name not in SHARED:
        remedy += " A run of another name (config key run) can go on beside it."
    return SatisficeError(folder, f"{who} is at work there.", remedy)
