"""Every writer on a full or forbidden place: one message, nothing half-written, the old file."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from matplotlib.figure import Figure

from satisfice.errors import SatisficeError
from satisfice.io.checkpoints import save_weights
from satisfice.io.files import write_arrays, write_json, write_table, written_whole
from satisfice.io.inference_data import write_inference_data
from satisfice.report.page import OverviewPage, write_overview_page
from satisfice.report.style import Picture, save
from satisfice.report.tables import Table

ROOM = 20_000
"""Bytes that fit where the disk is nearly full; every file below is larger."""

NUMBERS = np.random.default_rng(0).random(10_000)


def figure(path: Path) -> None:
    drawn = Figure(figsize=(4, 4))
    drawn.subplots().imshow(NUMBERS.reshape(100, 100))
    save(Picture(drawn, "numbers"), path)


def page(path: Path) -> None:
    scores = Table("Scores", ["model"], [[f"{number}"] for number in NUMBERS[:1000]])
    write_overview_page(OverviewPage("smoke", [], scores, 1), path)


def netcdf(path: Path) -> None:
    draws = xr.Dataset({"mu": (["chain", "draw"], NUMBERS.reshape(2, -1))})
    write_inference_data(path, {"posterior": draws, "prior": draws}, {"game": "cournot"})


WRITERS: dict[str, Callable[[Path], None]] = {
    "a.csv": lambda path: write_table(path, pd.DataFrame({"x": NUMBERS})),
    "a.json": lambda path: write_json(path, NUMBERS.tolist()),
    "a.npz": lambda path: write_arrays(path, x=NUMBERS),
    "a.nc": netcdf,
    "a.safetensors": lambda path: save_weights(path, torch.nn.Linear(100, 100)),
    "a.png": figure,
    "a.html": page,
}


@pytest.fixture(params=list(WRITERS))
def write(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], Path]:
    """Writes one of the kinds of files beside an old one of the same name."""
    path = tmp_path / request.param
    path.write_text("old", encoding="utf-8")

    def again() -> Path:
        WRITERS[request.param](path)
        return path

    return again


@pytest.fixture
def nearly_full() -> Iterator[None]:
    """Lets no file grow beyond a size; the system itself refuses, in the middle of a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def require_old(folder: Path) -> None:
    (only,) = folder.iterdir()
    assert only.read_text(encoding="utf-8") == "old"


def test_there_is_a_file_larger_than_the_room_of_each_kind(write: Callable[[], Path]) -> None:
    path = write()
    assert path.stat().st_size > ROOM
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.usefixtures("nearly_full")
def test_no_room_in_the_middle_of_a_write(write: Callable[[], Path], tmp_path: Path) -> None:
    with pytest.raises(SatisficeError, match=r"cannot be written \(File too large\)") as caught:
        write()
    assert str(tmp_path) in caught.value.place
    require_old(tmp_path)


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "Free space there"),
        (errno.EDQUOT, "Free space there"),
        (errno.EROFS, "Make the place writable"),
        (errno.EACCES, "Make the place writable"),
        (errno.EIO, "Free or unlock the place"),
    ],
)
def test_the_message_names_file_cause_and_remedy(
    number: int,
    remedy: str,
    write: Callable[[], Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(SatisficeError) as caught:
        write()
    (old,) = tmp_path.iterdir()
    assert str(caught.value).startswith(
        f"{old}: cannot be written ({os.strerror(number)}). Remedy: {remedy}"
    )
    require_old(tmp_path)


HALF_WRITTEN = """
import signal, sys, time
from satisfice.io.files import written_whole
# Whatever runs in the background of a shell ignores Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
with written_whole(sys.argv[1]) as temporary:
    temporary.write_text("half")
    print("written", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_stopped_writer_leaves_the_old_file_and_the_next_one_clears_up(
    stop: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WRITTEN, str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as writer:
        assert writer.stdout and writer.stdout.readline() == b"written\n"
        writer.send_signal(stop)
        assert writer.wait(timeout=30) != 0
    assert path.read_text(encoding="utf-8") == "old"
    for left_over in tmp_path.glob(".*"):
        os.utime(left_over, (0, 0))  # a run that goes on began after the killed one wrote
    with written_whole(path) as temporary:
        temporary.write_text("new", encoding="utf-8")
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]
    assert path.read_text(encoding="utf-8") == "new"


def test_what_is_not_left_over_stays(tmp_path: Path) -> None:
    younger, others = tmp_path / ".7-a.txt", [".7-b.txt", ".mine-a.txt", "7-a.txt"]
    younger.write_text("another process writes it", encoding="utf-8")
    os.utime(younger, (time.time() + 9, time.time() + 9))
    for name in others:
        (tmp_path / name).write_text("not ours", encoding="utf-8")
        os.utime(tmp_path / name, (0, 0))
    with written_whole(tmp_path / "a.txt") as temporary:
        temporary.write_text("new", encoding="utf-8")
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {younger.name, *others, "a.txt"}
