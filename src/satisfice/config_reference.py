"""The reference of all config keys and parameters, written from what checks them."""

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
JSON schema for editors. A `<name>` is chosen freely: of a game, or of a prior belief.

| key | default | meaning |
|---|---|---|
"""

PARAMETERS = """
## Parameters

Blocks under `beliefs` and `parameter_prior` take a parameter's name, with a value at which it is
fixed, or bounds `[low, high]` between which it is fitted.

| parameter | of | where nothing is said | may be | prior, where it is fitted |
|---|---|---|---|---|
"""


def config_page() -> str:
    """The page of all keys and of all parameters, in Markdown."""
    return f"{HEAD}{key_rows(Config)}{PARAMETERS}{_parameter_rows()}"


def key_rows(model: type[Settings], place: str = "") -> str:
    """Rows of a Markdown table: each key of some settings, its default and its meaning.

    Args:
        model: The settings.
        place: Their own key with a dot at its end, if they have one.
    """
    lines = (" | ".join(row) for row in _keys(model, place, {}))
    return "".join(f"| {line} |\n" for line in lines)


def _keys(
    model: type[Settings], place: str, seen: dict[type, str]
) -> Iterator[tuple[str, str, str]]:
    """Each key, once: of settings like others, seen before, only what is their own."""
    like = next((base for base in model.__mro__ if base in seen), None)
    seen[model] = place
    for name, field in model.model_fields.items():
        own = like is None or (like is not model and name in model.__annotations__)
        if not own or _has_one_value(field.annotation):
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


def _has_one_value(kind: Any) -> bool:
    """Whether there is nothing to choose, so that the key is nobody's to set."""
    return get_origin(kind) is Literal and len(get_args(kind)) == 1


def _shown(default: Any) -> str:
    plain = list(default) if isinstance(default, tuple) else default
    text = yaml.safe_dump(plain, default_flow_style=True).strip()
    return f"`{text.removesuffix('...').strip()}`"


def _parameter_rows() -> str:
    """Rows for the parameters that supertypes and prior beliefs declare."""
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
