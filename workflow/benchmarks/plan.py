"""A plan for very many simulations of a very large market, from measured unit costs."""

from __future__ import annotations

import math

import pandas as pd

from benchmarks.clock import MEBIBYTE
from benchmarks.scaling import fitted

AGENTS, SIMULATIONS, HOURS = 10_000, 1_000_000, 1.0
"""The plan: agents in the market, simulations, and the longest time of one job."""

NUMBER_BYTES = 8
"""Bytes of a float64, the type of statistics and parameters."""


def plan(
    scaling: pd.DataFrame,
    numbers_kept: dict[str, int],
    agents: int = AGENTS,
    simulations: int = SIMULATIONS,
    hours: float = HOURS,
) -> pd.DataFrame:
    """Costs of the simulations for each game whose number of agents varied.

    Args:
        scaling: The rows of :func:`benchmarks.scaling.measure_settings`.
        numbers_kept: Numbers that are kept of one simulation, for each game.
        agents: Agents in the market.
        simulations: Number of simulations.
        hours: Longest time of one job.

    Returns:
        One row for each game. The cost of a simulation is measured, or extrapolated by the fitted
        line if so many agents were not measured (``extrapolated``). Memory is the peak at the
        largest measured number of agents plus a job's results; apart from the results it does not
        grow with the number of simulations.
    """
    rows = []
    for game, part in scaling[scaling.varied == "agents"].groupby("game", sort=False):
        measured = part[part["size"] == agents]
        extrapolated = measured.empty
        seconds = (
            fitted(part).at(agents) if extrapolated else measured.seconds_per_simulation.iloc[0]
        )
        each = max(1, math.floor(hours * 3600 / seconds))
        size = numbers_kept[str(game)] * NUMBER_BYTES
        decisions = part.decisions / part.simulations / part["size"]
        memory = float(part.sort_values("size").peak_memory_mebibytes.iloc[-1])
        rows.append(
            {
                "game": game,
                "agents": agents,
                "simulations": simulations,
                "seconds_per_simulation": float(seconds),
                "extrapolated": bool(extrapolated),
                "core_hours": float(simulations * seconds / 3600),
                "jobs": math.ceil(simulations / each),
                "simulations_per_job": min(each, simulations),
                "hours_per_job": float(min(each, simulations) * seconds / 3600),
                "memory_mebibytes_per_job": memory + min(each, simulations) * size / MEBIBYTE,
                "bytes_of_results": simulations * size,
                "bytes_if_every_decision_were_kept": int(
                    simulations * agents * decisions.iloc[0] * NUMBER_BYTES
                ),
            }
        )
    return pd.DataFrame(rows)
