"""Versions, and fingerprints that change with exactly the code they stand for."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from satisfice import games, own_code, provenance
from satisfice.own_code import sources_behind
from satisfice.provenance import fingerprint, versions

SOURCES = {
    "__init__.py": "",
    "alone.py": "import os\n",
    "top.py": "from pkg.middle import thing\n\ndef late():\n    import pkg.lazy\n",
    "middle.py": "from pkg import sub\nthing = 1\n",
    "lazy.py": "import pkg.top\n",
    "sub/__init__.py": "from pkg.sub.part import x\n",
    "sub/part.py": "x = 1\n",
}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "pkg"
    for name, text in SOURCES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    own_code._is_own.cache_clear()
    return folder


def test_versions_name_what_numbers_depend_on() -> None:
    found = versions()
    assert {"python", "satisfice", "torch", "sbi", "numpy", "arviz"} <= set(found)
    assert "not installed" not in found.values()
    assert found["numpy"] == importlib.import_module("numpy").__version__


def test_a_missing_library_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise provenance.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(provenance.importlib.metadata, "version", missing)
    assert versions()["torch"] == "not installed"


def test_fingerprint_is_short_hexadecimal_and_stable(package: Path) -> None:
    first = fingerprint("pkg.top")
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert fingerprint("pkg.top") == first


@pytest.mark.parametrize("edited", ["top.py", "middle.py", "lazy.py", "sub/__init__.py"])
def test_an_edit_anywhere_below_changes_the_fingerprint(package: Path, edited: str) -> None:
    before = fingerprint("pkg.top")
    with (package / edited).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert fingerprint("pkg.top") != before


def test_an_edit_elsewhere_changes_nothing(package: Path) -> None:
    before = fingerprint("pkg.alone"), fingerprint("pkg.middle")
    for name in ("top.py", "lazy.py"):
        (package / name).write_text("y = 2\n", encoding="utf-8")
    assert (fingerprint("pkg.alone"), fingerprint("pkg.middle")) == before


def test_several_modules_are_taken_together(package: Path) -> None:
    together = fingerprint("pkg.alone", "pkg.middle")
    assert together == fingerprint("pkg.middle", "pkg.alone")
    assert together not in (fingerprint("pkg.alone"), fingerprint("pkg.middle"))


def test_contents_cannot_be_swapped_between_files(package: Path) -> None:
    before = fingerprint("pkg.alone", "pkg.sub.part")
    (package / "alone.py").write_text(SOURCES["sub/part.py"], encoding="utf-8")
    (package / "sub/part.py").write_text(SOURCES["alone.py"], encoding="utf-8")
    assert fingerprint("pkg.alone", "pkg.sub.part") != before


def test_a_misspelt_module_is_refused(package: Path) -> None:
    for name in ("pkg.nowhere", "elsewhere.top"):
        with pytest.raises(ValueError, match=name):
            fingerprint(name)


def test_templates_beside_a_module_count_as_its_code(package: Path) -> None:
    template = package / "sub/templates/page.html"
    template.parent.mkdir()
    template.write_text("one", encoding="utf-8")
    before = fingerprint("pkg.sub.part"), fingerprint("pkg.alone")
    template.write_text("two", encoding="utf-8")
    after = fingerprint("pkg.sub.part"), fingerprint("pkg.alone")
    assert after[0] != before[0]
    assert after[1] == before[1]


def names_in(module: str) -> set[str]:
    return {name.removeprefix("satisfice.") for name in sources_behind(module)}


def test_real_stages_depend_on_what_they_use() -> None:
    data, simulated = names_in("satisfice.stages.observe"), names_in("satisfice.stages.simulate")
    assert {"stages.observe", "io.datasets", "games.cournot", "errors"} <= data
    assert {"simulation.simulator", "population.policy", "learning.rollout"} <= simulated
    # A change of any game, or of how its data are read, redoes what is made of it.
    folder = Path(games.__file__).parent
    modules = {f"games.{path.stem}" for path in folder.glob("[a-z]*.py")}
    assert {"games.beer_game", "games.cobweb", "games.supply_statistics"} <= modules
    assert modules <= data
    assert modules <= simulated
    # Both ways of learning lie behind a policy, and neither behind simulations.
    learnt = names_in("satisfice.stages.learn")
    ways = {"learning.policy_gradient", "learning.pathwise_gradient", "learning.training"}
    assert ways <= learnt
    assert not ways & simulated
    # Data have nothing to do with learning and inference: editing those must not redo them.
    assert not [name for name in data if name.startswith(("learning", "inference", "report"))]
