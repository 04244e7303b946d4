"""The files behind a module of another package: the user's own, and no libraries."""

from __future__ import annotations

import sys
from importlib.util import spec_from_file_location
from pathlib import Path

import pytest

from satisfice import own_code
from satisfice.own_code import sources_behind

FILES = {
    # On Python's path, copied there by nobody's installer.
    "path/mine/__init__.py": "",
    "path/mine/deep/__init__.py": "from ..near import x\n",
    "path/mine/deep/game.py": "import numpy, json\nfrom . import beside\nfrom helpers import y\n",
    "path/mine/deep/beside.py": "from satisfice.errors import SatisficeError\n",
    "path/mine/near.py": "def late():\n    from mine import lazy\n",
    "path/mine/lazy.py": "import mine.deep.game\n",
    "path/mine/unused.py": "",
    "path/helpers.py": "import library, loose, sister, absent, broken\n",
    "path/broken.py": "def (",
    "path/space/part/module.py": "import space.part.other\n",
    "path/space/part/other.py": "",
    # An environment: a library, what belongs to a distribution of two modules, and a loose file.
    "env/site-packages/library.py": "import loose\n",
    "env/site-packages/library-1.dist-info/RECORD": "library.py,,\n",
    "env/site-packages/loose.py": "",
    "env/site-packages/installed.py": "import sister, library, helpers\n",
    "env/site-packages/sister/__init__.py": "",
    "env/site-packages/installed-1.dist-info/RECORD": "installed.py,,\nsister/__init__.py,,\n",
    # As after pip install --target.
    "target/other.py": "",
    "target/other-2.dist-info/RECORD": "other.py,,\n",
    "target/plugin.py": "import other\n",
    "target/plugin-1.dist-info/RECORD": "plugin.py,,\n",
}


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in FILES.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        if path.name == "RECORD":
            name, version = path.parent.name.removesuffix(".dist-info").split("-")
            about = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            path.with_name("METADATA").write_text(about, encoding="utf-8")
    own_code._is_own.cache_clear()
    for folder in ("path", "env/site-packages", "target"):
        monkeypatch.syspath_prepend(tmp_path / folder)
    return tmp_path


def names(module: str) -> set[str]:
    return {name for name in sources_behind(module) if not name.startswith("satisfice")}


def test_ones_own_modules_are_followed_wherever_they_are_imported() -> None:
    assert names("mine.deep.game") == {
        "mine",
        "mine.deep",
        "mine.deep.game",
        "mine.deep.beside",
        "mine.near",
        "mine.lazy",
        "helpers",
        "broken",
    }
    assert names("mine.unused") == {"mine", "mine.unused"}
    assert not {"mine", "helpers"} & set(sys.modules)  # Nothing is imported for that.


def test_what_is_used_of_this_package_counts_too() -> None:
    found = sources_behind("mine.deep.game")
    assert "satisfice.errors" in found
    assert not [name for name in found if name.startswith("satisfice.report")]
    within = sources_behind("satisfice.contenders.general")
    assert {"satisfice.contenders", "satisfice.contenders.general", "satisfice.games.base"} <= set(
        within
    )


def test_an_installed_distribution_is_followed_into_its_own_modules() -> None:
    assert names("installed") == {"installed", "sister", "helpers", "broken"}
    assert names("plugin") == {"plugin"}


def test_a_package_without_init_is_followed() -> None:
    assert names("space.part.module") == {"space.part.module", "space.part.other"}


@pytest.mark.parametrize("module", ["absent", "mine.absent", "helpers.part", "", "broken.x"])
def test_a_module_that_is_not_there_has_no_files(module: str) -> None:
    assert module not in names(module)


def test_an_editable_installation_is_found(modules: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its finder knows folders that are not on Python's path."""
    folder = modules / "checkout" / "edited"
    folder.mkdir(parents=True)
    (folder / "__init__.py").write_text("from edited import inner\n", encoding="utf-8")
    (folder / "inner.py").write_text("import helpers\n", encoding="utf-8")

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> object:
            if name != "edited":
                raise ValueError("a finder that fails is passed over")
            place = folder / "__init__.py"
            return spec_from_file_location(name, place)

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    assert names("edited.inner") == {"edited", "edited.inner", "helpers", "broken"}
