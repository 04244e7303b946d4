"""Could a contender have made these data? A test by direct simulation.

There are more statistics than parameters, so no theta matches all of them by accident. As in
Hansen's (1982) J test the distance is what remains at the nearest theta. Simulations at that theta,
with the distance minimised again for each of them, say what is usual.

Moments of the statistics in a small box around the nearest theta make the minimisation cheap. They
only propose: the box is narrowed, and filled with simulations, until the distance of the data
agrees with one from simulations at the nearest theta alone; and false alarms are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from satisfice.checks.moments import Box, Moments, Nearest
from satisfice.checks.nearest_box import Simulate, joined, locate
from satisfice.checks.settings import MisspecificationSettings

LEVEL = 0.05
"""Nominal share of false alarms."""

AGREE = 0.15
"""Two distances agree if they differ by a smaller share of the larger one."""

SHRINKING, GROWTH = 0.8, 1.25
"""Factors of the sides of a box in which distances do not agree, and of the simulations in it."""

CLOSE = 0.2
"""SD of the points close to the nearest theta, as a share of the box."""

ALARMS, NULL = 100, 19
"""Own data sets that the test is tried on, and simulations that say what is usual for each. A data
set is rejected if it is farther than all 19, by chance one in twenty."""

FEWEST = 0.25
"""Share of a round's simulations that are made even if the box is full of earlier ones."""


@dataclass(frozen=True)
class Misspecification:
    """Result of the test.

    Attributes:
        cube: The nearest theta on the unit cube, shape (parameters,).
        distance: Squared Mahalanobis distance of the data there, from the moments.
        direct: The same from simulations at that theta alone.
        p_value: Share of the contender's own data sets, made at that theta, with a distance as
            large.
        usual: Their distances, shape (own,), sorted.
        residual: Data minus mean of the simulations at that theta, in their SDs, (statistics,).
        rejected_own: Share of own data sets at that theta that the test rejects.
        rejected_other: The same at other theta, those estimated from own data.
        statistics: Number of statistics that are no sums of others.
        simulations: Number of simulations that the test took, without those given to it.
    """

    cube: np.ndarray
    distance: float
    direct: float
    p_value: float
    usual: np.ndarray
    residual: np.ndarray
    rejected_own: float
    rejected_other: float
    statistics: int
    simulations: int

    @property
    def settled(self) -> bool:
        """Whether the moments agree with simulations at the nearest theta alone."""
        return agree(self.distance, self.direct, self.statistics)


@dataclass(frozen=True)
class Question:
    """Could a contender have made these data?

    Attributes:
        simulate: Simulates the contender's statistics.
        observed: The data, shape (statistics,).
        unit: Smallest SD of each statistic that matters, shape (statistics,).
        cube: Points of the unit cube that were simulated before, shape (points, parameters),
            possibly none.
        statistics: Their statistics, shape (points, statistics).
    """

    simulate: Simulate
    observed: np.ndarray
    unit: np.ndarray
    cube: np.ndarray
    statistics: np.ndarray


def judge(asked: Question, settings: MisspecificationSettings, seed: int) -> Misspecification:
    """Test whether a contender could have made data; ``seed`` is that of the points simulated."""
    counted = _Counted(asked.simulate)
    moments, near, own = search(replace(asked, simulate=counted), settings, seed)
    direct, residual = directly(asked.observed, own, asked.unit, moments.kept)
    at = np.repeat(near.cube, settings.own, axis=0)
    usual = moments.nearest(counted(at, "usual"))
    distance = float(near.distance[0])
    own_share = share_rejected(counted, moments, at[:ALARMS], "own alarms")
    other_share = share_rejected(counted, moments, usual.cube[:ALARMS], "other alarms")
    return Misspecification(
        near.cube[0],
        distance,
        direct,
        (1 + int((usual.distance >= distance).sum())) / (1 + settings.own),
        np.sort(usual.distance),
        residual,
        own_share,
        other_share,
        int(moments.kept.sum()),
        counted.number,
    )


