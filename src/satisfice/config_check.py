"""Checks config files against models of settings, with one clear error for each mistake."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from satisfice.errors import SatisficeError
from satisfice.io.yaml_files import read_yaml
from satisfice.settings import Settings, WrongValueError, block_of

REMEDY = "See docs/config.md for all keys, and workflow/config/ for examples."

Files: TypeAlias = dict[str | Path, Any]
"""The config files that were merged, and their contents."""

Model = TypeVar("Model", bound=Settings)

WORDS = {
    r"^(Input|String|Value|Tuple|Dictionary)\b": "VALUE",
    r" after validation\b.*": "",
    r"\ba valid dictionary\b.*": "a block of keys",
    r"\ba valid tuple\b": "a list",
    r"\ba valid string\b": "a text",
    r"\ba valid integer\b": "a whole number",
    r"\ba valid number\b": "a number",
}
"""Pydantic's words, and plainer ones."""


def checked(
    model: type[Model],
    given: Mapping[str, Any],
    files: Iterable[str | Path],
    keys: Sequence[str] = (),
) -> Model:
    """Check a part of a config, merged from files, and fill in defaults.

    The part has its own keys, such as ``("experiments", "sharing")``.

    Raises:
        SatisficeError: A key is unknown, missing, or has a wrong value; the message names the
            file, the key and what is allowed.
    """
    contents = _contents(files)
    plain = _plain_copy(given, keys, contents)
    try:
        return model.model_validate(plain)
    except ValidationError as error:
        raise _explained(error, model, list(keys), contents) from error


def with_file(error: SatisficeError, files: Iterable[str | Path]) -> SatisficeError:
    """Name the config file in an error whose place is only ``config, key ...``."""
    before, is_key, key = str(error.place).partition("config, key ")
    if before or not is_key:
        return error
    return SatisficeError(_place(key.split("."), _contents(files)), error.problem, error.remedy)


def _plain_copy(config: Any, keys: Sequence[str], files: Files) -> Any:
    """Copy a config; each YAML alias becomes a copy of its own.

    Raises:
        SatisficeError: A key is not a text, or a value is of another kind.
    """
    if isinstance(config, Mapping):
        for key in config:
            if not isinstance(key, str):
                problem = f"has the key {key!r}, which is not a text."
                raise SatisficeError(_place(keys, files), problem, f"Put it in quotes: '{key}'.")
        return {key: _plain_copy(part, [*keys, key], files) for key, part in config.items()}
    if isinstance(config, list | tuple):
        return [_plain_copy(part, [*keys, str(i)], files) for i, part in enumerate(config)]
    if not (config is None or isinstance(config, str | int | float)):
        problem = f"{config!r} is a {type(config).__name__}."
        raise SatisficeError(_place(keys, files), problem, "Use a text, a number, a list or keys.")
    return config


def _contents(files: Iterable[str | Path]) -> Files:
    return {file: read_yaml(file, REMEDY) for file in files}


def _place(keys: Sequence[str], files: Files) -> str:
    # Later files override earlier ones, so the last one that has the key is named.
    for file, content in reversed(files.items()):
        if _has(content, keys):
            return f"{file}, key {'.'.join(keys)}"
    return f"config, key {'.'.join(keys)}"


def _has(content: Any, keys: Sequence[str]) -> bool:
    for key in keys:
        if isinstance(content, list) and key.isdigit() and int(key) < len(content):
            content = content[int(key)]
        elif isinstance(content, dict) and key in content:
            content = content[key]
        else:
            return False
    return True


def _explained(
    error: ValidationError, model: type[Settings], keys: list[str], files: Files
) -> SatisficeError:
    """The error for the first problem. Missing keys come last, as they may be misspelt."""
    first = min(error.errors(), key=lambda each: (each["type"] == "missing", len(each["loc"])))
    path = [str(part) for part in first["loc"] if part != "[key]"]
    block, field = _field(model, path)
    place = _place([*keys, *path], files)
    known = list(block.model_fields)
    if first["type"] == "extra_forbidden" or (
        field is None and path and difflib.get_close_matches(path[-1], known, n=1)
    ):
        close = difflib.get_close_matches(path[-1], known, n=1)
        hint = f"Did you mean '{close[0]}'? " if close else ""
        remedy = f"{hint}Known keys here: {', '.join(known)}."
        return SatisficeError(place, "unknown key.", remedy)
    wrong = first.get("ctx", {}).get("error")
    if isinstance(wrong, WrongValueError):
        place = _place([*keys, *path, *wrong.keys], files)
        return SatisficeError(place, wrong.problem, wrong.remedy)
    described = " ".join(((field and field.description) or REMEDY).split())
    if first["type"] == "missing":
        return SatisficeError(place, "is missing.", f"Add the key. It is: {described}")
    value, problem = first["input"], first["msg"]
    for theirs, ours in WORDS.items():
        problem = re.sub(theirs, ours, problem)
    shown = {"dict": "a block of keys", "list": "a list"}.get(type(value).__name__, repr(value))
    remedy = f"{_hint(first['type'], value)}This key is: {described}"
    return SatisficeError(place, f"{problem.replace('VALUE', shown)}.", remedy)


def _field(model: type[Settings], path: Sequence[str]) -> tuple[type[Settings], FieldInfo | None]:
    """The innermost settings around a key, and the key's field in them, if it has one."""
    inner: type[Settings] | None = model
    block, field, by_name = model, None, False
    for key in path:
        if by_name:
            by_name = False
        elif inner is None:  # in a list
            break
        else:
            block, field = inner, inner.model_fields.get(key)
            inner, by_name = block_of(field) if field else (None, False)
    return block, field


def _hint(kind: str, value: Any) -> str:
    """How to write a value that YAML reads as something else."""
    if kind == "string_type" and isinstance(value, bool):
        return "Put the word in quotes: YAML reads yes, no, on and off as true or false. "
    if kind == "string_type" and isinstance(value, int | float):
        return f"Put it in quotes: '{value}'. "
    if kind == "int_type" and isinstance(value, float) and value.is_integer():
        return f"Write {value:.0f}. "
    if kind in ("int_type", "float_type") and isinstance(value, str):
        return "Write numbers without quotes, and 1e-3 as 1.0e-3. "
    return ""
