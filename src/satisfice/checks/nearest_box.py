"""Where in the prior a contender's play is nearest to data: sequential rejection.

From round to round simulations are made around those nearest to the data, as in population Monte
Carlo (Beaumont et al. 2009), but without weights: only a box is wanted, not a posterior.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.stats import median_abs_deviation

from satisfice.checks.moments import Box

Simulate = Callable[[np.ndarray, str], np.ndarray]
"""Statistics of the experiment at points of the unit cube, shape (simulations, parameters). Play
for the same purpose has the same random numbers."""

NEAREST = 150
"""Simulations that are taken as near to the data."""

RESCALED = 4
"""Times that the statistics are scaled by their spread among the nearest simulations."""

ROUNDS = 6
"""Largest number of rounds."""

STILL = 0.7
"""Rounds end when the volume of the box falls by less than to this share."""

SHARE = 0.96
"""Share of the nearest points in a box, along each axis."""


def locate(
    simulate: Simulate,
    observed: np.ndarray,
    cube: np.ndarray,
    statistics: np.ndarray,
    simulations: int,
    random: np.random.Generator,
) -> tuple[Box, np.ndarray, np.ndarray]:
    """Find a box around the theta nearest to data.

    Args:
        simulate: Simulates the contender.
        observed: The data, shape (statistics,).
        cube: Points that were simulated before, shape (points, parameters), possibly none.
        statistics: Their statistics, shape (points, statistics).
        simulations: Number of simulations in each round.
        random: Draws the points.

    Returns:
        The box, and all points and statistics that are finite.
    """
    if len(cube) < simulations:
        prior = random.random((simulations, cube.shape[1]))
        cube, statistics = joined(cube, statistics, prior, simulate(prior, "prior"))
    box = Box.around(cube[nearest(statistics, observed)], SHARE)
    for number in range(ROUNDS):
        start = cube[nearest(statistics, observed)]
        spread = np.atleast_2d(np.cov(start.T))
        wanted = start[random.integers(len(start), size=simulations)]
        wanted = wanted + random.multivariate_normal(np.zeros(len(spread)), spread, simulations)
        wanted = reflected(wanted)
        cube, statistics = joined(cube, statistics, wanted, simulate(wanted, f"near {number}"))
        before, box = box, Box.around(cube[nearest(statistics, observed)], SHARE)
        if box.volume > STILL * before.volume:
            break
    return box, cube, statistics


def nearest(statistics: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Numbers of the simulations nearest to the data, which say on which scale to measure.

    Differences are compressed, so that a statistic that none can match does not decide alone.
    """
    rows = np.arange(len(statistics))
    for _ in range(RESCALED):
        scale = median_abs_deviation(statistics[rows], axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        far = (np.arcsinh((statistics - observed) / scale) ** 2).sum(1)
        rows = np.argsort(far, kind="stable")[:NEAREST]
    return rows


def reflected(points: np.ndarray) -> np.ndarray:
    """Points outside the cube, reflected at its sides."""
    return np.asarray(1.0 - np.abs(1.0 - np.abs(points) % 2.0))


def joined(
    cube: np.ndarray, statistics: np.ndarray, points: np.ndarray, theirs: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points and their statistics, with further ones whose statistics are finite."""
    usable = np.isfinite(theirs).all(-1)
    both = np.concatenate([statistics, theirs[usable]])
    return np.concatenate([cube, points[usable]]), both
