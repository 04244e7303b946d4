"""Where a result comes from: versions, and a fingerprint of the code behind a stage."""

from __future__ import annotations

import ast
import hashlib
import importlib.metadata
import platform
from collections.abc import Mapping
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


def source_fingerprint(*modules: str) -> str:
    """Hash of modules of this package and of all modules of it that they import.

    Snakemake does not see edits of package code. With this hash among a rule's parameters, an
    edit reruns exactly the rules whose code can have changed.

    Templates beside a module count as its code.

    Args:
        modules: Full names, such as ``satisfice.stages.learn``.

    Returns:
        Twelve hexadecimal digits.

    Raises:
        ValueError: There is no such module.
    """
    unknown = [name for name in modules if _path(name) is None]
    if unknown:
        raise ValueError(f"no module {unknown[0]}")
    code = modules_behind(*modules)
    templates = {file for folder in {path.parent for path in code} for file in _templates(folder)}
    return digest({str(path.relative_to(PACKAGE)): path for path in sorted(code | templates)})


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


def modules_behind(*modules: str) -> set[Path]:
    """Files of modules of this package and of all modules of it that they import."""
    found: set[Path] = set()
    waiting = [path for path in map(_path, modules) if path]
    while waiting:
        path = waiting.pop()
        if path not in found:
            found.add(path)
            waiting += _imports(path)
    return found


def _templates(folder: Path) -> list[Path]:
    return [path for path in folder.glob("templates/*") if path.is_file()]


def _path(module: str) -> Path | None:
    parts = module.split(".")
    if parts[0] != PACKAGE.name:
        return None
    base = PACKAGE.joinpath(*parts[1:])
    for candidate in (base.with_suffix(".py"), base / "__init__.py"):
        if candidate.is_file():
            return candidate
    return None


@cache
def _imports(path: Path) -> tuple[Path, ...]:
    names: list[str] = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.append(node.module)
            # "from package import module" imports a module, too.
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return tuple(path for path in map(_path, names) if path)
