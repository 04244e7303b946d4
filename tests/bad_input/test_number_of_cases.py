"""The corpus is large, and no case is in it twice."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def corpus(name: str) -> Any:
    specification = importlib.util.spec_from_file_location(name, FOLDER / f"{name}.py")
    assert specification and specification.loader
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def test_there_are_at_least_two_hundred_distinct_cases() -> None:
    kinds = ("test_bad_configs", "test_bad_tables", "test_bad_checkpoints", "test_bad_results")
    counts = {kind: len(corpus(kind).CASES) for kind in kinds}
    assert min(counts.values()) >= 40
    assert sum(counts.values()) >= 200
    # The same content under two names would be counted twice.
    files = [content for content, _ in corpus("test_bad_configs").FILES.values()]
    assert len(set(files)) == len(files)
