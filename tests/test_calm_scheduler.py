"""However many looks are asked for, Snakemake's scheduler arranges for one at a time."""

from __future__ import annotations

import threading
import time
from types import SimpleNamespace

import pytest
from snakemake.scheduling.job_scheduler import JobScheduler

from satisfice.calm_scheduler import look_once_at_a_time

PAUSE = 0.05


@pytest.fixture
def scheduler(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What a scheduler is woken by; Snakemake's own way of arranging comes back after the test."""
    original = JobScheduler._schedule_reevalutation
    monkeypatch.setattr(JobScheduler, "_schedule_reevalutation", original)
    return SimpleNamespace(_open_jobs=threading.Semaphore(0))


def looks(scheduler: SimpleNamespace) -> int:
    """How often it was woken, after time enough for every look."""
    time.sleep(5 * PAUSE)
    found = 0
    while scheduler._open_jobs.acquire(blocking=False):
        found += 1
    return found


def test_looks_asked_for_together_are_one(scheduler: SimpleNamespace) -> None:
    for _ in range(10):
        JobScheduler._schedule_reevalutation(scheduler, PAUSE)
    assert looks(scheduler) == 10  # so it would be, and each would ask for the next
    look_once_at_a_time()
    for _ in range(10):
        JobScheduler._schedule_reevalutation(scheduler, PAUSE)
    assert looks(scheduler) == 1


def test_after_a_look_another_can_be_asked_for(scheduler: SimpleNamespace) -> None:
    look_once_at_a_time()
    for _ in range(3):
        JobScheduler._schedule_reevalutation(scheduler, PAUSE)
        assert scheduler._open_jobs.acquire(timeout=60)


def test_a_look_to_come_keeps_no_process_from_ending(scheduler: SimpleNamespace) -> None:
    look_once_at_a_time()
    before = set(threading.enumerate())
    JobScheduler._schedule_reevalutation(scheduler, 3600)
    (timer,) = set(threading.enumerate()) - before
    assert timer.daemon
    timer.cancel()
