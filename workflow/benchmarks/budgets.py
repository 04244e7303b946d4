"""Number of simulations that an estimator needs to come close to the exact posterior."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd


def simulations_needed(budgets: np.ndarray, distances: np.ndarray, level: float) -> float:
    """Smallest budget above which a distance stays at or below a level.

    Args:
        budgets: Shape (budgets,), increasing.
        distances: Shape (budgets,), mean C2ST at each.
        level: The level.

    Returns:
        Interpolated, in the logarithm of the budget, between the last budget above the level and
        the next. The first budget if all distances are below; infinity if the last is above.
    """
    above = np.flatnonzero(distances > level)
    if not len(above):
        return float(budgets[0])
    last = int(above[-1])
    if last == len(budgets) - 1:
        return math.inf
    share = (distances[last] - level) / (distances[last] - distances[last + 1])
    return float(np.exp((1 - share) * np.log(budgets[last]) + share * np.log(budgets[last + 1])))


def mean_c2st(found: pd.DataFrame) -> pd.DataFrame:
    """Mean C2ST over data sets, with its standard error.

    Args:
        found: One row for each game, estimator, budget and data set, with ``c2st``.

    Returns:
        Columns game, estimator, budget, simulations (those of all data sets together), c2st,
        standard_error (NaN with one data set) and data_sets.
    """
    grouped = found.groupby(["game", "estimator", "budget"], sort=False)
    return grouped.agg(
        simulations=("simulations", "sum"),
        c2st=("c2st", "mean"),
        standard_error=("c2st", "sem"),
        data_sets=("c2st", "size"),
    ).reset_index()


def needed(means: pd.DataFrame, level: float) -> pd.DataFrame:
    """Simulations that each estimator needs for one data set.

    Args:
        means: The rows of :func:`mean_c2st`.
        level: Mean C2ST to reach.

    Returns:
        Columns game, estimator, level, simulations_needed; see :func:`simulations_needed`.
    """
    rows = []
    for (game, estimator), part in means.groupby(["game", "estimator"], sort=False):
        part = part.sort_values("budget")
        found = simulations_needed(part.budget.to_numpy(), part.c2st.to_numpy(), level)
        rows.append([game, estimator, level, found])
    return pd.DataFrame(rows, columns=["game", "estimator", "level", "simulations_needed"])
