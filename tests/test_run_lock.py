"""A second process at the same results is told; a lock ends with its process."""

from __future__ import annotations

import errno
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from satisfice import run_lock
from satisfice.errors import SatisficeError
from satisfice.run_lock import lock_results

HOLD = """
import os, subprocess, sys
from pathlib import Path
from satisfice.run_lock import lock_results
lock_results(sys.argv[2:], Path(sys.argv[1]))
child = subprocess.Popen(["sleep", "60"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
print(child.pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(run_lock, "_held", {})
    return tmp_path / "new" / "at_work"


@contextmanager
def another(locks: Path, *folders: str) -> Iterator[subprocess.Popen[str]]:
    """Another process that is at work, and has started a job that outlives it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(locks), *folders],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout
    child = int(process.stdout.readline())
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        os.kill(child, 9)


def test_a_second_process_is_told_who_is_at_work(locks: Path) -> None:
    with another(locks, "results/full", "results/benchmark") as process:
        for folder in ("results/full", "results/FULL", "results/benchmark"):
            with pytest.raises(SatisficeError) as caught:
                lock_results(["results/other", folder], locks)
            assert caught.value.place == folder
            assert f"process {process.pid} on " in caught.value.problem
            assert "\n" not in str(caught.value)


def test_results_of_another_name_are_free(locks: Path) -> None:
    with another(locks, "results/full"):
        lock_results(["results/other"], locks)
        lock_results(["results/other"], locks)  # This process has it already.


def test_files_stand_for_the_folder_of_their_run(locks: Path) -> None:
    with another(locks, "results/full/scores.csv", "results/benchmark/logs/costs.log"):
        lock_results(["results/other/cournot/scores.csv"], locks)
        with pytest.raises(SatisficeError) as caught:
            lock_results(["results/other/scores.csv", "results/benchmark/costs.csv"], locks)
    assert caught.value.place == "results/benchmark"


def test_a_killed_process_leaves_no_lock_though_its_job_lives(locks: Path) -> None:
    with another(locks, "results/full") as process:
        process.kill()
        process.wait()
        lock_results(["results/full"], locks)


def test_a_process_that_has_just_begun_is_told_without_its_number(locks: Path) -> None:
    with another(locks, "results/full"):
        (locks / "full.owner").unlink()
        with pytest.raises(SatisficeError, match="it has just begun"):
            lock_results(["results/full"], locks)


def test_a_place_that_cannot_be_written_is_told(locks: Path) -> None:
    locks.parent.write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(SatisficeError, match="cannot be written") as caught:
        lock_results(["results/full"], locks)
    assert caught.value.place == str(locks)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_where_there_are_no_locks_the_run_goes_on_with_a_warning(
    locks: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    number: int,
) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("fcntl.flock", no_locks)
    with caplog.at_level(logging.WARNING):
        lock_results(["results/full", "results/other"], locks)
    assert [record.message for record in caplog.records] == [
        f"{locks} has no locks: do not start a second run of the same results."
    ]
    assert not list(locks.glob("*.owner"))
