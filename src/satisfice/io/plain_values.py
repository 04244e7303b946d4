"""Configs as JSON could hold them: texts, numbers, lists and mappings, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import count
from typing import Any

from satisfice.errors import SatisficeError
from satisfice.io.yaml_files import DEEPEST, MOST_VALUES

LARGEST_INTEGER = 2**63 - 1

Place = Callable[[list[str]], str]
"""Says where the value under some keys was given."""


def plain_copy(config: Any, place: Place) -> Any:
    """Copy a config; what is referred to several times is copied as often.

    Args:
        config: The config.
        place: Says where a value was given, for messages.

    Raises:
        SatisficeError: A key is no text, or a value is of another kind, holds control characters
            or is too large for any computer.
    """
    return _copy(config, [], place, count())


def _copy(value: Any, keys: list[str], place: Place, counted: Iterator[int]) -> Any:
    if len(keys) > DEEPEST or next(counted) > MOST_VALUES:
        # With the first key only: a config that holds itself has no end of them.
        raise SatisficeError(
            place(keys[:1]), "is nested without an end, or far too long.", "Write it out plainly."
        )
    if isinstance(value, Mapping):
        for key in value:
            _check_key(key, keys, place)
        return {key: _copy(part, [*keys, key], place, counted) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [
            _copy(part, [*keys, str(index)], place, counted) for index, part in enumerate(value)
        ]
    _check_value(value, keys, place)
    return value


def _check_key(key: Any, keys: list[str], place: Place) -> None:
    if not isinstance(key, str):
        problem = f"has the key {key!r}, which is no text."
        raise SatisficeError(place(keys), problem, f"Put it in quotes: '{key}'.")
    if not key.isprintable():
        problem = f"has the key {key!r}, which holds control characters."
        raise SatisficeError(place(keys), problem, "Write it with letters that can be seen.")


def _check_value(value: Any, keys: list[str], place: Place) -> None:
    if isinstance(value, str) and not value.isprintable():
        problem = f"{value!r} holds control characters or ends of lines."
        raise SatisficeError(place(keys), problem, "Write it in one line.")
    if isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        problem = "the number is too large."
        raise SatisficeError(place(keys), problem, f"Use at most {LARGEST_INTEGER}.")
    if not (value is None or isinstance(value, str | int | float)):
        problem = f"{value!r} is a {type(value).__name__}."
        remedy = "Use a text, a number, a list or keys; put a date in quotes."
        raise SatisficeError(place(keys), problem, remedy)
