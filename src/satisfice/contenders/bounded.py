"""Trained populations as contenders: boundedly rational, or rational."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import Contender, HasLikelihood, Kinds
from satisfice.errors import SatisficeError
from satisfice.learning.rollout import Chance, Population
from satisfice.population.supertypes import BETA, processing_cost
from satisfice.simulation.histories import History
from satisfice.simulation.likelihood import NODES, log_policies, skills_of
from satisfice.simulation.simulator import population_player

FINER = 4
"""Nodes at which an agent's likelihood is interpolated, for each one at which it is computed."""


class TrainedPopulation(Contender, HasLikelihood):
    """The bounded model, or rational play: a trained population.

    Theta has a column for each parameter that the population was trained for, even if it is fixed
    here, by its name without roles. A fixed value may lie beyond the prior. Shared parameters are
    the same for all roles.

    The skill of an agent whose decisions are recorded is integrated out at ``nodes`` points.

    Raises:
        SatisficeError: A fixed or shared name is not a parameter.
    """

    def __init__(
        self,
        population: Population,
        fixed: Mapping[str, float] | None = None,
        shared: Collection[str] = (),
        place: str = "fixed",
        nodes: int = NODES,
    ) -> None:
        self.nodes = nodes
        self.population, self.game, self.space = population, population.game, population.space
        space = population.space
        held, base = fixed or {}, [parameter.name for parameter in space.columns]
        for name in held:
            if name not in base:
                known = ", ".join(dict.fromkeys(base))
                raise SatisficeError(place, f"'{name}' is no parameter.", f"Use some of: {known}.")
        self._fitted = np.array([name not in held for name in base], dtype=bool)
        self._held = np.array([held.get(name, np.nan) for name in base])
        called = [
            one if one in shared else name for one, name in zip(base, space.names, strict=True)
        ]
        fitted = [name for name, one in zip(called, base, strict=True) if one not in held]
        self._free = tuple(dict.fromkeys(fitted))
        self._source = [self._free.index(name) for name in fitted]
        # The config's values for a prior belief were chosen beside the data.
        self.hand_set = tuple(population.belief.fixed)

    @property
    def free(self) -> tuple[str, ...]:
        return self._free

    def from_unit(self, cube: np.ndarray) -> np.ndarray:
        whole = np.full((len(cube), len(self._held)), 0.5)
        whole[:, self._fitted] = cube[:, self._source]
        return np.where(self._fitted, self.space.from_unit(whole), self._held)

    def play(self, treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        return population_player(self.population)(treatment, theta, chance)

    def kinds(self, history: History, theta: np.ndarray) -> Kinds:
        return self._kinds(history, theta, self.nodes)

    def finer_kinds(self, history: History, theta: np.ndarray) -> Kinds | None:
        # Agents at a single node are all alike.
        return self._kinds(history, theta, FINER * self.nodes) if self.nodes > 1 else None

    def _kinds(self, history: History, theta: np.ndarray, nodes: int) -> Kinds:
        skill, share = skills_of(self.population, history.treatment, theta, nodes)
        weight = self.space.values(theta)[BETA.name]
        cost = processing_cost(torch.from_numpy(weight).unsqueeze(1), skill)
        # Nodes of skill are at these places between the ends, whatever theta is.
        place, _ = np.polynomial.legendre.leggauss(nodes)
        return Kinds(share, {"skill": skill, "lambda": cost}, place)

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        return log_policies(self.population, history, theta, self.nodes, whole)
