"""The command line ends with one line and a status, whatever it is given."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from satisfice.cli import main

ROOT = Path(__file__).resolve().parents[2]
HUCK = str(ROOT / "data" / "cournot" / "huck2004")
COURNOT = ["--game", "cournot"]


def commands(folder: Path) -> dict[str, list[str]]:
    files = {"empty.csv": b"", "binary.csv": bytes(range(256))}
    for name, content in files.items():
        (folder / name).write_bytes(content)
    path = {name: str(folder / name) for name in (*files, "none", "out.csv")}
    return {
        "no file": ["check-data", path["none"], *COURNOT],
        "empty": ["check-data", path["empty.csv"], *COURNOT],
        "binary": ["check-data", path["binary.csv"], *COURNOT],
        "overlong": ["check-data", "x" * 5000, *COURNOT],
        "an empty folder": ["check-data", str(folder), *COURNOT],
        "another game": ["check-data", HUCK, "--game", "cobweb"],
        "summary of nothing": ["summarise", path["none"], path["out.csv"], *COURNOT],
        "summary of a folder": ["summarise", str(folder), path["out.csv"], *COURNOT],
    }


NAMES = ["no file", "empty", "binary", "overlong", "an empty folder", "another game",
         "summary of nothing", "summary of a folder"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_command_fails_with_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    given = commands(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    assert main(given[name]) == 1
    told = capsys.readouterr()
    assert told.err.startswith("ERROR ") and told.err.count("\n") == 1
    assert "Remedy: " in told.err and not told.out
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_program_ends_with_a_status(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "satisfice.cli", *commands(tmp_path)["empty"]],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR ") and "Traceback" not in done.stderr


@pytest.mark.workflow
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("run: !!python/name:os.system\n", "could not determine a constructor"),
        ("run: ../elsewhere\n", "cannot be the name of a folder"),
    ],
)
def test_the_workflow_ends_with_one_line(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "snakemake", "-n", "--quiet", "--nolock", "--configfile", str(path)],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    printed = done.stdout + done.stderr
    assert done.returncode != 0
    assert "ERROR " in printed and problem in printed and path.name in printed
    assert "Traceback" not in printed
