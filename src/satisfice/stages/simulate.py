"""Rules ``simulate`` and ``gather``: play the human experiment in silico."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.joined_arrays import join_arrays
from satisfice.io.runs import read_simulations
from satisfice.learning.populations import load_population
from satisfice.progress import Progress, logger
from satisfice.simulation.from_prior import simulate_prior
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
)


def chunk_range(simulations: int, chunks: int, chunk: int) -> tuple[int, int]:
    """First and last (exclusive) simulation of a chunk; chunks start at whole blocks."""
    blocks = -(-simulations // BLOCK)
    first, last = (blocks * part // chunks * BLOCK for part in (chunk, chunk + 1))
    return min(first, simulations), min(last, simulations)


def simulate_chunk(
    folder: str | Path,
    dataset: str | Path,
    simulations: int,
    chunks: int,
    chunk: int,
    seed: int,
    output: str | Path,
) -> None:
    """Simulate the human experiment for one part of the draws from the prior.

    Args:
        folder: Folder of the trained policy.
        dataset: Folder of the human data, for the experiment's design.
        simulations: Number of simulations over all chunks.
        chunks: Number of chunks.
        chunk: Which one, from 0.
        seed: The run's seed.
        output: A npz file with theta, x, seeds and failures.
    """
    population, description = load_population(folder)
    experiment = Experiment(population.game, load_dataset(dataset, population.game).markets)
    first, last = chunk_range(simulations, chunks, chunk)
    found = simulate_prior(
        experiment,
        population,
        description["variant_name"],
        first,
        last,
        seed,
        Progress(max(1, last - first), "simulations"),
    )
    write_arrays(
        output,
        **vars(found),
        seeds=np.arange(first, last),
        labels=np.array(experiment.labels),
        space=np.array(population.space.as_json()),
    )


def gather_simulations(parts: list[str], output: str | Path) -> None:
    """Join the chunks in their order; memory does not grow with their number."""
    counts = [_count_failures(part) for part in parts]
    join_arrays(parts, output, rows=("theta", "x", "seeds", "failures"), once=("labels", "space"))
    joined, failed = map(sum, zip(*counts, strict=True))
    logger.info("%d simulations, %d of them failed", joined, failed)


def _count_failures(part: str) -> tuple[int, int]:
    failures = read_simulations(part)["failures"]
    return len(failures), int((failures != "").sum())
