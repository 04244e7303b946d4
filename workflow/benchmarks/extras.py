"""Optional dependencies (extras) of pyproject.toml."""

from __future__ import annotations

from importlib.util import find_spec

from satisfice.errors import SatisficeError


def require_extra(extra: str, needed_by: str) -> None:
    """Check that an optional dependency is installed, before a job needs it.

    Raises:
        SatisficeError: It is not installed.
    """
    if find_spec(extra) is None:
        raise SatisficeError(
            needed_by,
            f"needs the library {extra}, which is not installed.",
            f'Install it, .venv/bin/pip install -e ".[{extra}]", and give the same command again.',
        )
