"""Who takes part in a contest, and how a contender is fitted.

Contenders are fitted by rejection: of many simulated experiments those nearest to the human
statistics are kept, in units of the human standard errors. Rivals cannot produce the human data,
and neither can the bounded model; a neural estimator then extrapolates, and which way is a matter
of luck. The nearest experiments are the best that a contender can do, whoever he is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from satisfice.contenders.base import Rival
from satisfice.errors import SatisficeError
from satisfice.learning.rollout import Chance, Population, play_rule
from satisfice.population import PARAMETERS
from satisfice.population.parameters import ParameterPrior
from satisfice.simulation.simulator import Player, population_player


@dataclass(frozen=True)
class Contender:
    """A model of play whose free parameters have a uniform prior on the unit cube.

    Attributes:
        free: Names of the parameters that are fitted; none where nothing is.
        from_unit: Maps points of the cube, shape (points, free), to all parameters.
        player: Plays the game, given all parameters.
    """

    free: tuple[str, ...]
    from_unit: Callable[[np.ndarray], np.ndarray]
    player: Player


def population_contender(
    population: Population,
    prior: ParameterPrior,
    fixed: Mapping[str, float],
    shared: Collection[str],
    place: str,
) -> Contender:
    """The bounded model with some parameters held fixed, the same for all roles.

    Args:
        population: The trained population.
        prior: Prior of its parameters.
        fixed: Values of mu, sigma or beta.
        shared: Those of mu, sigma and beta that roles with a supertype each have in common.
        place: The config's key, for messages.

    Raises:
        SatisficeError: What is fixed is no parameter.
    """
    unknown = [name for name in fixed if name not in PARAMETERS]
    if unknown:
        raise SatisficeError(
            place, f"'{unknown[0]}' is no parameter.", f"Use some of: {', '.join(PARAMETERS)}."
        )
    base = [PARAMETERS[index % len(PARAMETERS)] for index in range(len(prior.names))]
    free = np.array([name not in fixed for name in base])
    held = np.array([fixed.get(name, np.nan) for name in base])
    called = [one if one in shared else name for one, name in zip(base, prior.names, strict=True)]
    names = tuple(dict.fromkeys(np.array(called)[free].tolist()))
    source = [names.index(name) for name in np.array(called)[free]]

    def from_unit(cube: np.ndarray) -> np.ndarray:
        whole = np.full((len(cube), len(base)), 0.5)
        whole[:, free] = cube[:, source]
        return np.where(free, prior.from_unit(whole), held)

    return Contender(names, from_unit, population_player(population))


def rival_contender(rival: Rival) -> Contender:
    """A rule of play with its parameters."""
    return Contender(tuple(rival.parameters), rival.from_unit, rival_player(rival))


def rival_player(rival: Rival) -> Player:
    """Return the player of a rival, whose theta are the rule's parameters."""

    def play(treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        values = torch.from_numpy(theta).float()
        named = {name: values[:, [index]] for index, name in enumerate(rival.parameters)}

        def rule(treatment: str, state: Any, uniforms: Tensor) -> Tensor:
            return rival.act(treatment, state, named, chance.skills, uniforms)

        return play_rule(rival.game, rule, treatment, chance)

    return play


def nearest(
    statistics: np.ndarray, observed: np.ndarray, error: np.ndarray, number: int
) -> np.ndarray:
    """Simulated experiments nearest to the human one.

    Args:
        statistics: Shape (simulations, statistics); rows that are not finite are never chosen.
        observed: Shape (statistics,), human values.
        error: Shape (statistics,), their standard errors: the units of distance.
        number: How many to keep.

    Returns:
        Shape (number,), indices of simulations, the nearest first.
    """
    distance = (((statistics - observed) / error) ** 2).sum(axis=1)
    distance = np.where(np.isfinite(distance), distance, np.inf)
    order = np.argsort(distance, kind="stable")[:number]
    return order[np.isfinite(distance[order])]
