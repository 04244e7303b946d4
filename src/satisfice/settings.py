"""Base class of all settings: typed, checked, each default in one place."""

from __future__ import annotations

from types import UnionType
from typing import Annotated, Any, TypeAlias, TypeVar, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo


class Settings(BaseModel):
    """Settings that a config file may give.

    A field's type, bounds and default are those of the config key of the same name, and its
    docstring describes the key in the list of config keys.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class WrongValueError(ValueError):
    """Raised by a validator, with the problem, a remedy, and the keys below what is validated."""

    def __init__(self, problem: str, remedy: str, *keys: str) -> None:
        self.problem, self.remedy, self.keys = problem, remedy, keys
        super().__init__(f"{problem} Remedy: {remedy}")


def _distinct(values: tuple[Any, ...]) -> tuple[Any, ...]:
    for place, value in enumerate(values):
        if value in values[:place]:
            raise WrongValueError(
                f"{value!r} is given twice.", "Leave one of them out.", str(place)
            )
    return values


T = TypeVar("T")
Several: TypeAlias = Annotated[tuple[T, ...], Field(strict=False)]
"""A list in a config, a tuple in the settings."""

Distinct: TypeAlias = Annotated[tuple[T, ...], Field(strict=False), AfterValidator(_distinct)]
"""The same, with distinct values."""


def block_of(field: FieldInfo) -> tuple[type[Settings] | None, bool]:
    """The model of settings in a field, and whether the field maps names to such settings."""
    kind, named = field.annotation, get_origin(field.annotation) is dict
    if named:
        kind = get_args(kind)[1]
    if get_origin(kind) is UnionType:  # settings that may be left out
        kind = get_args(kind)[0]
    if isinstance(kind, type) and issubclass(kind, Settings):
        return kind, named
    return None, False
