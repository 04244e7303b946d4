"""One job's log, its errors, and how long it will still take."""

from __future__ import annotations

import logging
import re
import time
from pathlib import Path

import pytest

from satisfice import progress
from satisfice.errors import SatisficeError
from satisfice.progress import Progress, duration, job, logger


@pytest.fixture(autouse=True)
def unchanged_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for library in ("OMP", "MKL", "OPENBLAS"):
        monkeypatch.setenv(f"{library}_NUM_THREADS", "2")  # put back after the test
    monkeypatch.setattr(logger, "propagate", True)


def test_a_job_logs_to_its_file_and_to_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "logs" / "fit.log"
    with job("fit", log):
        logger.info("half way: 50 %")
    written = log.read_text(encoding="utf-8").splitlines()
    assert len(written) == 2
    assert re.fullmatch(r"\d{4}-\d\d-\d\d .* half way: 50 %", written[0])
    assert re.search(r"done in \d+ s$", written[1])
    shown = capsys.readouterr().err.splitlines()
    assert shown[0] == "[fit] half way: 50 %"
    assert shown[1].startswith("[fit] done in")
    assert logger.handlers == []


def test_users_see_one_line_for_their_own_mistakes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "observe.log"
    with pytest.raises(SystemExit) as caught, job("observe", log):
        raise SatisficeError("data.csv, row 3", "value is 'x'.", "Correct it.")
    assert caught.value.code == 1
    message = "ERROR data.csv, row 3: value is 'x'. Remedy: Correct it."
    assert capsys.readouterr().err == f"[observe] {message}\n"
    assert log.read_text(encoding="utf-8").rstrip().endswith(message)
    assert "Traceback" not in log.read_text(encoding="utf-8")
    assert logger.handlers == []


def test_bugs_leave_a_traceback_in_the_log(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "fit.log"
    with pytest.raises(ZeroDivisionError), job("fit", log):
        raise ZeroDivisionError("100 %d of it")
    text = log.read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "ZeroDivisionError: 100 %d of it" in text
    assert "Traceback" not in capsys.readouterr().err  # Python shows it by itself
    assert logger.handlers == []


def test_a_new_run_begins_a_new_log(tmp_path: Path) -> None:
    log = tmp_path / "fit.log"
    log.write_text("old\n" * 9, encoding="utf-8")
    with job("fit", log):
        pass
    assert "old" not in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (0.6, "1 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (125, "2 min 05 s")],
)
def test_durations_are_said_as_people_do(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_progress_speaks_now_and_then_and_at_the_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    report = Progress(100, "steps", every=10.0)
    with caplog.at_level(logging.INFO, logger="satisfice"):
        for done in range(1, 101):
            clock[0] += 1.0
            report(done, "; fine")
    # Every tenth second, and the last step.
    assert len(caplog.messages) == 10
    assert caplog.messages[0] == "10 of 100 steps, about 1 min 30 s left; fine"
    assert caplog.messages[-1] == "100 of 100 steps; fine"


def test_progress_may_have_done_nothing_yet(caplog: pytest.LogCaptureFixture) -> None:
    report = Progress(5, "steps", every=0.0)
    time.sleep(0.001)
    with caplog.at_level(logging.INFO, logger="satisfice"):
        report(0)
    assert caplog.messages == ["0 of 5 steps, about 0 s left"]


def test_a_log_that_cannot_be_made_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "logs").write_text("a file, not a folder", encoding="utf-8")
    with pytest.raises(SystemExit) as caught, job("fit", tmp_path / "logs" / "fit.log"):
        raise AssertionError("never begun")
    assert caught.value.code == 1
    told = capsys.readouterr().err
    assert told.startswith(f"[fit] ERROR {tmp_path / 'logs' / 'fit.log'}: cannot be written (")
    assert "Remedy: " in told and told.count("\n") == 1


def test_a_log_on_a_full_disk_hides_no_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("no device that is always full")
    (tmp_path / "fit.log").symlink_to("/dev/full")
    with pytest.raises(SystemExit), job("fit", tmp_path / "fit.log"):
        logger.info("half way")
        raise SatisficeError("a.npz", "cannot be written (no space).", "Free space.")
    assert capsys.readouterr().err.splitlines() == [
        "[fit] half way",
        "[fit] ERROR a.npz: cannot be written (no space). Remedy: Free space.",
    ]
