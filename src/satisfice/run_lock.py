"""One run at a time on the same results.

Snakemake's own locks outlive a killed run, so ``profiles/default`` does without them. This one is
the system's: it ends with the process that has it, however that ends, and no job inherits it. Its
files lie in ``.snakemake/``, with Snakemake's other records of the project, as what lies among
results is compared and kept. There is one for each folder below ``results/`` that a run writes to,
so runs of different names go on side by side.
"""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterable
from pathlib import Path

from filelock import FileLock, Timeout

from satisfice.errors import SatisficeError, cannot_be_written
from satisfice.io.files import read_json, write_json
from satisfice.io.names import SHARED
from satisfice.progress import logger

LOCKS = Path(".snakemake/at_work")
"""Folder of the locks, and of who has them."""

NOT_SUPPORTED = (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP)
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
    except OSError as error:
        raise cannot_be_written(locks, error) from error
    for folder in sorted({Path(*Path(path).parts[:2]) for path in written}):
        # Many disks take large and small letters for one.
        path = locks / f"{folder.name.lower()}.lock"
        if path in _held:
            continue
        try:
            # Whoever schedules may be another thread than this one. Without a fallback: a lock of
            # another kind would outlive a killed process.
            lock = FileLock(path, thread_local=False, fallback_to_soft=False)
            lock.acquire(timeout=0)
        except Timeout as error:
            raise _at_work(folder, path) from error
        except OSError as error:
            if error.errno in NOT_SUPPORTED:
                logger.warning("%s has no locks: start no second run of the same results.", locks)
                return
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
        if about["computer"] == socket.gethostname() and _is_alive(about["process"]):
            end += f" (kill {about['process']}; it ends when its running jobs have)"
    except SatisficeError:
        pass  # It has just begun.
    remedy = f"Wait for it, or {end} and give the same command again."
    if folder.name not in SHARED:
        remedy += " A run of another name (config key run) can go on beside it."
    return SatisficeError(folder, f"{who} is at work there.", remedy)


def _is_alive(process: int) -> bool:
    """Whether there is such a process on this computer."""
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # It is somebody else's.
    return True
