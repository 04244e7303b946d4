"""Provenance of results: versions of libraries, and a fingerprint of a stage's code."""

from __future__ import annotations

import hashlib
import importlib.metadata
import platform
from pathlib import Path

from satisfice.own_code import sources_behind


def versions() -> dict[str, str]:
    """Versions of Python and of the libraries on which numbers depend."""
    names = ("satisfice", "torch", "sbi", "numpy", "arviz", "scipy", "snakemake", "scoringrules")
    found = {"python": platform.python_version()}
    for name in names:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


def fingerprint(*modules: str) -> str:
    """Hash of modules and of what they import from this package and from the user's code.

    Snakemake does not notice edits of package code. With this hash, twelve hexadecimal digits,
    among a rule's parameters, an edit reruns exactly the rules whose code can have changed.
    :mod:`satisfice.own_code` defines the user's code.

    Raises:
        ValueError: There is no such module.
    """
    whole = hashlib.sha256()
    found: dict[str, Path] = {}
    for module in modules:
        behind = sources_behind(module)
        if module not in behind:
            raise ValueError(f"no module {module}")
        found |= behind
    for name, path in sorted(found.items()):
        whole.update(name.encode())
        whole.update(path.read_bytes())
    return whole.hexdigest()[:12]
