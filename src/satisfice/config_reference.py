"""The reference of all config keys, written from the schema that checks them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from satisfice.io.yaml_files import read_yaml

BEGIN, END = "<!-- config reference -->", "<!-- end of config reference -->"
"""Marks between which a document holds the reference."""


def config_reference(schema: str | Path) -> str:
    """Return a Markdown table of all keys, their defaults and meaning.

    Args:
        schema: Path of the JSON schema, in YAML.
    """
    rules = read_yaml(schema, "Give the path of the schema.")
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, default, meaning in _keys(rules, rules["$defs"], ""):
        lines.append(f"| `{key}` | {default} | {meaning} |")
    return "\n".join(lines) + "\n"


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
