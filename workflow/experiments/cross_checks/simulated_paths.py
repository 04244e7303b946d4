"""Simulated experiments with their whole paths, beside the statistics of the same play."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.cross_checks.paths import PathLayout, pack_paths
from satisfice.io.datasets import load_dataset
from satisfice.io.observed import read_observed
from satisfice.learning.populations import load_population
from satisfice.population.parameters import ParameterSpace
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence
from satisfice.simulation.from_prior import prior_draws
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    failure_reasons,
    population_player,
    simulate,
)

STATISTICS, PATHS = "statistics", "paths"
"""Possible inputs of an estimator."""

AT_A_TIME = 10 * BLOCK
"""Number of simulations whose play is kept in full before it is packed."""


@dataclass(frozen=True)
class Simulations:
    """Simulated experiments.

    Attributes:
        space: The parameters.
        layout: Layout of paths in a row.
        cube: Shape (simulations, parameters), on the unit cube.
        statistics: Shape (simulations, fitted statistics).
        paths: Shape (simulations, ``layout.width``), the fitted treatments' paths.
    """

    space: ParameterSpace
    layout: PathLayout
    cube: np.ndarray
    statistics: np.ndarray
    paths: np.ndarray

    def inputs(self, summaries: str) -> np.ndarray:
        """Inputs of an estimator, shape (simulations, numbers), float32."""
        return self.paths if summaries == PATHS else self.statistics.astype(np.float32)


def simulate_paths(
    folder: str | Path,
    dataset: str | Path,
    observed: str | Path,
    simulations: int,
    seed: int,
) -> Simulations:
    """Repeat the first simulations of the rule ``simulate``, and keep their paths.

    Treatments without fitted statistics are also played, as the random numbers are in the order
    of the treatments, but not kept. Simulations with a statistic that is not finite are left out.
    """
    population, description = load_population(folder)
    game, space = population.game, population.space
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    table = read_observed(observed)
    fitted = (table.split == "fit").to_numpy()
    shown = set(table.treatment[fitted])
    layout = PathLayout.of(game, {t: n for t, n in experiment.markets.items() if t in shown})
    key = (game.name, description["variant_name"])
    cube = prior_draws(population, description["variant_name"], 0, simulations, seed)
    theta, progress = space.from_unit(cube), Progress(simulations, "simulations")
    parts, rows = [], []
    for first in range(0, simulations, AT_A_TIME):
        statistics, play = simulate(
            experiment,
            population_player(population),
            theta[first : first + AT_A_TIME],
            seed_sequence(seed, "simulate", *key),
            first=first,
            keep_play=True,
        )
        parts.append(pack_paths(layout, play))
        rows.append(statistics)
        progress(first + len(statistics))
    together = np.concatenate(rows)
    usable = failure_reasons(together, experiment.labels) == ""
    paths = np.concatenate(parts)
    return Simulations(
        space,
        layout,
        cube[usable],
        together[usable][:, fitted],
        paths if usable.all() else paths[usable],
    )
