"""The reference of config keys says what the schema says, and stands in workflow/README.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import yaml

from satisfice.config_reference import BEGIN, END, config_reference, with_reference
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS

SCHEMA = "workflow/schemas/config.schema.yaml"


@pytest.fixture(scope="module")
def reference(request: pytest.FixtureRequest) -> str:
    return config_reference(request.config.rootpath / SCHEMA)


def test_the_document_holds_the_reference(root: Path, reference: str) -> None:
    document = (root / "workflow/README.md").read_text(encoding="utf-8")
    written = document[document.index(BEGIN) + len(BEGIN) + 1 : document.index(END)]
    assert written == reference, "Run: python -m satisfice.cli describe-config workflow/README.md"


@pytest.mark.parametrize(
    "row",
    [
        "| `run` | required | Name of the run; its results lie in results/<run>/. |",
        "| `seed` | `2024` |",
        "| `games.<name>.held_out.treatments` | `[]` |",
        "| `games.<name>.beliefs.<name>.prior_belief` | required |",
        "| `games.<name>.beliefs.<name>.learning.bands` | `1` |",
        "| `games.<name>.rational.learning.smallest_cost` | `0.2` |",
        "| `games.<name>.parameter_prior.roles` | `[]` |",
        "| `beta` | supertypes | `[0.02, 2.0]` | 0.001 to inf | uniform in its logarithm |",
    ],
)
def test_keys_are_listed_with_their_defaults(reference: str, row: str) -> None:
    assert row in reference


def test_every_key_has_a_meaning(reference: str) -> None:
    keys, _ = reference.split("\n\n")
    rows = [line.split(" | ") for line in keys.splitlines()[2:]]
    assert len(rows) > 150
    silent = [row[0] for row in rows if not row[2].removesuffix(" |").strip()]
    assert silent == []


def test_every_parameter_is_listed_with_what_it_may_be(reference: str) -> None:
    _, table = reference.split("\n\n")
    head, line, *rows = table.splitlines()
    assert head.count("|") == line.count("|") == 6
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    declared = [("supertypes", parameter) for parameter in SKILL_PARAMETERS]
    declared += [(f"prior belief {n}", each) for n, b in BELIEFS.items() for each in b.parameters]
    assert len(cells) == len(declared) == 9
    for (owner, parameter), row in zip(declared, cells, strict=True):
        default = parameter.default
        written = list(default) if isinstance(default, Sequence) else default
        assert row[:3] == [f"`{parameter.name}`", owner, f"`{written}`"]
        low, high = (float(end) for end in row[3].split(" to "))
        assert (low, high) == parameter.support
        assert ("logarithm" in row[4]) == (parameter.transform == "log")


def test_a_document_keeps_what_is_around() -> None:
    text = f"before\n{BEGIN}\nold\n{END}\nafter\n"
    assert with_reference(text, "new\n") == f"before\n{BEGIN}\nnew\n{END}\nafter\n"


def test_every_key_of_the_schema_is_there(root: Path, reference: str) -> None:
    rules = yaml.safe_load((root / SCHEMA).read_text(encoding="utf-8"))
    for block in rules["$defs"].values():
        for name in block.get("properties", {}):
            assert f"{name}`" in reference
