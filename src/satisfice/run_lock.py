"""One run at a time on the same results.

Snakemake's own locks outlive a killed run, so ``profiles/default`` does without them. This one is
the system's: it ends with the process that has it, however that ends, and no job inherits it. Its
files lie in ``.snakemake/``, as what lies among results is compared and kept. There is one for each
folder below ``results/`` that a run writes to, so runs of different names go on side by side.
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
"""Folder of the locks, and of who has them."""

NOT_SUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP)
"""What the system says where a file system has no locks."""

_held: dict[Path, FileLock] = {}
"""Locks of this process: one that nobody refers to would be let go."""


def lock_results(written: Iterable[str | Path], locks: Path = LOCKS) -> None:
    """Keep other processes from writing to folders of results until this process ends.

    Where the file system has no locks, nobody is kept away, and a warning says so.

    Args:
        written: Files and folders, of which the first two parts count: ``results/full``.
        locks: Folder of the locks.

    Raises:
        SatisficeError: Another process is at work in one of them, or the lock cannot be made.
    """
    try:
        locks.mkdir(parents=True, exist_ok=True)
        for folder in sorted({Path(*Path(path).parts[:2]) for path in written}):
            # Many disks take large and small letters for one.
            path = locks / f"{folder.name.lower()}.lock"
            if path not in _held:
                _held[path] = _locked(path, folder)
    except OSError as error:
        if error.errno not in NOT_SUPPORTED:
            raise cannot_be_written(locks, error) from error
        logger.warning("%s has no locks: start no second run of the same results.", locks)


def _locked(path: Path, folder: Path) -> FileLock:
    """Take one lock, and note beside it who has it; its own file belongs to the library."""
    owner = path.with_suffix(".owner")
    # Whoever schedules may be another thread than this one. Without a fallback: a lock of another
    # kind would outlive a killed process.
    lock = FileLock(path, thread_local=False, fallback_to_soft=False)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        who = owner.read_text(encoding="utf-8") if owner.exists() else "it has just begun"
        problem = f"another run ({who}) is at work there."
        remedy = "Wait for it, or end it; or give this run another name (config key run)."
        raise SatisficeError(folder, problem, remedy) from error
    owner.write_text(f"process {os.getpid()} on {socket.gethostname()}", encoding="utf-8")
    return lock
