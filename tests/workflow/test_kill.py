"""A run that is killed again and again ends with the numbers of an undisturbed one.

In the normal suite a run of one game is killed once. The whole smoke run, killed twenty times:

    python -m pytest -n0 tests/workflow/test_kill.py --kills 20

The moments are random; ``--kill-seed`` draws those of an earlier run again.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
import xarray as xr

from satisfice.io.files import read_arrays

pytestmark = pytest.mark.workflow

Snakemake = Callable[..., subprocess.CompletedProcess[str]]
Start = Callable[[], "subprocess.Popen[bytes]"]

RUN = Path("results/smoke")
GAME = RUN / "cobweb"
"""The game of a small run."""


def outputs(project: Path) -> list[Path]:
    """What jobs wrote, but for logs and costs, relative to the project and the oldest first.

    Chunks of simulations are left out: a kill between their last use and their deletion leaves
    them there, whole.
    """
    found = [
        path
        for path in (project / RUN).rglob("*")
        if path.is_file()
        and not {"logs", "benchmarks"} & set(path.parts)
        and not path.name.startswith("chunk_")
    ]
    found.sort(key=lambda path: path.stat().st_mtime)
    return [path.relative_to(project) for path in found]


def made(path: Path) -> float:
    """When a file was written; long ago where it has gone meanwhile, as logs do in a restart."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


@dataclass(frozen=True)
class Moment:
    """A moment of a run: how many of its outputs are there, and for how many seconds."""

    written: int
    since: float

    def kill(self, start: Start, project: Path, outputs: Sequence[Path]) -> bool:
        """Run up to this moment, then kill; False where the run ended before."""
        started, running = time.time(), start()
        while running.poll() is None and not self._come(project, outputs, started):
            time.sleep(0.02)
        try:
            running.wait(timeout=self.since)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, signal.SIGKILL)
        return running.wait() == -signal.SIGKILL

    def _come(self, project: Path, outputs: Sequence[Path], started: float) -> bool:
        """Whether a job has begun since the start, and as much is written."""
        begun = any(made(log) >= started for log in (project / RUN).rglob("logs/*.log"))
        return begun and sum((project / path).is_file() for path in outputs) >= self.written


def spread(
    project: Path, written: Sequence[Path], number: int, chance: random.Random
) -> list[Moment]:
    """Moments in order, uniform over the time that an undisturbed run worked."""
    times = [(project / path).stat().st_mtime for path in written]
    found = []
    for at in sorted(chance.uniform(times[0], times[-1]) for _ in range(number)):
        past = [time for time in times if time <= at]
        found.append(Moment(len(past), at - past[-1]))
    return found


def differs(found: Path, wanted: Path) -> bool:
    """Whether two files hold other numbers."""
    if wanted.suffix == ".npz":
        one, other = read_arrays(found), read_arrays(wanted)
        return one.keys() != other.keys() or any(
            one[name].tobytes() != other[name].tobytes() for name in other
        )
    if wanted.suffix == ".nc":
        with (
            xr.open_datatree(found, engine="h5netcdf") as one_tree,
            xr.open_datatree(wanted, engine="h5netcdf") as other_tree,
        ):
            return not one_tree.identical(other_tree)
    return found.read_bytes() != wanted.read_bytes()


def require_same(project: Path, undisturbed: Path, files: Sequence[Path]) -> None:
    """Every number is that of the undisturbed run."""
    assert not [path for path in files if not (project / path).is_file()]
    assert not [path for path in files if differs(project / path, undisturbed / path)]


def test_one_core_other_chunks_and_a_kill_change_no_number(
    finished_smoke_run: Path,
    snakemake: Snakemake,
    start_snakemake: Callable[..., subprocess.Popen[bytes]],
    copy_project: Callable[[Path], Path],
    smoke: list[str],
    tmp_path: Path,
    pytestconfig: pytest.Config,
) -> None:
    if pytestconfig.getoption("kills"):
        pytest.skip("the whole run is killed instead")
    chance, project = seeded(pytestconfig), copy_project(tmp_path / "project")
    chunks = tmp_path / "chunks.yaml"
    chunks.write_text("games: {cobweb: {simulation: {chunks: 1}}}\n")  # instead of two
    command = [str(GAME / "scores.csv"), "--cores", "1", *smoke, str(chunks)]
    scored = (finished_smoke_run / GAME / "scores.csv").stat().st_mtime
    wanted = [
        path
        for path in outputs(finished_smoke_run)
        if GAME in path.parents
        and path != GAME / "posterior.nc"  # a copy, made for those who look at it
        and made(finished_smoke_run / path) <= scored
    ]
    # Later than the first job and earlier than the last.
    moment = Moment(chance.randint(1, len(wanted) - 2), chance.uniform(0, 1))
    assert moment.kill(lambda: start_snakemake(project, *command), project, wanted)

    done = snakemake(project, *command)

    assert done.returncode == 0, done.stderr[-4000:]
    assert set(outputs(project)) == set(wanted)  # nothing temporary
    # A posterior.nc tells its config, too.
    require_same(project, finished_smoke_run, [path for path in wanted if path.suffix != ".nc"])


def test_the_whole_run_killed_again_and_again_ends_with_the_same_numbers(
    request: pytest.FixtureRequest,
    snakemake: Snakemake,
    start_snakemake: Callable[..., subprocess.Popen[bytes]],
    copy_project: Callable[[Path], Path],
    smoke: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    kills = request.config.getoption("kills")
    if not kills:
        pytest.skip("takes many minutes; asked for by --kills 20")
    chance = seeded(request.config)
    undisturbed = request.getfixturevalue("finished_smoke_run")
    wanted, command = outputs(undisturbed), ["--cores", "2", *smoke]
    done = 0
    while done < kills:  # a run that ends before its kills is followed by a new one
        project = copy_project(tmp_path / f"after_{done}_kills")
        for moment in spread(undisturbed, wanted, kills - done, chance):
            done += moment.kill(lambda at=project: start_snakemake(at, *command), project, wanted)
            with capsys.disabled():
                print(f"kill {done} of {kills}: {moment}, {len(outputs(project))} outputs")

        finished = snakemake(project, *command)

        assert finished.returncode == 0, finished.stderr[-4000:]
        require_same(project, undisturbed, wanted)
        assert set(outputs(project)) == set(wanted)


def seeded(config: pytest.Config) -> random.Random:
    """Random numbers of the option's seed, or of a new one; it is printed."""
    seed = config.getoption("kill_seed") or random.SystemRandom().randrange(1, 10**6)
    print(f"--kill-seed {seed}")
    return random.Random(seed)
