"""Files are complete or not there at all, and hold no code."""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import satisfice
from satisfice.errors import SatisficeError
from satisfice.io.files import (
    read_arrays,
    read_json,
    write_arrays,
    write_json,
    write_table,
    written_whole,
)

SOURCES = sorted(Path(satisfice.__file__).parent.rglob("*.py"))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_takes_the_old_files_place(tmp_path: Path) -> None:
    path = tmp_path / "new" / "a.txt"
    for text in ("one", "two"):
        with written_whole(path) as temporary:
            assert temporary.parent == path.parent
            assert temporary.suffix == path.suffix
            temporary.write_text(text, encoding="utf-8")
        assert path.read_text(encoding="utf-8") == text
    assert names(path.parent) == ["a.txt"]


def test_what_is_no_ordinary_file_is_not_replaced(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(SatisficeError, match="it is not an ordinary file"), written_whole(path):
        pass
    assert path.is_fifo()


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", ["old", None])
def test_an_interrupted_write_changes_nothing(
    tmp_path: Path, error: type[BaseException], old: str | None
) -> None:
    path = tmp_path / "a.txt"
    if old is not None:
        path.write_text(old, encoding="utf-8")
    with pytest.raises(error), written_whole(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise error
    assert names(tmp_path) == (["a.txt"] if old else [])
    if old is not None:
        assert path.read_text(encoding="utf-8") == old


def test_a_full_disk_is_told_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(SatisficeError) as caught, written_whole(path) as temporary:
        temporary.write_text("half", encoding="utf-8")
        raise OSError(28, "No space left on device")
    assert str(caught.value).startswith(f"{path}: cannot be written (No space left on device).")
    assert names(tmp_path) == ["a.txt"]
    assert path.read_text(encoding="utf-8") == "old"


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_text("x", encoding="utf-8")
    return folder / "file" / "deep" / "a.json"


def a_folder(folder: Path) -> Path:
    (folder / "a.json" / "inside").mkdir(parents=True)
    return folder / "a.json"


@pytest.mark.parametrize("place", [below_a_file, a_folder])
def test_places_that_cannot_be_written_are_told(
    tmp_path: Path, place: Callable[[Path], Path]
) -> None:
    path = place(tmp_path)
    with pytest.raises(SatisficeError, match="cannot be written") as caught:
        write_json(path, {})
    assert str(path) in str(caught.value)
    assert "Remedy: " in str(caught.value)


def test_folders_without_permission_are_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write anywhere")
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(SatisficeError, match="cannot be written"):
            write_json(tmp_path / "a.json", {})
    finally:
        tmp_path.chmod(0o700)


def test_json_round_trip(tmp_path: Path) -> None:
    content = {"μ": [1, 2.5, None, True], "b": {"c": "é"}}
    write_json(tmp_path / "a.json", content)
    assert read_json(tmp_path / "a.json") == content
    assert (tmp_path / "a.json").read_text(encoding="utf-8").endswith("}\n")


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -float("inf")])
def test_json_refuses_what_is_no_number(tmp_path: Path, number: float) -> None:
    path = tmp_path / "a.json"
    write_json(path, {"a": 1.0})
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(path, {"a": number})
    assert read_json(path) == {"a": 1.0}
    assert names(tmp_path) == ["a.json"]


@pytest.mark.parametrize("content", [b"", b'{"a": ', b"\xff\xfe\x00", b"{'a': 1}"])
def test_broken_json_is_told(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(content)
    with pytest.raises(SatisficeError) as caught:
        read_json(path)
    assert str(caught.value).startswith(f"{path}: is not valid JSON (")
    assert "Delete the file and run again" in str(caught.value)


@pytest.mark.parametrize("read", [read_json, read_arrays])
def test_missing_files_and_folders_are_told(
    tmp_path: Path, read: Callable[[str | Path], Any]
) -> None:
    with pytest.raises(SatisficeError, match="file not found"):
        read(tmp_path / "absent")
    with pytest.raises(SatisficeError) as caught:
        read(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_tables_are_written_without_an_index(tmp_path: Path) -> None:
    table = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    write_table(tmp_path / "a.csv", table)
    assert (tmp_path / "a.csv").read_text(encoding="utf-8") == "a,b\n1,x\n2,y\n"


def test_arrays_round_trip(tmp_path: Path) -> None:
    arrays = {"x": np.array([[1.0, np.nan]]), "text": np.array(["a", "bc"]), "n": np.array(3)}
    write_arrays(tmp_path / "a.npz", **arrays)
    read = read_arrays(tmp_path / "a.npz")
    assert set(read) == set(arrays)
    for name, values in arrays.items():
        np.testing.assert_array_equal(read[name], values)
    assert names(tmp_path) == ["a.npz"]


class Trap:
    """Would leave a file behind if it were ever unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Any, ...]:
        return (os.mkdir, (str(self.path),))


@pytest.mark.parametrize("as_archive", [True, False])
def test_arrays_of_objects_are_refused_and_never_run(tmp_path: Path, as_archive: bool) -> None:
    path, sprung = tmp_path / "a.npz", tmp_path / "sprung"
    trap = np.array([Trap(sprung)], dtype=object)
    with path.open("wb") as file:
        if as_archive:
            np.savez(file, x=trap)
        else:
            trap.dump(file)
    with pytest.raises(SatisficeError) as caught:
        read_arrays(path)
    assert str(caught.value).startswith(f"{path}: is not a readable npz file (")
    assert not sprung.exists()


@pytest.mark.parametrize("share", [0.0, 0.1, 0.5, 0.9, 0.999])
def test_archives_cut_short_are_told(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, x=np.random.default_rng(0).random((50, 50)), y=np.arange(1000))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SatisficeError) as caught:
        read_arrays(path)
    assert str(caught.value).startswith(f"{path}: is not a readable npz file (")
    assert "Delete the file and run again" in str(caught.value)


def test_damaged_archives_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    write_arrays(path, x=np.random.default_rng(0).random((50, 50)))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 255
    path.write_bytes(content)
    with pytest.raises(SatisficeError, match="not a readable npz file"):
        read_arrays(path)


def parsed() -> Iterator[tuple[Path, ast.AST]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            yield path, node


def test_no_source_imports_what_runs_code_from_files() -> None:
    forbidden = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal"}
    imported = set()
    for _, node in parsed():
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert len(SOURCES) > 30
    assert {"numpy", "torch", "yaml"} <= imported
    assert not imported & forbidden


def test_no_source_unpickles() -> None:
    unsafe = re.compile(
        r"pickle\.|read_pickle|torch\.load\(|(?<!safetensors\.)torch\.save\(|yaml\.load\(|unsafe_load"
        r"|allow_pickle=True|\beval\(\s*[\"'f]|\bexec\("
    )
    found = [
        f"{path.name}: {line.strip()}"
        for path in SOURCES
        for line in path.read_text(encoding="utf-8").splitlines()
        if unsafe.search(line)
    ]
    assert found == []


def test_every_numpy_load_refuses_pickles() -> None:
    loads = [
        node
        for _, node in parsed()
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("np.load", "numpy.load")
    ]
    assert loads
    for call in loads:
        given = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert given["allow_pickle"] == "False"
