"""Keeps Snakemake's scheduler from looking for jobs to start ever more often.

While jobs wait for a core, every look of the scheduler (Snakemake 9) arranges for another one a
second later, because of the limit of ``--max-jobs-per-timespan``; so does every look that the end
of a job gives cause for, and none of them ever stops. After a hundred jobs the scheduler looks a
hundred times a second: a quarter of a core, measured. One look a second is what was meant.
"""

from __future__ import annotations

import threading
from typing import Any


def look_once_at_a_time() -> None:
    """Let no more than one look of Snakemake's scheduler be arranged for at any time."""
    from snakemake.scheduling.job_scheduler import JobScheduler  # noqa: PLC0415 - takes seconds

    def arrange(scheduler: Any, delay: float) -> None:
        if getattr(scheduler, "arranged", False):
            return
        scheduler.arranged = True

        def look() -> None:
            scheduler.arranged = False
            scheduler._open_jobs.release()

        timer = threading.Timer(delay, look)
        timer.daemon = True
        timer.start()

    # So it is spelt there. A version without it has nothing to calm.
    if hasattr(JobScheduler, "_schedule_reevalutation"):
        JobScheduler._schedule_reevalutation = arrange
