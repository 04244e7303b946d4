"""Rule ``neural_decisions``: the neural posterior from decisions beside the likelihood's.

The neural posterior learns from simulated decisions only, and does not know the likelihood. Where
both agree, each confirms the other. On people they need not agree: where the model does
not fit, the neural posterior depends on what its summaries look at.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from experiments.decision_posteriors import figures
from experiments.decision_posteriors.comparison import (
    LIKE_PEOPLE,
    PEOPLE,
    SIMULATED,
    Comparison,
    in_words,
)
from experiments.decision_posteriors.neural_posterior import NeuralPosterior
from experiments.decision_posteriors.simulated_decisions import DecisionExperiment, Panels, one_of
from experiments.settings import NeuralDecisions
from satisfice.decisions.settings import DecisionSettings
from satisfice.inference.settings import EstimatorSettings
from satisfice.io.files import write_json, write_table
from satisfice.progress import logger
from satisfice.randomness import small_seed
from satisfice.report.labels import quantity
from satisfice.report.style import drawing, save


def compare_posteriors(
    game: str,
    *,
    policy: str | Path,
    dataset: str | Path,
    settings: Mapping[str, Any],
    sampler: Mapping[str, Any],
    seed: int,
    table: str | Path,
    summary: str | Path,
    figure: str | Path,
) -> None:
    """Train the neural posterior, and compare it with the likelihood's on several data sets.

    Args:
        game: Name of the game.
        policy: Folder of the trained policy.
        dataset: Folder of the human data, with decisions.csv.
        settings: The config's ``experiments.cross_checks.<game>.neural_decisions``.
        sampler: The config's ``games.<game>.decisions``, for the likelihood's posterior.
        seed: The run's seed.
        table: Output: CSV file, one row for each data set and quantity.
        summary: Output: whether the posteriors agree, in words and numbers.
        figure: Output: both posteriors of the people.

    Raises:
        SatisficeError: A file is missing or malformed.
    """
    chosen, started = NeuralDecisions(**settings), time.perf_counter()
    of = DecisionExperiment.load(policy, dataset, seed)
    seeds = [small_seed(seed, "decision_posteriors", game, n) for n in range(chosen.members)]
    training = EstimatorSettings(batch=chosen.batch, most_epochs=chosen.most_epochs)
    network = NeuralPosterior.train(of, chosen.simulations, training, seeds)
    trained = time.perf_counter() - started
    losses = [record["best_validation_loss"] for record in network.records]
    logger.info("%s: validation losses %s", game, ", ".join(f"{loss:.3f}" for loss in losses))
    options = DecisionSettings(**sampler)
    comparison = Comparison(of, network, options, chosen.draws, chosen.replicates)
    people = comparison.pair(of.people, PEOPLE)
    rows = comparison.rows(people, PEOPLE, 1)
    for kind, number, panels in data_sets(of, chosen, people.likelihood):
        rows += comparison.rows(comparison.pair(panels, f"{kind} {number}"), kind, number)
    found, space = pd.DataFrame(rows), of.population.space
    short = {name: quantity(str(name), space).short for name in found.quantity.unique()}
    said = in_words(found, short)
    logger.info("%s: %s", game, said["sentence"])
    with drawing():
        save(figures.posteriors(space, people, said["sentence"]), figure)
    write_table(table, found)
    costs = {"simulations": chosen.simulations, "training_seconds": trained}
    write_json(summary, {**said, **costs, "validation_losses": losses, "settings": settings})


def data_sets(
    of: DecisionExperiment, chosen: NeuralDecisions, people: np.ndarray
) -> Iterator[tuple[str, int, Panels]]:
    """Kind, number and play of simulated data sets: of the prior, and of people's posterior."""
    middle = (np.arange(chosen.like_people) + 0.5) / chosen.like_people * len(people)
    cubes = {
        SIMULATED: of.draws(chosen.data_sets, SIMULATED),
        LIKE_PEOPLE: people[middle.astype(int)],
    }
    for kind, cube in cubes.items():
        number = 0
        for play in of.play(cube, kind):
            for index in range(len(next(iter(next(iter(play.values())).values())))):
                number += 1
                yield kind, number, one_of(play, index)
