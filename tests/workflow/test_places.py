"""A full disk or a read-only folder stops the workflow with one clear message."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

pytestmark = pytest.mark.workflow

Snakemake = Callable[..., subprocess.CompletedProcess[str]]

OBSERVED = [f"results/smoke/{game}/observed.csv" for game in ("cournot", "cobweb")]
SIZE = 4_000_000


@contextmanager
def mounted(place: Path, *options: str) -> Iterator[None]:
    """Mount something on a folder for a while; skips the test where that is not allowed."""
    done = subprocess.run(["mount", *options, str(place)], capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip("mounting is not allowed here")
    try:
        yield
    finally:
        subprocess.run(["umount", str(place)], check=True)


@contextmanager
def read_only(place: Path) -> Iterator[None]:
    """Take the right to write to a folder away, from the superuser by a mount."""
    with ExitStack() as stack:
        if os.geteuid() == 0:
            stack.enter_context(mounted(place, "--bind", str(place)))
            subprocess.run(["mount", "-o", "remount,ro,bind", str(place)], check=True)
        else:
            place.chmod(0o500)
            stack.callback(place.chmod, 0o700)
        yield


@pytest.fixture
def project(copy_project: Callable[[Path], Path], tmp_path: Path) -> Path:
    return copy_project(tmp_path / "project")


@pytest.fixture
def observe(
    project: Path, snakemake: Snakemake, smoke: list[str]
) -> Callable[[], subprocess.CompletedProcess[str]]:
    """Runs two short jobs, one after the other."""
    return lambda: snakemake(project, *OBSERVED, "--cores", "1", *smoke)


def fill(results: Path) -> None:
    """Fill the disk while the second job is at work."""
    while len(list(results.rglob("observed.csv"))) + len(list(results.rglob("*.log"))) < 3:
        time.sleep(0.01)
    with pytest.raises(OSError, match="No space left"), (results / "filler").open("wb", 0) as file:
        while True:
            file.write(bytes(4096))


def test_a_full_disk_is_told_and_the_same_command_goes_on(
    project: Path, observe: Callable[[], subprocess.CompletedProcess[str]]
) -> None:
    results = project / "results"
    results.mkdir()
    with mounted(results, "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs"):
        filling = threading.Thread(target=fill, args=[results], daemon=True)
        filling.start()
        stopped = observe()
        filling.join(timeout=60)
        assert stopped.returncode != 0
        ((whole, content),) = [(path, path.read_bytes()) for path in results.rglob("observed.csv")]
        (lost,) = {project / path for path in OBSERVED} - {whole}
        message = f"ERROR {lost.relative_to(project)}: cannot be written (No space left on device)"
        assert message in stopped.stderr and "Remedy: Free space there" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        assert not list(results.rglob(".*"))

        (results / "filler").unlink()
        done = observe()
        assert done.returncode == 0, done.stderr[-4000:]
        assert whole.read_bytes() == content
        assert lost.is_file() and not list(results.rglob(".*"))


@pytest.mark.parametrize(
    ("locked", "named"),
    [("results/smoke", "results/smoke"), (".", ".snakemake")],
    ids=["results", "project"],
)
def test_read_only_folders_are_told_before_the_first_job(
    locked: str,
    named: str,
    project: Path,
    observe: Callable[[], subprocess.CompletedProcess[str]],
) -> None:
    (project / "results/smoke/cournot").mkdir(parents=True)
    (project / ".snakemake").mkdir()
    with read_only(project / locked):
        done = observe()
    assert done.returncode != 0
    assert f"{named}: cannot be written (it is read-only). Remedy: Make the" in done.stderr
    assert "Traceback" not in done.stderr
    assert not [path for path in (project / "results").rglob("*") if path.is_file()]