def search(
    asked: Question, settings: MisspecificationSettings, seed: int
) -> tuple[Moments, Nearest, np.ndarray]:
    """Find the nearest theta, and moments around it; see :func:`judge`.

    Returns:
        The moments, the nearest theta, and simulations there, shape (own, statistics).
    """
    random = np.random.default_rng(seed)
    simulate, observed, unit = asked.simulate, asked.observed, asked.unit
    size = settings.simulations
    before = asked.cube, asked.statistics
    box, cube, statistics = locate(simulate, observed, *before, size, random)
    boxes: list[Box] = []
    best = _Found(np.empty((0, cube.shape[1])), np.inf, np.empty(0))
    while True:
        boxes.append(box)
        missing = size - int(box.holds(cube).sum())
        more = _points(box, best.cube, max(missing, int(FEWEST * size)), random)
        cube, statistics = joined(cube, statistics, more, simulate(more, f"box {len(boxes)}"))
        moments = _fit(box, cube, statistics, unit)
        near = moments.nearest(observed[None])
        at = np.repeat(near.cube, settings.own, axis=0)
        own = simulate(at, f"own {len(boxes)}")
        direct, _ = directly(observed, own, unit, moments.kept)
        found = _Found(near.cube, direct, own)
        settled = agree(float(near.distance[0]), direct, int(moments.kept.sum()))
        best = found if settled or direct < best.distance else best
        if settled or len(boxes) == settings.rounds:
            break
        # What was simulated at the nearest theta corrects the moments there.
        cube, statistics = joined(cube, statistics, at, own)
        box, size = box.shrunk(best.cube[0], SHRINKING), int(size * GROWTH)
    for wide in boxes[:-1]:
        wider = _fit(wide, cube, statistics, unit)
        there = wider.nearest(observed[None])
        if agree(float(there.distance[0]), best.distance, int(wider.kept.sum())):
            return wider, Nearest(best.cube, there.distance), best.own
    return moments, Nearest(best.cube, near.distance), best.own


@dataclass(frozen=True)
class _Found:
    """A theta, the distance of the data from simulations there, and these simulations."""

    cube: np.ndarray
    distance: float
    own: np.ndarray


def _fit(box: Box, cube: np.ndarray, statistics: np.ndarray, unit: np.ndarray) -> Moments:
    inside = box.holds(cube)
    return Moments.fit(box, cube[inside], statistics[inside], unit)


def share_rejected(
    simulate: Simulate, moments: Moments, truths: np.ndarray, purpose: str, null: int = NULL
) -> float:
    """Share of a contender's own data sets that the test rejects.

    Each is compared with simulations at its own nearest theta.

    Args:
        simulate: Simulates the contender.
        moments: Moments around the theta.
        truths: Theta of each data set on the unit cube, shape (data sets, parameters).
        purpose: Part of the random numbers' seed.
        null: Number of simulations for each.
    """
    data = moments.nearest(simulate(truths, f"{purpose}, data"))
    own = simulate(np.repeat(data.cube, null, axis=0), f"{purpose}, null")
    usual = moments.nearest(own).distance.reshape(-1, null)
    p_value = (1 + (usual >= data.distance[:, None]).sum(1)) / (1 + null)
    return float((p_value <= LEVEL + 1e-9).mean())


def directly(
    observed: np.ndarray, own: np.ndarray, unit: np.ndarray, kept: np.ndarray
) -> tuple[float, np.ndarray]:
    """Squared Mahalanobis distance of data from simulations, and residuals in their SDs.

    Args:
        observed: Shape (statistics,).
        own: Simulations at one theta, shape (simulations, statistics).
        unit: Smallest SD of each statistic that matters, shape (statistics,).
        kept: Which statistics count for the distance, shape (statistics,).
    """
    mean, sd = own.mean(0), np.sqrt(own.var(0) + unit**2)
    residual = (observed - mean) / sd
    z, number, size = ((own - mean) / sd)[:, kept], len(own), int(kept.sum())
    covariance = z.T @ z / (number - 1) + np.diag(((unit / sd) ** 2)[kept])
    far = float(residual[kept] @ np.linalg.solve(covariance, residual[kept]))
    # The inverse of an estimated covariance is too large (Hartlap, Simon and Schneider 2007).
    return far * (number - size - 2) / (number - 1), residual


def agree(one: float, other: float, statistics: int) -> bool:
    """Whether two squared distances are the same for all purposes of the test."""
    return abs(one - other) <= AGREE * max(one, other, statistics)


def _points(box: Box, centre: np.ndarray, number: int, random: np.random.Generator) -> np.ndarray:
    """Points of a box, half of them close to the nearest theta if it is known."""
    everywhere = box.points(number, random)
    if not len(centre):
        return everywhere
    close = np.clip(centre + CLOSE * random.normal(size=everywhere.shape) @ box.axes, 0.0, 1.0)
    return np.concatenate([everywhere[: number // 2], close[number // 2 :]])


class _Counted:
    """A simulator that counts its simulations."""

    def __init__(self, simulate: Simulate) -> None:
        self._simulate, self.number = simulate, 0

    def __call__(self, cube: np.ndarray, purpose: str) -> np.ndarray:
        self.number += len(cube)
        return self._simulate(cube, purpose)
