"""Rule ``benchmark_throughput``: the simulator's speed beside what bounds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from satisfice.benchmarks.throughput import build_workload, rows_of, time_side_by_side, told
from satisfice.io.files import write_table
from satisfice.progress import logger


def measure_throughput(
    games: Mapping[str, Mapping[str, Any]],
    datasets: Mapping[str, str | Path],
    policies: Iterable[Path],
    settings: Mapping[str, Any],
    seed: int,
    output: str | Path,
) -> None:
    """Time the simulator of every game and prior belief.

    Args:
        games: Of each game the config's ``default_belief``, ``beliefs`` and ``parameter_prior``.
        datasets: Folder of each game's human data, for the experiment's design.
        policies: Folders ``<game>/policy/<belief>`` of trained policies. Of other beliefs an
            untrained one is timed: its network is as large.
        settings: The config's ``benchmark.throughput``.
        seed: The run's seed.
        output: A CSV file; :func:`rows_of` says what is in it.
    """
    trained = {(folder.parts[-3], folder.name): folder for folder in policies}
    threads = torch.get_num_threads()
    torch.set_num_threads(settings["threads"])
    try:
        rows = []
        for game, config in games.items():
            for belief in config["beliefs"]:
                policy = trained.get((game, belief))
                workload = build_workload(game, belief, config, datasets[game], policy, seed)
                rates = time_side_by_side(workload, settings["repetitions"], seed)
                logger.info("%s %s: %s", game, belief, told(rates))
                about = {
                    "game": game,
                    "belief": belief,
                    "default": belief == config["default_belief"],
                    "memoryless": workload.population.memoryless,
                    "policy": "learnt" if policy else "untrained",
                    "threads": settings["threads"],
                    "repetitions": settings["repetitions"],
                }
                rows += [about | row for row in rows_of(rates)]
    finally:
        torch.set_num_threads(threads)
    write_table(output, pd.DataFrame(rows))
