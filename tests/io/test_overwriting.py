"""What a command reads, and what it never wrote, is not overwritten."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from satisfice.errors import SatisficeError
from satisfice.io.overwriting import require_other_files, require_same_table

COLUMNS = ("treatment", "value")


@pytest.fixture
def decisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "decisions.csv"
    path.write_text("treatment,action\n2,1\n", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "link.csv").symlink_to(path)
    (tmp_path / "to_folder").symlink_to(tmp_path)
    os.link(path, tmp_path / "hard.csv")
    monkeypatch.chdir(tmp_path)
    return path


@pytest.mark.parametrize(
    "spelling",
    ["decisions.csv", "./folder/../decisions.csv", "link.csv", "hard.csv", "to_folder/hard.csv"],
)
def test_one_file_under_two_names_is_refused(decisions: Path, spelling: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        require_other_files({"DECISIONS": decisions, "OUTPUT": Path(spelling)})
    assert caught.value.place == str(Path(spelling))
    assert "DECISIONS and OUTPUT are the same file" in caught.value.problem


def test_two_outputs_that_are_not_there_yet_are_compared_too(decisions: Path) -> None:
    with pytest.raises(SatisficeError, match="OUTPUT and --correlations are the same file"):
        require_other_files(
            {"OUTPUT": Path("new/a.csv"), "--correlations": decisions / "../new/a.csv"}
        )


def test_different_files_pass(decisions: Path) -> None:
    require_other_files({"DECISIONS": decisions, "OUTPUT": Path("x.csv"), "more": Path("y.csv")})


@pytest.mark.parametrize("older", [None, "", "value,treatment\n1,2\n", "\ufefftreatment,value"])
def test_nothing_and_an_older_table_may_be_replaced(decisions: Path, older: str | None) -> None:
    path = decisions.with_name("statistics.csv")
    if older is not None:
        path.write_text(older, encoding="utf-8")
    require_same_table(path, COLUMNS)


@pytest.mark.parametrize(
    "other",
    [
        "treatment,action\n",
        "citation: x\n",
        "\x00\xff",
        "\nmarket,action\n1,2\n",
        "\n",
        "value,treatment,more\n1,2,3\n",
        "value,treatment,value\n",
    ],
)
def test_another_file_is_not_replaced(decisions: Path, other: str) -> None:
    path = decisions.with_name("other.csv")
    path.write_bytes(other.encode("latin-1"))
    with pytest.raises(SatisficeError, match="is not a table of treatment, value"):
        require_same_table(path, COLUMNS)


def test_what_is_no_file_is_not_replaced(decisions: Path) -> None:
    for path in (decisions.parent, Path(os.devnull)):
        with pytest.raises(SatisficeError, match="is not an ordinary file"):
            require_same_table(path, COLUMNS)
