"""Rule ``benchmark_throughput``: the simulator's speed beside what bounds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch

from satisfice.benchmarks.throughput import Workload, time_side_by_side
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_table
from satisfice.learning.populations import build_problem, load_population
from satisfice.learning.problem import LearningSettings
from satisfice.learning.rollout import Population
from satisfice.population.parameters import ParameterPrior
from satisfice.population.separate_policies import new_policy
from satisfice.progress import logger
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import BLOCK, Experiment

RATE = "decisions per second"


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
                logger.info("%s %s: %s", game, belief, _told(rates))
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


def build_workload(
    game_name: str,
    belief: str,
    config: Mapping[str, Any],
    dataset: str | Path,
    policy: Path | None,
    seed: int,
) -> Workload:
    """One block of simulations of the human experiment, for draws from the prior.

    Args:
        game_name: Name of the game.
        belief: Name of the prior belief.
        config: The game's ``beliefs`` and ``parameter_prior``.
        dataset: Folder of the human data.
        policy: Folder of the trained policy; without it an untrained one plays.
        seed: The run's seed.
    """
    prior = ParameterPrior.from_config(config["parameter_prior"])
    if policy:
        population, _ = load_population(policy)
    else:
        variant = config["beliefs"][belief]
        problem = build_problem(load_game(game_name), variant, prior)
        network = new_policy(problem.policy_shape(LearningSettings(**variant["learning"])))
        population = Population(problem.game, network, problem.belief, problem.information)
    key = ("throughput", game_name, belief)
    cube = uniform_rows(seed_sequence(seed, "theta", *key), 0, BLOCK, len(prior.names))
    return Workload(
        Experiment(population.game, load_dataset(dataset, population.game).markets),
        population,
        prior.from_unit(cube),
        seed_sequence(seed, "simulate", *key),
    )


def rows_of(rates: Mapping[str, np.ndarray]) -> list[dict[str, Any]]:
    """Medians and ranges of the rates, and of the ratios of the simulator's to the others.

    A ratio is taken within each repetition, between rates measured one after the other.
    """
    measures = {name: (RATE, values) for name, values in rates.items()}
    for name in ("forward_passes", "environment"):
        measures[f"simulator_over_{name}"] = ("ratio", rates["simulator"] / rates[name])
    return [
        {
            "measure": name,
            "unit": unit,
            "median": float(np.median(values)),
            "smallest": float(values.min()),
            "largest": float(values.max()),
        }
        for name, (unit, values) in measures.items()
    ]


def _told(rates: Mapping[str, np.ndarray]) -> str:
    return ", ".join(f"{name} {np.median(values):,.0f} / s" for name, values in rates.items())
