"""Locks that allow only one run at a time on the same results.

Snakemake's own locks outlive a killed run, so ``profiles/default`` does not use them. These are
locks of the operating system, which end with their process. Their files are in ``.snakemake/``,
outside the results. There is one for each folder below ``results/`` that a run writes to, so that
runs of different names can run at the same time.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from satisfice.errors import SatisficeError, cannot_be_written
from satisfice.progress import logger

LOCKS = Path(".snakemake/at_work")
"""Folder of the locks, and of the names of their owners."""

NOT_SUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""Error numbers of file systems without locks."""

_held: dict[Path, FileLock] = {}
"""Locks of this process; the garbage collector would release one without a reference."""


def lock_results(written: Iterable[str | Path], locks: Path = LOCKS) -> None:
    """Keep other runs from writing to folders of results until this process ends.

    Of the files and folders written, the first two parts count: ``results/full``. If the file
    system has no locks, there is only a warning.

    Raises:
        SatisficeError: Another process has one of the locks, or a lock cannot be made.
    """
    try:
        locks.mkdir(parents=True, exist_ok=True)
        for folder in sorted({Path(*Path(path).parts[:2]) for path in written}):
            # Many disks do not distinguish upper and lower case.
            path = locks / f"{folder.name.lower()}.lock"
            if path not in _held:
                _held[path] = _locked(path, folder)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED:
            raise cannot_be_written(locks, error) from error
        logger.warning("%s has no locks: do not start a second run of the same results.", locks)


def _locked(path: Path, folder: Path) -> FileLock:
    """Take one lock, and write its owner into a file beside it."""
    owner = path.with_suffix(".owner")
    # Snakemake may schedule in another thread. There is no fallback, as a lock of another kind
    # would outlive a killed process.
    lock = FileLock(path, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        who = owner.read_text(encoding="utf-8") if owner.exists() else "it has just begun"
        problem = f"another run ({who}) is writing there."
        remedy = "Wait for it, or stop it; or give this run another name (config key run)."
        raise SatisficeError(folder, problem, remedy) from error
    owner.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
    return lock
