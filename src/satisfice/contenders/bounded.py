"""Trained populations as contenders: boundedly rational, or without a cost of thinking."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from torch import Tensor

from satisfice.contenders.base import Contender
from satisfice.errors import SatisficeError
from satisfice.learning.rollout import Chance, Population
from satisfice.population import PARAMETERS
from satisfice.population.parameters import Parameter, ParameterPrior, ParameterSpace
from satisfice.population.supertypes import kl_free
from satisfice.simulation.simulator import population_player


def space_of(prior: ParameterPrior) -> ParameterSpace:
    """The space of a trained population's parameters, all of them fitted."""
    declared = [
        Parameter(
            name, getattr(prior, name), name, transform="log" if name == "beta" else "identity"
        )
        for name in PARAMETERS
    ]
    return ParameterSpace.of(declared, {}, prior.roles)


class Bounded(Contender):
    """The bounded model; some of its parameters may be held fixed, or be the same for all roles.

    Theta has a column for each parameter that the population was trained for, also where a value
    is fixed, which may lie beyond the prior.

    Args:
        population: The trained population.
        space: The parameters that it was trained for.
        fixed: Values of some of them, by their names without roles.
        shared: Those that roles with parameters of their own have in common.
        place: The config's key, for messages.

    Raises:
        SatisficeError: What is fixed is no parameter.
    """

    name = "bounded"

    def __init__(
        self,
        population: Population,
        space: ParameterSpace,
        fixed: Mapping[str, float] | None = None,
        shared: Collection[str] = (),
        place: str = "fixed",
    ) -> None:
        self.population, self.game, self.space = population, population.game, space
        held, base = fixed or {}, [parameter.name for parameter in space.columns]
        for name in held:
            if name not in base:
                known = ", ".join(dict.fromkeys(base))
                raise SatisficeError(place, f"'{name}' is no parameter.", f"Use some of: {known}.")
        self._fitted = np.array([name not in held for name in base])
        self._held = np.array([held.get(name, np.nan) for name in base])
        called = [
            one if one in shared else name for one, name in zip(base, space.names, strict=True)
        ]
        fitted = [name for name, one in zip(called, base, strict=True) if one not in held]
        self._free = tuple(dict.fromkeys(fitted))
        self._source = [self._free.index(name) for name in fitted]

    @property
    def free(self) -> tuple[str, ...]:
        return self._free

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        whole = np.full((len(cube), len(self._held)), 0.5)
        whole[:, self._fitted] = cube[:, self._source]
        return np.where(self._fitted, self.space.from_unit(whole), self._held)

    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        return population_player(self.population)(treatment, theta, chance)


class Rational(Contender):
    """A population that was trained without a cost of thinking; it has no parameters.

    Args:
        population: The trained population.
        groups: Number of groups of parameters that its network is told about.
    """

    name = "rational"

    def __init__(self, population: Population, groups: int = 1) -> None:
        super().__init__(population.game)
        self.population, self._costless = population, kl_free(groups)

    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        costless = np.tile(self._costless, (len(theta), 1))
        return population_player(self.population)(treatment, costless, chance)
