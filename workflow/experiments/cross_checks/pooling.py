"""Rule ``pool``: one population for several games, with skills in common and KL weights apart.

Amortised posteriors are enough for that. On the unit cube the prior is one, so each posterior is
the likelihood of its own data up to a constant; their product over a grid of the shared parameters,
with everything else integrated out, is the pooled posterior.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import logsumexp, softmax

from experiments.cross_checks import figures
from satisfice.errors import SatisficeError
from satisfice.inference.ensemble import Ensemble
from satisfice.io.files import read_json, write_arrays, write_json, write_table
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_draws, space_in
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.report.style import drawing, save

LogDensity = Callable[[np.ndarray], np.ndarray]
"""Maps points of the cube, shape (points, 3), to the log posterior density of one experiment."""

POINTS = 48
"""Usual number of points of the grid in each direction."""

DRAWS = 4000
"""Draws of the pooled posterior."""

SHARED = 2
"""Parameters in common, the first ones: location and scale of the skill Gaussian."""


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


def check_shared(spaces: Mapping[str, ParameterSpace]) -> None:
    """Check that games can share one skill Gaussian.

    Raises:
        SatisficeError: They have supertypes by role, or other bounds of mu or sigma.
    """
    first_name, first = next(iter(spaces.items()))
    for game, space in spaces.items():
        place = f"config, key games.{game}.parameter_prior"
        if space.roles:
            raise SatisficeError(
                f"{place}.roles", "gives each role its own skills.", "Pool games without roles."
            )
        if space.names != SKILL_SPACE.names:
            problem = f"fits {', '.join(space.names)}, not {', '.join(SKILL_SPACE.names)}."
            raise SatisficeError(place, problem, "Pool games that fit nothing else.")
        if not np.array_equal(space.bounds[:, :SHARED], first.bounds[:, :SHARED]):
            raise SatisficeError(
                place,
                f"bounds mu or sigma otherwise than {first_name} does.",
                "Give all games the same bounds of mu and of sigma.",
            )


def moments(
    spaces: Mapping[str, ParameterSpace],
    separate: Mapping[str, np.ndarray],
    pooled: Mapping[str, np.ndarray],
) -> pd.DataFrame:
    """Means and SDs of every quantity of each game, separate and pooled.

    Args:
        spaces: Parameters of each game.
        separate: Draws of each game's own posterior, on the unit cube.
        pooled: Draws of the pooled posterior.
    """
    rows = []
    for kind, cubes in {"separate": separate, "pooled": pooled}.items():
        for game, cube in cubes.items():
            names, values = quantities(spaces[game], cube)
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


def pool_games(
    games: Sequence[str],
    *,
    ensembles: Sequence[str | Path],
    posteriors: Sequence[str | Path],
    observed: Sequence[str | Path],
    misspecification: Sequence[str | Path],
    seed: int,
    draws: str | Path,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Pool the games' posteriors: one skill Gaussian for all, a KL weight for each game.

    Args:
        games: Names of the games.
        ensembles: The safetensors file of each game's ensemble.
        posteriors: The npz file of each game's own posterior, which says what is fitted.
        observed: observed.csv of each game.
        misspecification: misspecification.json of each game.
        seed: The run's seed.
        draws: An npz file with the pooled theta of each game, shape (draws, 3).
        table: A CSV file with means and SDs of every quantity, separate and pooled.
        summary: A JSON file with the Bayes factor.
        figure: Output: the figure.

    Raises:
        SatisficeError: The games have supertypes by role, or other bounds of mu or sigma.
    """
    posterior = dict(zip(games, posteriors, strict=True))
    spaces = {game: space_in(read_draws(path), path) for game, path in posterior.items()}
    check_shared(spaces)
    densities, separate = {}, {}
    for game, path, table_of_humans in zip(games, ensembles, observed, strict=True):
        human = read_observed(table_of_humans)
        statistics = human[human.split == "fit"].value.to_numpy()
        ensemble = Ensemble.load(path)
        densities[game] = partial(ensemble.log_density, statistics=statistics)
        sample = ensemble.sample(statistics[None], DRAWS // len(ensemble.members), seed, "pool")
        separate[game] = np.concatenate(sample[:, 0])
    found = pool(densities, POINTS, DRAWS, small_seed(seed, "pool"))
    write_table(table, moments(spaces, separate, found.cube))
    warned = [
        game
        for game, path in zip(games, misspecification, strict=True)
        if read_json(path)["warning"]
    ]
    content = {
        "log_bayes_factor": found.log_bayes_factor,
        "largest_log_bayes_factor_of_the_grid": found.overlap,
        "sentence": pooled_in_words(found.log_bayes_factor, warned),
    }
    write_json(summary, content)
    theta = {game: spaces[game].from_unit(cube) for game, cube in found.cube.items()}
    write_arrays(draws, **theta)
    shown = {game: spaces[game].from_unit(cube) for game, cube in separate.items()}
    logger.info("%s", content["sentence"])
    with drawing():
        save(figures.pooling(shown, next(iter(theta.values())), str(content["sentence"])), figure)
