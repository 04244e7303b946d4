"""Folders that cannot take a run are told before it begins."""

from __future__ import annotations

import getpass
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from satisfice.errors import SatisficeError
from satisfice.io import places
from satisfice.io.places import LEAST_SPACE, check_place, check_user


def forbid(monkeypatch: pytest.MonkeyPatch, forbidden: Path) -> None:
    """Make a folder read-only in the eyes of whoever asks; even the superuser's."""

    def access(path: Path, mode: int) -> bool:
        return path != forbidden

    monkeypatch.setattr(places.os, "access", access)


def test_good_places_pass_untouched(tmp_path: Path) -> None:
    check_place(tmp_path / "results" / "smoke")
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "results" / "smoke" / "cournot").mkdir(parents=True)
    check_place(tmp_path / "results" / "smoke")


def test_a_place_may_be_named_from_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    check_place("results/smoke")
    forbid(monkeypatch, tmp_path)
    with pytest.raises(SatisficeError, match="it is read-only"):
        check_place("results/smoke")


@pytest.mark.parametrize("locked", [".", "results/smoke", "results/smoke/cournot/logs"])
def test_read_only_folders_are_told(
    locked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if locked != ".":
        (tmp_path / "results/smoke/cournot/logs").mkdir(parents=True)
    forbid(monkeypatch, tmp_path / locked)
    with pytest.raises(SatisficeError) as caught:
        check_place(tmp_path / "results/smoke")
    assert str(caught.value) == (
        f"{tmp_path / locked}: cannot be written (it is read-only). "
        "Remedy: Make the place writable and give the same command again."
    )


def test_what_lies_inside_may_be_left_aside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "inside").mkdir()
    forbid(monkeypatch, tmp_path / "inside")
    check_place(tmp_path, below=False)


def test_the_system_is_asked_about_permissions(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write anywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SatisficeError, match="it is read-only"):
            check_place(tmp_path / "results")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(("free", "enough"), [(LEAST_SPACE, True), (LEAST_SPACE - 1, False)])
def test_full_disks_are_told(
    free: int, enough: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free))
    if enough:
        check_place(tmp_path / "results")
        return
    with pytest.raises(SatisficeError) as caught:
        check_place(tmp_path / "results")
    told = str(caught.value)
    assert told.startswith(f"{tmp_path / 'results'}: cannot be written (the disk is full: 999,999")
    assert "Remedy: Free space there" in told


def test_a_user_without_a_name_is_told_what_to_set(monkeypatch: pytest.MonkeyPatch) -> None:
    check_user()

    def unknown() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(getpass, "getuser", unknown)
    with pytest.raises(SatisficeError, match="Set LOGNAME to any name, and HOME to a folder"):
        check_user()
