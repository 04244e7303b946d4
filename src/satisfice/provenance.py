"""Where a result comes from: versions, and a fingerprint of the code behind a stage."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).parent


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries that numbers depend on."""
    names = ("satisfice", "torch", "sbi", "numpy", "arviz", "scipy", "snakemake", "scoringrules")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def source_fingerprint(*modules: str, beside: Sequence[Path] = ()) -> str:
    """Hash of modules and of all modules that they import.

    Snakemake does not see edits of package code. With this hash among a rule's parameters, an
    edit reruns exactly the rules whose code can have changed.

    Templates beside a module count as its code.

    Args:
        modules: Full names, such as ``satisfice.stages.learn``.
        beside: Folders of further packages whose modules count.

    Returns:
        Twelve hexadecimal digits.

    Raises:
        ValueError: There is no such module.
    """
    packages = (PACKAGE, *beside)
    unknown = [name for name in modules if _path(name, packages) is None]
    if unknown:
        raise ValueError(f"no module {unknown[0]}")
    code = modules_behind(*modules, beside=beside)
    templates = {file for folder in {path.parent for path in code} for file in _templates(folder)}
    return digest({_name(path, packages): path for path in sorted(code | templates)})


def digest(files: Mapping[str, Path]) -> str:
    """Hash of files and of the names that they go by, in the order given.

    Returns:
        Twelve hexadecimal digits.
    """
    whole = hashlib.sha256()
    for name, path in files.items():
        whole.update(name.encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]


def modules_behind(*modules: str, beside: Sequence[Path] = ()) -> set[Path]:
    """Files of modules of this package and those beside, and of all their modules they import."""
    found: set[Path] = set()
    packages = (PACKAGE, *beside)
    waiting = [each for name in modules if (each := _path(name, packages))]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports(path, packages)
    return found


def _templates(folder: Path) -> list[Path]:
    return [path for path in folder.glob("templates/*") if path.is_file()]


def _name(path: Path, packages: Sequence[Path]) -> str:
    """A file's name from its package on."""
    (package,) = (each for each in packages if path.is_relative_to(each))
    return str(path.relative_to(package.parent))


def _path(module: str, packages: Sequence[Path]) -> Path | None:
    first, *rest = module.split(".")
    for package in packages:
        base = package.joinpath(*rest)
        for candidate in (base.with_suffix(".py"), base / "__init__.py"):
            if first == package.name and candidate.is_file():
                return candidate
    return None


@cache
def _imports(path: Path, packages: tuple[Path, ...]) -> tuple[Path, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            # "from package import module" imports a module, too.
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(path for name in names if (path := _path(name, packages)))
