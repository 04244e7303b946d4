"""Configs with the values that JSON has: texts, numbers, lists and mappings."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from satisfice.errors import SatisficeError

Place = Callable[[list[str]], str]
"""Maps keys to the place where their value was given."""


def plain_copy(config: Any, place: Place, keys: list[str] | None = None) -> Any:
    """Copy a config; each YAML alias becomes a copy of its own.

    Raises:
        SatisficeError: A key is not a text, or a value is of another kind.
    """
    keys = keys or []
    if isinstance(config, Mapping):
        for key in config:
            if not isinstance(key, str):
                problem = f"has the key {key!r}, which is not a text."
                raise SatisficeError(place(keys), problem, f"Put it in quotes: '{key}'.")
        return {key: plain_copy(part, place, [*keys, key]) for key, part in config.items()}
    if isinstance(config, list | tuple):
        return [plain_copy(part, place, [*keys, str(i)]) for i, part in enumerate(config)]
    if not (config is None or isinstance(config, str | int | float)):
        problem = f"{config!r} is a {type(config).__name__}."
        raise SatisficeError(place(keys), problem, "Use a text, a number, a list or keys.")
    return config
