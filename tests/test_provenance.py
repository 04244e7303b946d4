"""Versions, and fingerprints that change with exactly the code they stand for."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from satisfice import provenance
from satisfice.provenance import source_fingerprint, versions

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
    monkeypatch.setattr(provenance, "PACKAGE", folder)
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
    first = source_fingerprint("pkg.top")
    assert len(first) == 12
    assert int(first, 16) >= 0
    assert source_fingerprint("pkg.top") == first


@pytest.mark.parametrize("edited", ["top.py", "middle.py", "lazy.py", "sub/__init__.py"])
def test_an_edit_anywhere_below_changes_the_fingerprint(package: Path, edited: str) -> None:
    before = source_fingerprint("pkg.top")
    with (package / edited).open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert source_fingerprint("pkg.top") != before


def test_an_edit_elsewhere_changes_nothing(package: Path) -> None:
    before = source_fingerprint("pkg.alone"), source_fingerprint("pkg.middle")
    for name in ("top.py", "lazy.py"):
        (package / name).write_text("y = 2\n", encoding="utf-8")
    assert (source_fingerprint("pkg.alone"), source_fingerprint("pkg.middle")) == before


def test_several_modules_are_taken_together(package: Path) -> None:
    together = source_fingerprint("pkg.alone", "pkg.middle")
    assert together == source_fingerprint("pkg.middle", "pkg.alone")
    assert together not in (source_fingerprint("pkg.alone"), source_fingerprint("pkg.middle"))


def test_contents_cannot_be_swapped_between_files(package: Path) -> None:
    before = source_fingerprint("pkg.alone", "pkg.sub.part")
    (package / "alone.py").write_text(SOURCES["sub/part.py"], encoding="utf-8")
    (package / "sub/part.py").write_text(SOURCES["alone.py"], encoding="utf-8")
    assert source_fingerprint("pkg.alone", "pkg.sub.part") != before


def test_a_misspelt_module_is_refused(package: Path) -> None:
    for name in ("pkg.nowhere", "elsewhere.top"):
        with pytest.raises(ValueError, match=name):
            source_fingerprint(name)


def test_templates_beside_a_module_count_as_its_code(package: Path) -> None:
    template = package / "sub/templates/page.html"
    template.parent.mkdir()
    template.write_text("one", encoding="utf-8")
    before = source_fingerprint("pkg.sub.part"), source_fingerprint("pkg.alone")
    template.write_text("two", encoding="utf-8")
    after = source_fingerprint("pkg.sub.part"), source_fingerprint("pkg.alone")
    assert after[0] != before[0]
    assert after[1] == before[1]


def names_in(module: str) -> set[str]:
    found = provenance.modules_behind(module)
    return {path.relative_to(provenance.PACKAGE).as_posix() for path in found}


def test_real_stages_depend_on_what_they_use() -> None:
    data, simulated = names_in("satisfice.stages.data"), names_in("satisfice.stages.simulate")
    assert {"stages/data.py", "io/datasets.py", "games/cournot.py", "errors.py"} <= data
    assert {"simulation/simulator.py", "population/policy.py", "learning/rollout.py"} <= simulated
    # A change of any game, or of how its data are read, redoes what is made of it.
    games = {f"games/{path.name}" for path in (provenance.PACKAGE / "games").glob("*.py")}
    assert {"games/beer_game.py", "games/cobweb.py", "games/supply_statistics.py"} <= games
    assert games <= data
    assert games <= simulated
    # Both ways of learning lie behind a policy, and neither behind simulations.
    learnt = names_in("satisfice.stages.learn")
    ways = {"learning/policy_gradient.py", "learning/pathwise_gradient.py", "learning/training.py"}
    assert ways <= learnt
    assert not ways & simulated
    # Data have nothing to do with learning and inference: editing those must not redo them.
    assert not [name for name in data if name.startswith(("learning", "inference", "report"))]
