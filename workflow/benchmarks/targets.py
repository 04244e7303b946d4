"""Targets for the costs, and whether they are met."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

LARGEST_EXPONENT = 1.05
"""Costs may grow in proportion to their cause, and hardly faster."""

TIMES_CHEAPER = 100.0
"""Calibration with one shared policy, against one policy for every theta."""

LARGEST_MEMORY = 2048.0
"""Mebibytes of one job: a small laptop has twice as much."""

SHARE_OF_NETWORK = {"beer_game": 0.3}
"""Simulated decisions a second, over those of the bare network. A chain of stocks is more work than
a market, whose share is ``SHARE_OF_A_MARKET``."""

SHARE_OF_A_MARKET = 0.5

TIMES_FASTER = 100.0
"""Simulated decisions a second, over those of an environment stepped agent by agent."""

AT_MOST, AT_LEAST = "at most", "at least"


def compare(
    throughput: pd.DataFrame,
    exponents: pd.DataFrame,
    retraining: pd.DataFrame,
    needed: pd.DataFrame,
    budgets: Mapping[str, int],
    costs: pd.DataFrame,
) -> pd.DataFrame:
    """Every target beside its measurement.

    Args:
        throughput: Rows of :func:`benchmarks.throughput.measure_throughput`; only the medians
            under default beliefs are used.
        exponents: Rows of :func:`benchmarks.scaling.exponents`.
        retraining: One row for each game, with ``times_cheaper_with_learning``.
        needed: Rows of :func:`benchmarks.budgets.needed`, possibly none.
        budgets: Number of simulations of each game's estimator in the run.
        costs: Rows of :func:`benchmarks.stage_costs.stage_costs`.

    Returns:
        Columns target, unit, measured, sense (``at most`` or ``at least``), limit and met.
        Missing measurements are NaN, and do not meet their target.
    """
    rows: list[tuple[str, str, Any, str, float]] = [*_speeds(throughput)]
    rows += [
        (
            f"{row.game}: exponent of cost in the number of {row.varied}",
            "", row.exponent, AT_MOST, LARGEST_EXPONENT,
        )
        for row in exponents.itertuples()
    ]  # fmt: skip
    rows += [
        (
            f"{row.game}: retraining for every theta, over calibration with its one training",
            "times", row.times_cheaper_with_learning, AT_LEAST, TIMES_CHEAPER,
        )
        for row in retraining.itertuples()
    ]  # fmt: skip
    rows += [
        (
            f"{row.game}: simulations that NPE needs for a C2ST of {row.level:g}",
            "simulations", row.simulations_needed, AT_MOST, budgets[str(row.game)],
        )
        for row in needed[needed.estimator == "npe"].itertuples()
    ]  # fmt: skip
    rows.append(
        (
            "largest memory of a job", "mebibytes", costs.peak_memory_mebibytes.max(), AT_MOST,
            LARGEST_MEMORY,
        )
    )  # fmt: skip
    table = pd.DataFrame(rows, columns=["target", "unit", "measured", "sense", "limit"])
    below = table.measured <= table.limit
    above = table.measured >= table.limit
    return table.assign(met=below.where(table.sense == AT_MOST, above))


def _speeds(throughput: pd.DataFrame) -> list[tuple[str, str, float, str, float]]:
    table = throughput[throughput.default]
    rows = []
    for game, median in _medians(table, "simulator_over_forward_passes"):
        limit = SHARE_OF_NETWORK.get(game, SHARE_OF_A_MARKET)
        what = f"{game}: decisions a second, simulator over bare network"
        rows.append((what, "ratio", median, AT_LEAST, limit))
    for game, median in _medians(table, "simulator_over_environment"):
        what = f"{game}: decisions a second, simulator over environment"
        rows.append((what, "times", median, AT_LEAST, TIMES_FASTER))
    return rows


def _medians(table: pd.DataFrame, measure: str) -> list[tuple[str, float]]:
    part = table[table.measure == measure]
    return list(zip(part.game.astype(str), part["median"].astype(float), strict=True))
