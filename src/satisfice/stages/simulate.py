"""Rules ``simulate``, ``gather`` and ``contest_simulate``: play the human experiment in silico."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.contenders import load_contender
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import join_arrays, write_arrays
from satisfice.io.runs import read_simulations
from satisfice.learning.populations import load_population
from satisfice.progress import Progress, logger
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.from_prior import simulate_prior
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    failure_reasons,
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
    """Join the chunks in their order."""
    counts = [_count_failures(part) for part in parts]
    join_arrays(parts, output, rows=("theta", "x", "seeds", "failures"), once=("labels", "space"))
    joined, failed = map(sum, zip(*counts, strict=True))
    logger.info("%d simulations, %d of them failed", joined, failed)


def _count_failures(part: str) -> tuple[int, int]:
    failures = read_simulations(part)["failures"]
    return len(failures), int((failures != "").sum())


def simulate_contender(
    game_name: str,
    name: str,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    simulations: int,
    seed: int,
    output: str | Path,
) -> None:
    """Simulate the human experiment for draws from a contender's prior.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy, where it needs one.
        dataset: Folder of the human data, for the experiment's design.
        simulations: How many; one where nothing is free.
        seed: The run's seed.
        output: A npz file with theta, x, failures and labels.
    """
    game = load_game(game_name)
    contender = load_contender(game, block, policy, f"contender {name} of {game_name}")
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    number = simulations if contender.free else 1
    sequence = seed_sequence(seed, "contest theta", game_name, name)
    theta = contender.from_unit(uniform_rows(sequence, 0, number, len(contender.free)))
    statistics, _ = contender.simulate(
        experiment,
        theta,
        seed_sequence(seed, "contest", game_name, name),
        report=Progress(number, "simulations"),
    )
    write_arrays(
        output,
        theta=theta,
        x=statistics,
        failures=failure_reasons(statistics, experiment.labels),
        labels=np.array(experiment.labels),
        free=np.array(contender.free, dtype="U"),
    )
