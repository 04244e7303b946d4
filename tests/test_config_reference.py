"""The reference of config keys says what the models say, and stands in docs/config.md."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.keys import page
from satisfice.config_reference import config_page
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS

PAGE = config_page()
KEYS, TABLE = PAGE.split("## Parameters")


def test_the_committed_page_is_current(root: Path) -> None:
    written = (root / "docs/config.md").read_text(encoding="utf-8")
    assert written == PAGE, "Run: satisfice describe-config > docs/config.md"


def test_the_committed_page_of_experiments_is_current(root: Path) -> None:
    written = (root / "docs/config_experiments.md").read_text(encoding="utf-8")
    assert written == page(), "Run: PYTHONPATH=workflow python -m benchmarks.keys > FILE"


@pytest.mark.parametrize(
    "row",
    [
        "| `run` | required | Name of the run; its results are in results/<run>/. |",
        "| `seed` | `2024` |",
        "| `games.<name>.held_out.treatments` | `[]` |",
        "| `games.<name>.beliefs.<name>.prior_belief` | required |",
        "| `games.<name>.beliefs.<name>.learning.bands` | `1` |",
        "| `games.<name>.rational.learning.smallest_cost` | `0.2` |",
        "Other keys are those of `games.<name>.beliefs.<name>.learning`. |",
        "| `games.<name>.parameter_prior.roles` | `[]` |",
        "| `beta` | supertypes | `[0.02, 2.0]` | 0.001 to inf | uniform in its logarithm |",
    ],
)
def test_keys_are_listed_with_their_defaults(row: str) -> None:
    assert row in PAGE


def test_keys_are_listed_once_and_have_a_meaning() -> None:
    rows = [line.split(" | ") for line in KEYS.splitlines() if line.startswith("| `")]
    assert 50 < len(rows) < 110
    assert len({row[0] for row in rows}) == len(rows)
    assert [row[0] for row in rows if not row[2].removesuffix(" |").strip()] == []
    # What can have one value is nobody's to set.
    assert ".rational` |" in KEYS and ".rational.rational" not in KEYS


def test_every_parameter_is_listed_with_what_it_may_be() -> None:
    head, line, *rows = [row for row in TABLE.splitlines() if row.startswith("|")]
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
