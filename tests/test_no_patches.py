"""Other packages are used as they are: nothing is put into them, and nothing private is taken."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
OURS = ("satisfice", "experiments", "benchmarks", "__future__")
FILES = [*(ROOT / "src").rglob("*.py"), *(ROOT / "workflow").rglob("*.py")]
RULES = [ROOT / "Snakefile", *(ROOT / "workflow").rglob("*.smk")]


def of_others(tree: ast.AST) -> set[str]:
    """Names that a file imports from other packages, the standard library among them."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            found |= {each.asname or each.name for each in node.names}
            if str(node.module).partition(".")[0] in OURS:
                found -= {each.asname or each.name for each in node.names}
    return found - set(OURS)


def root(node: ast.AST) -> str | None:
    """The name that a chain of attributes begins with."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else None


def patches(source: str) -> Iterator[str]:
    """Attributes of other packages that a file sets or deletes, and private ones that it reads."""
    tree = ast.parse(source)
    others = of_others(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and root(node) in others:
            private = node.attr.startswith("_") and not node.attr.endswith("__")
            if private or isinstance(node.ctx, ast.Store | ast.Del):
                yield ast.unparse(node)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            if str(node.module).partition(".")[0] not in OURS:
                parts = [*str(node.module).split("."), *(each.name for each in node.names)]
                yield from (part for part in parts if re.match(r"_[a-z]", part))
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in ("setattr", "delattr"):
            yield from [ast.unparse(node)] if root(node.args[0]) in others else []


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_is_put_into_other_packages(path: Path) -> None:
    assert list(patches(path.read_text(encoding="utf-8"))) == []


def test_rules_put_nothing_into_other_packages() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in RULES)
    assert re.findall(r"^\s*(?:snakemake|sys|os|workflow)\.[\w.]+\s*=[^=].*", text, re.M) == []
    assert "setattr" not in text


@pytest.mark.parametrize(
    ("source", "patch"),
    [
        ("import sys\nsys.executable = 'x'", "sys.executable"),
        ("from snakemake import benchmark\nbenchmark.Timer = 1", "benchmark.Timer"),
        ("import torch.nn as nn\nnn.Module.forward = 1", "nn.Module.forward"),
        ("import sbi\nsetattr(sbi, 'x', 1)", "setattr(sbi, 'x', 1)"),
        ("import torch\ntorch._C.x()", "torch._C"),
        ("from sbi.utils import _private", "_private"),
        ("from sbi._hidden import x", "_hidden"),
    ],
)
def test_a_patch_is_seen(source: str, patch: str) -> None:
    assert patch in list(patches(source))
