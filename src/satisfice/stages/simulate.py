"""Rules ``simulate`` and ``simulate_chunk``: simulate the human experiment for prior draws."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.runs import read_simulations
from satisfice.learning.populations import load_population
from satisfice.progress import Progress, logger
from satisfice.simulation.from_prior import simulate_prior
from satisfice.simulation.simulator import BLOCK, Experiment

ROWS = ("theta", "x", "failures", "seeds")
"""Arrays with a row for each simulation."""


def chunk_range(simulations: int, chunks: int, chunk: int) -> tuple[int, int]:
    """First and last (exclusive) simulation of a chunk; chunks start at whole blocks."""
    blocks = -(-simulations // BLOCK)
    first, last = (blocks * part // chunks * BLOCK for part in (chunk, chunk + 1))
    return min(first, simulations), min(last, simulations)


def simulate(
    policy: str | Path,
    dataset: str | Path,
    simulations: int,
    seed: int,
    table: str | Path,
    *,
    parts: Sequence[str] = (),
    chunks: int = 1,
    chunk: int | str = 0,
) -> None:
    """Simulate the human experiment for draws from the prior, or join the chunks.

    ``simulations`` is the number over all chunks. The table, an npz file, has theta, x, seeds and
    failures; ``parts`` are the tables of all chunks in order, to join them.
    """
    if parts:
        _join(parts, table)
        return
    population, description = load_population(policy)
    experiment = Experiment(population.game, load_dataset(dataset, population.game).markets)
    first, last = chunk_range(simulations, chunks, int(chunk))
    found = simulate_prior(
        experiment,
        population,
        description["variant_name"],
        first,
        last,
        seed,
        Progress(max(1, last - first), "simulations"),
    )
    logger.info("%d of %d simulations failed", (found.failures != "").sum(), last - first)
    write_arrays(
        table,
        **vars(found),
        seeds=np.arange(first, last),
        labels=np.array(experiment.labels),
        space=np.array(population.space.as_json()),
    )


def _join(parts: Sequence[str], table: str | Path) -> None:
    chunks = [read_simulations(part) for part in parts]
    rows = {name: np.concatenate([chunk[name] for chunk in chunks]) for name in ROWS}
    write_arrays(table, **rows, labels=chunks[0]["labels"], space=chunks[0]["space"])
