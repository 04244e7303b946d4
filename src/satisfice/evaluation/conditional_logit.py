"""A conditional logit of decisions (McFadden 1974) on smooth functions of the history features."""

from __future__ import annotations

import numpy as np

from satisfice.evaluation.choices import Kept

REACHES = (0.5, 2.0, 8.0)
"""Steps of the grid over which nearness to a past level fades by the factor e."""

RIDGE = 3.0
"""Precision of the normal prior of the weights."""

STEPS, LARGEST_STEP, SMALL_STEP = 15, 2.0, 1e-3
"""Newton steps at most, the largest change of a weight in one, and the change at which to stop."""


def basis(names: list[str], features: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """Functions of the features of candidates, shape (..., functions), float32.

    Args:
        names: Names of the features.
        features: Shape (..., features).
        grid: Shape (actions,), in natural units.
    """
    column = {name: features[..., place] for place, name in enumerate(names)}
    place = (column["candidate"] - grid[0]) / (grid[-1] - grid[0])
    found = [place, place**2, column["frequency"]]
    for name, values in column.items():
        if name.startswith("from_"):
            found += _nearness(values, grid)
        elif name.startswith(("own_", "others_")):
            found.append(np.log1p(10.0 * values))
        elif name in ("expected_regret", "gain_foregone", "gains_foregone"):
            found.append(np.nan_to_num(values).clip(-3.0, 3.0))
    first = column["round"] == 0
    favoured = np.log1p(20.0 * column["roundness_favoured"])
    found.append(np.where(first, 0.0, favoured))
    for level in range(1, 6):
        reached = (column["roundness"] >= level).astype(np.float32)
        found += [reached, first * reached]
    at_last = column["own_used_0.4"] >= 1.0
    found += [
        at_last * np.nan_to_num(column["repeated"]),
        at_last * (column["round"] / (5.0 + column["round"])),
    ]
    return np.stack(found, -1).astype(np.float32)


def _nearness(distance: np.ndarray, grid: np.ndarray) -> list[np.ndarray]:
    """How near candidates are to a level; zero where the level is unknown."""
    known, step = np.isfinite(distance), grid[1] - grid[0]
    steps = np.abs(np.where(known, distance, 0.0)) / step
    near = [np.where(known, np.exp(-steps / reach), 0.0) for reach in REACHES]
    return [*near, np.where(known, -4.0 * steps / len(grid), 0.0)]


def fit_logit(functions: np.ndarray, kept: Kept) -> np.ndarray:
    """Weights of the functions, by Newton's method on the penalised log-likelihood.

    Args:
        functions: Shape (rows, functions).
        kept: The candidates of the rows.
    """
    wanted = functions[kept.chosen].sum(0, dtype=np.float64)
    weights = np.zeros(functions.shape[1])
    for _ in range(STEPS):
        probability = kept.probabilities(functions @ weights.astype(np.float32) + kept.correction)
        weighted = functions * probability[:, None].astype(np.float32)
        means = np.add.reduceat(weighted, kept.starts)
        slope = wanted - means.sum(0, dtype=np.float64) - RIDGE * weights
        curvature = (functions.T @ weighted - means.T @ means).astype(np.float64)
        change = np.linalg.solve(curvature + RIDGE * np.eye(len(weights)), slope)
        weights += change * min(1.0, LARGEST_STEP / max(float(np.abs(change).max()), 1e-12))
        if np.abs(change).max() < SMALL_STEP:
            break
    return weights
