"""Every rule gives the function that it calls what this asks for."""

from __future__ import annotations

import re
from importlib import import_module
from inspect import Parameter, signature
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "workflow").rglob("*.smk"))
RULE = re.compile(r"^rule (\w+):\n((?:    .*\n|\n)+)", re.MULTILINE)
SECTION = re.compile(r"^    (input|output|params):\n((?:        .*\n)+)", re.MULTILINE)
CALLS = re.compile(r'calls\(\s*"([\w.]+)"')
CALLING = {
    name: (text, stage[1])
    for file in FILES
    for name, text in RULE.findall(file.read_text("utf-8"))
    if (stage := CALLS.search(text))
}


@pytest.mark.parametrize("rule", CALLING)
def test_a_rule_gives_its_function_what_it_asks_for(rule: str) -> None:
    text, stage = CALLING[rule]
    sections = "".join(content for _, content in SECTION.findall(text))
    given = set(re.findall(r"^        (\w+)=", sections, re.MULTILINE))
    module, _, function = stage.rpartition(".")
    asked = signature(getattr(import_module(module), function)).parameters
    assert given <= set(asked)
    wildcards = set(re.findall(r"\{\{(\w+)\}\}", text))
    needed = {name for name, each in asked.items() if each.default is Parameter.empty}
    if not re.search(r"^        \*\*(?!calls)", sections, re.MULTILINE):  # a block of settings
        assert needed <= given | wildcards


def test_most_rules_call_a_function() -> None:
    assert {"observe", "learn", "simulate", "infer", "predict", "check", "report"} <= set(CALLING)
