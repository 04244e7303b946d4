"""The reference of all config keys and parameters, written from what checks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from satisfice.io.yaml_files import read_yaml
from satisfice.population.parameters import Parameter
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS

BEGIN, END = "<!-- config reference -->", "<!-- end of config reference -->"
"""Marks between which a document holds the reference."""


def config_reference(schema: str | Path) -> str:
    """Return Markdown tables of all keys and of all parameters.

    Args:
        schema: Path of the JSON schema, in YAML.
    """
    rules = read_yaml(schema, "Give the path of the schema.")
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, default, meaning in _keys(rules, rules["$defs"], ""):
        lines.append(f"| `{key}` | {default} | {meaning} |")
    return "\n".join([*lines, "", *_parameters()]) + "\n"


def _parameters() -> Iterator[str]:
    """A Markdown table of the parameters that supertypes and prior beliefs declare."""
    yield "| parameter | of | where nothing is said | may be | prior, where it is fitted |"
    yield "|---|---|---|---|---|"
    declared: list[tuple[str, Sequence[Parameter]]] = [("supertypes", SKILL_PARAMETERS)]
    declared += [(f"prior belief {name}", belief.parameters) for name, belief in BELIEFS.items()]
    for owner, parameters in declared:
        for each in parameters:
            default = list(each.default) if isinstance(each.default, Sequence) else each.default
            low, high = each.support
            uniform = "uniform in its logarithm" if each.transform == "log" else "uniform"
            yield f"| `{each.name}` | {owner} | `{default}` | {low:g} to {high:g} | {uniform} |"


def with_reference(document: str, reference: str) -> str:
    """Replace the reference inside a document, between the marks."""
    before, _, rest = document.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{reference}{END}{after}"


def _keys(
    block: Mapping[str, Any], named: Mapping[str, Any], place: str
) -> Iterator[tuple[str, str, str]]:
    """Key, default and meaning of everything in a block of the schema, in its order."""
    merged = _merged(block, named)
    required = merged.get("required", [])
    for name, part in merged.get("properties", {}).items():
        whole = _merged(part, named)
        inner = whole.get("properties") or isinstance(whole.get("additionalProperties"), dict)
        default = "" if inner else _shown(whole, name in required)
        meaning = " ".join(str(whole.get("description", "")).split())
        yield f"{place}{name}", default, meaning.replace("|", "\\|")
        yield from _keys(whole, named, f"{place}{name}.")
    free = merged.get("additionalProperties")
    if isinstance(free, dict):
        yield from _keys(free, named, f"{place}<name>.")


def _merged(block: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """A block with what it refers to; its own words and defaults win."""
    found: dict[str, Any] = {}
    for part in [*block.get("allOf", []), *([{"$ref": block["$ref"]}] if "$ref" in block else [])]:
        target = named[part["$ref"].rsplit("/", 1)[1]] if "$ref" in part else part
        found |= _merged(target, named)
    own = {key: value for key, value in block.items() if key not in ("allOf", "$ref")}
    properties = {**found.get("properties", {})}
    for name, part in own.get("properties", {}).items():
        properties[name] = {**properties.get(name, {}), **part}
    return {**found, **own, **({"properties": properties} if properties else {})}


def _shown(block: Mapping[str, Any], required: bool) -> str:
    if "default" not in block:
        return "required" if required else ""
    text = yaml.safe_dump(block["default"], default_flow_style=True).strip()
    return f"`{text.removesuffix('...').strip()}`"
