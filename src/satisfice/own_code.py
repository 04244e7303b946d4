"""The source files of a module and of what it imports, found without importing it.

They are the module, its packages, and their imports from this package or the user's code: modules
of the same top-level package or of the same installed distribution, and modules from folders on
Python's path. The standard library and other installed distributions are left out. Imports are read
from the sources: those inside functions count, imports by a computed name do not. Of data files
only templates beside a module count.
"""

from __future__ import annotations

import ast
import re
import sys
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from pathlib import Path

PACKAGE = __name__.partition(".")[0]

LIBRARIES = ("site-packages", "dist-packages")
"""Names of the folders of installed libraries."""


@dataclass(frozen=True)
class _Module:
    """A module's file (None for a namespace package), and a package's folders."""

    source: Path | None
    inside: tuple[Path, ...] = ()

    @property
    def folder(self) -> Path | None:
        """The folder on Python's path that contains a top-level module."""
        if self.inside:
            return self.inside[0].parent
        return self.source.parent if self.source else None


def sources_behind(module: str) -> dict[str, Path]:
    """Find the source files of a module and its imports, by name; empty if it does not exist."""
    _find.cache_clear()  # files may have come or gone since
    found: dict[str, Path] = {}
    waiting, seen = [module], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen or name == PACKAGE or not _is_own(_top(name), _top(module)):
            continue
        seen.add(name)
        parent = name.rpartition(".")[0]
        # The package's __init__ imports the API, but only when it is used.
        waiting += [parent] if parent and parent != PACKAGE else []
        place = _find(name)
        if place and place.source:
            found[name] = place.source
            waiting += _imports(
                name, place.source, bool(place.inside), place.source.stat().st_mtime_ns
            )
            for template in place.source.parent.glob("templates/*"):
                found[f"{name} {template.name}"] = template
    return found


def _top(module: str) -> str:
    return module.partition(".")[0]


@cache
def _is_own(top: str, home: str) -> bool:
    """Whether a top-level module is this package, or user code from the same place as ``home``."""
    if top in (home, PACKAGE):
        return True
    place, named = _find(top), _find(home)
    if top in sys.stdlib_module_names or not (place and named and place.folder and named.folder):
        return False
    owner = _distribution(place.folder, top)
    if owner or place.folder.name in LIBRARIES:
        return place.folder == named.folder and owner == _distribution(named.folder, home)
    return True


@cache
def _distribution(folder: Path, top: str) -> str | None:
    """The distribution that installed a module into a folder; None if it is editable."""
    there = re.compile(rf"^{re.escape(top)}[./]", re.MULTILINE)
    for distribution in distributions(path=[str(folder)]):
        if there.search(distribution.read_text("RECORD") or ""):
            return distribution.name
    return None


@cache
def _find(module: str) -> _Module | None:
    """Find a module like Python, but without importing its packages."""
    parent, _, name = module.rpartition(".")
    package = _find(parent) if parent else None
    if parent and not (package and package.inside):
        return None
    folders = package.inside if package else ()
    for folder in folders:
        for source in (folder / name / "__init__.py", folder / f"{name}.py"):
            if source.is_file():
                return _Module(source, (source.parent,) if source.stem == "__init__" else ())
    for finder in sys.meta_path:
        with suppress(Exception):  # Finders of other packages may raise anything.
            spec = finder.find_spec(module, [str(folder) for folder in folders] or None)
            if spec:
                inside = tuple(Path(each) for each in spec.submodule_search_locations or ())
                found = bool(spec.has_location and spec.origin and Path(spec.origin).is_file())
                return _Module(Path(str(spec.origin)) if found else None, inside)
    spaces = tuple(folder / name for folder in folders if (folder / name).is_dir())
    return _Module(None, spaces) if spaces else None


@cache
def _imports(module: str, source: Path, is_package: bool, _: int) -> list[str]:
    """Names of all modules that a module may import; cached for each version of the file."""
    if source.suffix != ".py":
        return []
    try:
        tree = ast.parse(source.read_bytes())
    except (SyntaxError, ValueError):
        return []  # Python reports it on import.
    package = module if is_package else module.rpartition(".")[0]
    names = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # One dot is the package itself, each further dot its parent.
            above = package.split(".")[: len(package.split(".")) - node.level + 1]
            parts = [*(above if node.level else []), *filter(None, [node.module])]
            names.append(".".join(parts))
            # "from package import module" imports a module, too.
            names += [".".join([*parts, alias.name]) for alias in node.names]
    return names
