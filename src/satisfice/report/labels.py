"""Readable names of parameters and derived quantities, from their declarations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from satisfice.population.derived import DERIVED
from satisfice.population.parameters import Parameter, ParameterSpace


@dataclass(frozen=True)
class Quantity:
    """A parameter or derived quantity, possibly of one role.

    Attributes:
        declared: Its declaration.
        role: The role, or an empty text.
    """

    declared: Parameter
    role: str

    @property
    def short(self) -> str:
        """A short name."""
        return f"{self.declared.short or self.declared.name} {self.role}".strip()

    @property
    def logarithmic(self) -> bool:
        """Whether it is shown on a logarithmic scale."""
        return self.declared.transform == "log"


def quantity(name: str, space: ParameterSpace) -> Quantity:
    """Find the declaration behind a name such as ``beta`` or ``mean_lambda_factory``.

    Returns:
        The quantity. One that is not declared is labelled by its name.
    """
    by_name = {each.name: each for each in (*space.columns, *DERIVED)}
    base, role = split_role(name, by_name)
    return Quantity(by_name.get(base, Parameter(base, 0.0, base, base)), role)


def split_role(name: str, bases: Iterable[str]) -> tuple[str, str]:
    """Split ``mean_lambda_factory`` into the longest known base and the role, or an empty text."""
    for base in sorted(bases, key=len, reverse=True):
        if name == base or name.startswith(f"{base}_"):
            return base, name.removeprefix(base).removeprefix("_")
    return name, ""
