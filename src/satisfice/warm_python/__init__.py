"""Runs the jobs of a workflow as forks of one Python that has imported the libraries already.

A job imports libraries for two to five seconds, which is more than most jobs compute. So while
Snakemake runs jobs on its own machine, one process (:mod:`satisfice.warm_python.server`) holds the
libraries, and what Snakemake takes for Python (:mod:`satisfice.warm_python.client`) asks it for a
fork. The package itself is imported by every job anew, so an edit counts from the next job on. A
fork computes what a fresh process computes, bit for bit. Where forks are not at hand (outside
Linux, in jobs on a cluster, or if the server has died), jobs run in fresh processes.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from satisfice.progress import ONE_THREAD

SWITCH = "SATISFICE_WARM_PYTHON"
"""Environment variable that turns forks off with the value 0."""

LONGEST_ADDRESS = 100
"""Characters of a socket's path; the system allows 107."""

LONGER = 1.25
"""How much longer each pause between two looks at a job's memory is than the one before."""

HERE = Path(__file__).parent

_servers: list[subprocess.Popen[bytes]] = []
"""Servers that this process has started: they end when it lets go of them."""


def start() -> Path | None:
    """Start a server that lives as long as this process.

    Returns:
        The folder in which ``python`` asks for forks, or None where they are not at hand.
    """
    if sys.platform != "linux" or os.environ.get(SWITCH) == "0":
        return None
    with suppress(OSError):
        os.close(os.pidfd_open(os.getpid()))  # Refused by old kernels and in some containers.
        folder = Path(tempfile.mkdtemp(prefix="satisfice-"))
        if len(str(folder)) > LONGEST_ADDRESS or shlex.quote(str(folder)) != str(folder):
            folder.rmdir()
            return None
        server = subprocess.Popen(
            [sys.executable, str(HERE / "server.py"), str(folder)],
            env=os.environ | ONE_THREAD,
            stdin=subprocess.PIPE,  # Closed when this process ends, however it ends.
            stdout=subprocess.PIPE,
        )
        _servers.append(server)
        assert server.stdout
        if server.stdout.readline() == b"ready\n":
            return folder
    return None


def start_for_snakemake() -> None:
    """Have this Snakemake run its scripts in forks, and count those in their jobs' benchmarks."""
    folder = start()
    if folder is None:
        return
    # Snakemake starts scripts with the Python that it runs in.
    sys.executable = str(folder / "python")
    _count_forks(folder)


def _count_forks(folder: Path) -> None:
    """Make Snakemake's benchmarks see forks, which are no children of the process it starts."""
    import psutil  # noqa: PLC0415 - Snakemake has both; nothing else here needs them
    from snakemake import benchmark  # noqa: PLC0415

    class Asking(psutil.Process):  # type: ignore[misc]
        """A process in whose place forks may run."""

        def children(self, recursive: bool = False) -> list[Any]:
            own = super().children(recursive)
            return [*own, *_forks(each.pid for each in (self, *own))]

    def _forks(pids: Iterator[int]) -> Iterator[Any]:
        for pid in pids:
            with suppress(OSError, ValueError, psutil.Error):
                fork = psutil.Process(int((folder / str(pid)).read_text(encoding="utf-8")))
                yield fork
                yield from fork.children(recursive=True)

    class Timer(benchmark.BenchmarkTimer):  # type: ignore[misc]
        def __init__(self, pid: int, *arguments: Any, **options: Any) -> None:
            super().__init__(pid, *arguments, **options)
            self.main = Asking(pid)

        def _schedule(self) -> None:
            # Each look walks through all memory of the libraries. Snakemake takes 31 in the first
            # 15 seconds, then one every 30; growing pauses need a third, and miss less.
            pause = benchmark.BENCHMARK_INTERVAL_SHORT * LONGER**self._times_called
            self._timer = benchmark.DaemonTimer(min(pause, self._interval), self._action)
            self._timer.start()

    benchmark.BenchmarkTimer = Timer
