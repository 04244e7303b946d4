"""Base class of all settings: typed, checked, each default in one place."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Settings that a config file may give.

    A field's type, bounds and default are those of the config key of the same name, and its
    docstring is the key's line in the reference of keys.
    """

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )
