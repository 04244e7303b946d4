"""YAML that people write: read safely, and without the traps that YAML itself lets pass."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import yaml

from satisfice.errors import SatisficeError

MOST_VALUES = 100_000
"""More values than this, references written out, are no description but an attack or a mistake."""

DEEPEST = 100
"""Levels of nesting; the parser in C has a limit of its own, at which it takes Python down."""

MOST_BYTES = 5_000_000
"""Largest file that is parsed at all."""

# The parser in C is ten times as fast, where PyYAML was built with it.
_Safe: TypeAlias = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # type: ignore[valid-type]


class _StrictLoader(_Safe):  # type: ignore[misc]
    """Loads plain values only, and refuses a key that is given twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> Any:
        seen = set()
        for key, _ in node.value:
            # The merge key << may come again; what it brings in is overridden on purpose.
            name = key.value if isinstance(key, yaml.ScalarNode) else None
            if name in seen and name != "<<":
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key '{name}' is given twice", key.start_mark
                )
            seen.add(name)
        return super().construct_mapping(node, deep)


def read_yaml(path: str | Path, remedy: str) -> Any:
    """Read a YAML file, or a JSON one.

    Args:
        path: The file, in UTF-8.
        remedy: What the user can do where it cannot be read.

    Raises:
        SatisficeError: The file is missing, is not UTF-8 text or not YAML, names Python objects,
            gives a key twice, or unfolds into more values than anybody writes. The message names
            the line.
    """
    try:
        content = Path(path).read_bytes()
    except FileNotFoundError as error:
        raise SatisficeError(path, "file not found.", remedy) from error
    except OSError as error:
        raise SatisficeError(path, f"is not readable ({error.strerror}).", remedy) from error
    if len(content) > MOST_BYTES:
        raise SatisficeError(path, f"is larger than {MOST_BYTES} bytes.", remedy)
    try:
        return parse_yaml(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        problem = f"is not valid YAML: not UTF-8 text (byte {error.start + 1})."
        raise SatisficeError(path, problem, "Save it as UTF-8.") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}, line {mark.line + 1}" if mark else path
        problem = f"is not valid YAML ({_in_one_line(error.problem or error)})."
        raise SatisficeError(place, problem, remedy) from error
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, TypeError) as error:
        # Tags with a value that they cannot take, such as !!bool maybe, end in errors of Python.
        raise SatisficeError(path, f"is not valid YAML ({_in_one_line(error)}).", remedy) from error


def parse_yaml(text: str) -> Any:
    """Parse YAML as :func:`read_yaml` does, with PyYAML's own errors."""
    _refuse_depth(text)
    loader = _StrictLoader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        _refuse_bombs(node)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _error(problem: str, mark: Any) -> yaml.MarkedYAMLError:
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


def _in_one_line(error: Any) -> str:
    return " ".join(str(error).split())


def _refuse_depth(text: str) -> None:
    depth, too_deep = 0, f"nested more than {DEEPEST} levels deep"
    try:
        for event in yaml.parse(text, Loader=_StrictLoader):
            if isinstance(event, yaml.CollectionStartEvent):
                depth += 1
            elif isinstance(event, yaml.CollectionEndEvent):
                depth -= 1
            if depth > DEEPEST:
                raise _error(too_deep, event.start_mark)
    except yaml.MarkedYAMLError as error:
        # From PyYAML 6.0.4 on the parser, which looks ahead, may refuse first, in other words.
        if "nesting depth" not in str(error.problem):
            raise
        raise _error(too_deep, error.problem_mark) from error


def _refuse_bombs(root: yaml.Node) -> None:
    """Count values with every reference written out, without writing them out."""
    sizes: dict[int, int] = {}

    def size(node: yaml.Node, inside: frozenset[int]) -> int:
        if isinstance(node, yaml.ScalarNode):
            return 1
        if id(node) in inside:
            raise _error("it holds itself", node.start_mark)
        if id(node) not in sizes:
            inside = inside | {id(node)}
            parts = node.value
            if isinstance(node, yaml.MappingNode):
                parts = [part for pair in parts for part in pair]
            sizes[id(node)] = 1 + sum(size(part, inside) for part in parts)
        if sizes[id(node)] > MOST_VALUES:
            raise _error(f"unfolds into more than {MOST_VALUES} values", node.start_mark)
        return sizes[id(node)]

    size(root, frozenset())
