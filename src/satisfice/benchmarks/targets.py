"""What is asked of the costs, and whether they keep to it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

LARGEST_EXPONENT = 1.05
"""Cost may grow in proportion to its cause, and hardly faster."""

TIMES_CHEAPER = 100.0
"""Calibration with one shared policy, against one policy for every theta."""

LARGEST_MEMORY = 2048.0
"""Mebibytes of one job: a small laptop has twice as much."""

AT_MOST, AT_LEAST = "at most", "at least"


def summary(
    exponents: pd.DataFrame,
    retraining: pd.DataFrame,
    needed: pd.DataFrame,
    budgets: Mapping[str, int],
    costs: pd.DataFrame,
) -> pd.DataFrame:
    """Every target beside what was measured.

    Args:
        exponents: Rows of :func:`satisfice.benchmarks.scaling.exponents`.
        retraining: One row for each game, with ``times_cheaper_with_learning``.
        needed: Rows of :func:`satisfice.benchmarks.budgets.needed`, perhaps none.
        budgets: Simulations that each game's estimator is given in the run.
        costs: Rows of :func:`satisfice.benchmarks.stage_costs.stage_costs`.

    Returns:
        Columns target, unit, measured, sense (``at most`` or ``at least``), limit and met.
        What could not be measured is NaN, and does not meet its target.
    """
    rows = [
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
