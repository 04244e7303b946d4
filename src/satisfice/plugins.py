"""Code of other packages: found by name, and imported only when needed.

A package offers a class under a group of entry points, for example in its ``pyproject.toml``::

    [project.entry-points."satisfice.games"]
    public_goods = "public_goods:PublicGoods"

Where a group allows it, a class may also be named directly, as ``package.module:ClassName``.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from satisfice.errors import SatisficeError

GAME_GROUP = "satisfice.games"
"""Group of entry points under which other packages offer their games."""

CONTENDER_GROUP = "satisfice.contenders"
"""The group of contenders: rules of play, with or without parameters."""

BELIEF_GROUP = "satisfice.beliefs"
"""The group of prior beliefs."""


def offered(group: str) -> list[str]:
    """Names that other packages offer in a group of entry points."""
    return sorted({entry.name for entry in entry_points(group=group)})


def class_path(group: str, name: str) -> str | None:
    """Path of the class that a name stands for, as ``package.module:ClassName``.

    The name may be such a path itself. None if no package offers the name.
    """
    if ":" in name:
        return name
    return next((entry.value for entry in entry_points(group=group, name=name)), None)


@contextmanager
def guarded(place: str, problem: str) -> Iterator[None]:
    """Turn errors of another package's class, named at ``place``, into one clear error.

    Raises:
        SatisficeError: The class raised something.
    """
    try:
        yield
    except SatisficeError:
        raise
    except Exception as error:  # Other packages may raise anything.
        text = f"{problem}: {type(error).__name__}: {error}."
        raise SatisficeError(place, text, "Correct the class.") from error


def load(
    group: str,
    name: str,
    place: str,
    what: str,
    then: Callable[[Any], Any] = lambda found: found,
) -> Any:
    """Import the code that a name stands for, such as ``package.module:ClassName``.

    ``what`` it should be, such as "prior belief", is for messages. Errors of ``then``, which is
    applied to it, are also reported as the other package's.

    Raises:
        SatisficeError: No package offers the name, or its code cannot be imported.
    """
    found = class_path(group, name)
    if found is None:
        remedy = f"Install the package that offers it under the entry points '{group}'."
        raise SatisficeError(place, f"unknown {what} '{name}'.", remedy)
    try:
        module, _, attribute = found.partition(":")
        if not module or not attribute:
            raise ValueError("a module and a class are needed")
        return then(EntryPoint(name, found, group).load())
    except Exception as error:  # Other packages may raise anything.
        text = f"{type(error).__name__}: {error}."
        if found != name:
            remedy = "Correct the package, or its entry point."
            raise SatisficeError(place, f"{found} cannot be loaded: {text}", remedy) from error
        raise SatisficeError(
            place,
            f"the {what} '{name}' cannot be imported: {text}",
            "Write package.module:ClassName, and install the package or set PYTHONPATH to its "
            "folder.",
        ) from error


def load_class(group: str, name: str, place: str, what: str, base: type[Any], remedy: str) -> Any:
    """Import a class as :func:`load` does, and check that it has no abstract methods left.

    Raises:
        SatisficeError: It cannot be imported, does not derive from the base, or lacks methods.
    """
    found = load(group, name, place, what)
    if not (inspect.isclass(found) and issubclass(found, base)) or inspect.isabstract(found):
        raise SatisficeError(place, f"'{name}' is not a complete {what}.", remedy)
    return found
