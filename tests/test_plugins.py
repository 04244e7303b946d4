"""Code of other packages: offered names, loading with one clear error, and fingerprints."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from pathlib import Path

import pytest

from satisfice.errors import SatisficeError
from satisfice.plugins import class_path, load, load_class, offered

GROUP = "satisfice.tests"
MODULE = """
from plugged_helper import one
class Whole(dict):
    size = 1
class Other:
    def __init__(self):
        raise RuntimeError("no licence")
"""


class Base(ABC):
    @abstractmethod
    def act(self) -> int: ...


@pytest.fixture(autouse=True)
def plugged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "plugged.py").write_text(MODULE, encoding="utf-8")
    (tmp_path / "plugged_helper.py").write_text("one = 1\n", encoding="utf-8")
    (tmp_path / "unrelated.py").write_text("", encoding="utf-8")
    folder = tmp_path / "plugged-1.0.dist-info"
    folder.mkdir()
    lines = ["whole = plugged:Whole", "other = plugged:Other", "gone = plugged.gone:Whole"]
    (folder / "entry_points.txt").write_text("\n".join([f"[{GROUP}]", *lines]))
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
    monkeypatch.syspath_prepend(tmp_path)
    for name in ("plugged", "plugged_helper"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    return tmp_path


def test_offered_names_and_where_their_code_is() -> None:
    assert offered(GROUP) == ["gone", "other", "whole"]
    assert offered("satisfice.nothing") == []
    assert class_path(GROUP, "whole") == "plugged:Whole"
    assert class_path(GROUP, "package.module:Class") == "package.module:Class"
    assert class_path(GROUP, "nobody") is None


@pytest.mark.parametrize("name", ["whole", "plugged:Whole"])
def test_a_class_is_loaded_by_either_name(name: str) -> None:
    assert load(GROUP, name, "place", "thing").size == 1
    assert load(GROUP, name, "place", "thing", then=lambda found: found(a=1)) == {"a": 1}
    assert load_class(GROUP, name, "place", "thing", dict, "Derive it.").__name__ == "Whole"


@pytest.mark.parametrize(
    ("name", "problem", "remedy"),
    [
        ("nobody", "unknown thing 'nobody'", f"entry points '{GROUP}'"),
        ("gone", "plugged.gone:Whole cannot be loaded: ModuleNotFoundError", "its entry point"),
        ("other", "plugged:Other cannot be loaded: RuntimeError: no licence", "its entry point"),
        ("plugged:Gone", "the thing 'plugged:Gone' cannot be imported: Attrib", "PYTHONPATH"),
        ("plugged:", "the thing 'plugged:' cannot be imported: ValueError", "PYTHONPATH"),
        (":Whole", "the thing ':Whole' cannot be imported: ValueError", "PYTHONPATH"),
    ],
)
def test_what_cannot_be_loaded_is_told(name: str, problem: str, remedy: str) -> None:
    with pytest.raises(SatisficeError) as caught:
        load(GROUP, name, "config, key x", "thing", then=lambda found: found())
    assert caught.value.place == "config, key x"
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy


@pytest.mark.parametrize("name", ["whole", "plugged:one", f"{__name__}:Base"])
def test_what_is_no_complete_class_is_told(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, __name__, sys.modules[Base.__module__])
    with pytest.raises(SatisficeError, match=r"is not a complete thing\. Remedy: Derive it\."):
        load_class(GROUP, name, "place", "thing", Base, "Derive it.")
