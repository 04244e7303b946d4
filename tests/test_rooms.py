"""Rooms: each part of the package imports from its own room and from lower ones only."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "satisfice"

HOUSE = (
    ("errors", "own_code", "progress", "randomness", "settings"),
    ("devices", "plugins", "provenance"),
    ("games",),
    ("adapters",),
    ("population",),
    ("io",),
    ("run_lock",),
    ("learning",),
    ("simulation",),
    ("contenders",),
    ("inference",),
    ("evaluation",),
    ("decisions",),
    ("checks",),
    ("config_check", "config_values"),
    ("config",),
    ("config_reference",),
    ("report",),
    ("api", "stages"),
    ("cli",),
)
"""Rooms, lowest floor first; those of one floor may import each other, but for the rules below."""

APART = {"__init__"}
"""What stands beside the house: the package's face."""

FLOOR = {room: floor for floor, rooms in enumerate(HOUSE) for room in rooms}


def modules() -> dict[str, Path]:
    """Every module of the package by its name below satisfice."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        parts = path.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if len(parts) > 1 and parts[-1] == "__init__" else parts)
        found[name] = path
    return found


MODULES = modules()


def imports(path: Path) -> Iterator[str]:
    """Modules of the package that a file imports, wherever in it: in functions, for types only."""
    here = path.relative_to(PACKAGE.parent).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = [*here[: -node.level]] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            names = [f"{module}.{alias.name}" for alias in node.names]
        else:
            continue
        for name in names:
            package, _, rest = name.partition(".")
            if package == "satisfice":
                yield rest if rest in MODULES else rest.rpartition(".")[0] or "__init__"


def room(module: str) -> str:
    return module.partition(".")[0]


ARROWS = {(module, other) for module, path in MODULES.items() for other in imports(path)}


def test_every_module_has_a_room() -> None:
    rooms = {room(module) for module in MODULES}
    assert rooms - APART == set(FLOOR), "give a new room its floor in HOUSE"
    assert len(FLOOR) == sum(map(len, HOUSE))


def test_imports_are_found_wherever_they_stand() -> None:
    assert ("__init__", "api") in ARROWS  # for types, and in a function
    assert ("learning.populations", "population.parameters") in ARROWS
    assert len(ARROWS) > 300


def test_no_arrow_runs_upwards() -> None:
    inside = {(one, other) for one, other in ARROWS if room(one) not in APART}
    upwards = {
        (one, other)
        for one, other in inside
        if FLOOR.get(room(other), len(HOUSE)) > FLOOR[room(one)]
    }
    assert upwards == set()


def test_no_stage_imports_a_stage_and_neither_does_the_api() -> None:
    across = {
        (one, other)
        for one, other in ARROWS
        if room(other) == "stages" and (room(one) == "api" or one.startswith("stages."))
    }
    assert across == set()


@pytest.mark.parametrize("beside", ["experiments", "benchmarks"])
def test_the_package_knows_nothing_of_what_builds_on_it(beside: str) -> None:
    pattern = re.compile(rf"^\s*(from|import) {beside}\b", re.MULTILINE)
    found = [name for name, path in MODULES.items() if pattern.search(path.read_text("utf-8"))]
    assert found == []
