"""The list of all config keys and parameters, made from the models of settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Literal, get_args, get_origin

import yaml

from satisfice.config import Config
from satisfice.population.parameters import Parameter
from satisfice.population.registry import BELIEFS
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.settings import Settings, block_of

HEAD = """\
# Config keys

Written by `satisfice describe-config > docs/config.md`; `satisfice schema` prints the same as a
JSON schema for editors. A `<name>` is the name of a game or of a prior belief.

| key | default | meaning |
|---|---|---|
"""

PARAMETERS = """
## Parameters

Under `beliefs` and `parameter_prior` a parameter's name takes a value at which it is fixed, or
bounds `[low, high]` between which it is fitted.

| parameter | of | default | allowed | prior, if fitted |
|---|---|---|---|---|
"""


def config_page() -> str:
    """The page of all keys and parameters, in Markdown."""
    return f"{HEAD}{key_rows(Config)}{PARAMETERS}{_parameter_rows()}"


def key_rows(model: type[Settings], place: str = "") -> str:
    """Rows of a Markdown table: each key below ``place``, its default and its meaning."""
    lines = (" | ".join(row) for row in _keys(model, place, {}))
    return "".join(f"| {line} |\n" for line in lines)


def _keys(
    model: type[Settings], place: str, seen: dict[type, str]
) -> Iterator[tuple[str, str, str]]:
    """Each key once. Settings that repeat earlier ones list only the differences."""
    like = next((base for base in model.__mro__ if base in seen), None)
    seen[model] = place
    for name, field in model.model_fields.items():
        own = like is None or (like is not model and name in model.__annotations__)
        kind = field.annotation
        if not own or (get_origin(kind) is Literal and len(get_args(kind)) == 1):  # nothing to set
            continue
        inner, by_name = block_of(field)
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        below = f"{place}{name}.{'<name>.' if by_name else ''}"
        if alike := next((base for base in inner.__mro__ if base in seen), None) if inner else None:
            meaning += f" Other keys are those of `{seen[alike].removesuffix('.')}`."
        default = "required" if field.is_required() else ""
        if not default and not inner:
            default = _shown(field.get_default(call_default_factory=True))
        yield f"`{place}{name}`", default, meaning
        if inner:
            yield from _keys(inner, below, seen)


def _shown(default: Any) -> str:
    plain = list(default) if isinstance(default, tuple) else default
    text = yaml.safe_dump(plain, default_flow_style=True).strip()
    return f"`{text.removesuffix('...').strip()}`"


def _parameter_rows() -> str:
    """Rows of the parameters of supertypes and prior beliefs."""
    declared: list[tuple[str, Sequence[Parameter]]] = [("supertypes", SKILL_PARAMETERS)]
    declared += [(f"prior belief {name}", belief.parameters) for name, belief in BELIEFS.items()]
    rows = []
    for owner, parameters in declared:
        for each in parameters:
            low, high = each.support
            uniform = "uniform in its logarithm" if each.transform == "log" else "uniform"
            default = list(each.default) if isinstance(each.default, Sequence) else each.default
            rows.append(
                f"| `{each.name}` | {owner} | `{default}` | {low:g} to {high:g} | {uniform} |\n"
            )
    return "".join(rows)
