"""One population for several experiments: skills in common, each with its own KL weight.

Amortised posteriors are enough for that. On the unit cube the prior is one, so each posterior is
the likelihood of its own data up to a constant; their product over a grid of the shared parameters,
with everything else integrated out, is the pooled posterior.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from satisfice.errors import SatisficeError
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterPrior

LogDensity = Callable[[np.ndarray], np.ndarray]
"""Maps points of the cube, shape (points, 3), to the log posterior density of one experiment."""

POINTS = 48
"""Usual number of points of the grid in each direction."""

SHARED = 2
"""Parameters in common, the first ones: mu and sigma."""


@dataclass(frozen=True)
class Pooled:
    """The joint posterior of one population in all experiments.

    Attributes:
        cube: For each experiment, shape (draws, 3): the shared parameters are the same in all of
            them, the last one is the experiment's own.
        log_bayes_factor: Log evidence for one population over a separate one for each
            experiment; above zero the data are likelier with one.
        overlap: Log evidence that two identical, infinitely precise posteriors could not exceed
            at the grid's resolution: the scale on which to read the Bayes factor.
    """

    cube: Mapping[str, np.ndarray]
    log_bayes_factor: float
    overlap: float


def pool(
    experiments: Mapping[str, LogDensity], points: int, draws: int, seed: int, shared: int = SHARED
) -> Pooled:
    """Join the posteriors of several experiments.

    Args:
        experiments: Log posterior density of each experiment.
        points: Points of the grid in each direction.
        draws: Draws of the joint posterior.
        seed: Seed of the draws.
        shared: Parameters in common, the first ones; one more is each experiment's own.

    Returns:
        Draws, uniform within their cells of the grid, and the Bayes factor.
    """
    random = np.random.default_rng(seed)
    middle = (np.arange(points) + 0.5) / points
    grid = np.stack(np.meshgrid(*[middle] * (shared + 1), indexing="ij"), -1)
    shape = (points**shared, points)
    density = {
        name: log_density(grid.reshape(-1, shared + 1)).reshape(shape)
        for name, log_density in experiments.items()
    }
    # Normalised over the grid, so that what a flow puts between its points does no harm.
    density = {name: value - logsumexp(value) for name, value in density.items()}
    marginal = {name: logsumexp(value, axis=1) for name, value in density.items()}
    cells = np.log(points) * shared
    joint = sum(marginal.values()) + cells * (len(marginal) - 1)
    chosen = random.choice(len(joint), draws, p=softmax(joint))
    jitter = (random.random((draws, shared)) - 0.5) / points
    common = grid[..., 0, :shared].reshape(-1, shared)[chosen] + jitter
    cube = {}
    for name, value in density.items():
        own = softmax(value[chosen], axis=1).cumsum(axis=1)
        index = (own < random.random((draws, 1)) * own[:, -1:]).sum(1)
        last = middle[index] + (random.random(draws) - 0.5) / points
        cube[name] = np.column_stack([common, last])
    return Pooled(cube, float(logsumexp(joint)), float(cells * (len(marginal) - 1)))


def strength(log_bayes_factor: float) -> str:
    """Say in words what a log Bayes factor for one population means; no full stop."""
    factor = np.exp(abs(log_bayes_factor))
    if factor < 3:
        return f"The data hardly speak about it (Bayes factor {factor:.1f})"
    if log_bayes_factor > 0:
        return f"One population is {factor:,.0f} times as likely as separate ones"
    return f"Separate populations are {factor:,.0f} times as likely as one"


def check_shared(priors: Mapping[str, ParameterPrior]) -> None:
    """Check that games can share one skill Gaussian.

    Raises:
        SatisficeError: They have supertypes by role, or other bounds of mu or sigma.
    """
    first_name, first = next(iter(priors.items()))
    for game, prior in priors.items():
        place = f"config, key games.{game}.parameter_prior"
        if prior.roles:
            raise SatisficeError(
                f"{place}.roles", "gives each role its own skills.", "Pool games without roles."
            )
        if not np.array_equal(prior.bounds[:, :SHARED], first.bounds[:, :SHARED]):
            raise SatisficeError(
                place,
                f"bounds mu or sigma otherwise than {first_name} does.",
                "Give all games the same bounds of mu and of sigma.",
            )


def moments(
    priors: Mapping[str, ParameterPrior],
    separate: Mapping[str, np.ndarray],
    pooled: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Means and SDs of every quantity of each game, separate and pooled.

    Args:
        priors: Of each game.
        separate: Draws of each game's own posterior, on the unit cube.
        pooled: Draws of the pooled posterior.
    """
    rows = []
    for kind, cubes in {"separate": separate, "pooled": pooled}.items():
        for game, cube in cubes.items():
            names, values = quantities(priors[game], cube)
            measured = {"game": game, "posterior": kind, "quantity": names}
            measured |= {"mean": values.mean(0), "sd": values.std(0, ddof=1)}
            rows.append(pd.DataFrame(measured))
    return pd.concat(rows, ignore_index=True)


def pooled_in_words(log_bayes_factor: float, warned: list[str]) -> str:
    """What the Bayes factor says, and of which games it says little."""
    verdict = strength(log_bayes_factor)
    if not warned:
        return f"{verdict}."
    return (
        f"{verdict}; but the model misfits the humans of {', '.join(warned)}, so this compares "
        "least bad fits."
    )
