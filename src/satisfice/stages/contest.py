"""Rules ``contest_simulate`` and ``contest_predict``: who foretells people best?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.contenders import load_rival
from satisfice.contenders.contender import (
    Contender,
    nearest,
    population_contender,
    rival_contender,
)
from satisfice.errors import SatisficeError
from satisfice.evaluation.splits import Split, splits_of
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_arrays
from satisfice.io.observed import labels_of, read_observed
from satisfice.io.runs import read_simulations
from satisfice.learning.populations import load_population
from satisfice.population.parameters import ParameterPrior
from satisfice.progress import Progress
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import Experiment, failure_reasons, simulate
from satisfice.stages.simulate import require_finite


def load_contender(
    game_name: str, name: str, block: Mapping[str, Any], policy: str | Path | None
) -> Contender:
    """Return the contender that a config block describes.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config: ``rule``, or ``belief``, ``fixed`` and ``shared``.
        policy: Folder of the trained policy; without it the contender is a rule.
    """
    place = f"config, key games.{game_name}.contest.contenders.{name}"
    if policy is None:
        return rival_contender(load_rival(block["rule"], load_game(game_name), f"{place}.rule"))
    population, description = load_population(policy)
    prior = ParameterPrior.from_config(description["parameter_prior"])
    return population_contender(
        population, prior, block["fixed"], block["shared"], f"{place}.fixed"
    )


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
    contender = load_contender(game_name, name, block, policy)
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    number = simulations if contender.free else 1
    sequence = seed_sequence(seed, "contest theta", game_name, name)
    theta = contender.from_unit(uniform_rows(sequence, 0, number, len(contender.free)))
    statistics, _ = simulate(
        experiment,
        contender.player,
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


def predict_contender(
    game_name: str,
    name: str,
    block: Mapping[str, Any],
    policy: str | Path | None,
    dataset: str | Path,
    simulations: str | Path,
    observed: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    output: str | Path,
) -> None:
    """Fit a contender to each split's statistics, and foretell the whole experiment.

    Args:
        game_name: Name of the game.
        name: Name of the contender.
        block: Its config.
        policy: Folder of the trained policy, where it needs one.
        dataset: Folder of the human data, for the experiment's design.
        simulations: The npz file of its simulations.
        observed: observed.csv.
        settings: The config's ``contest``.
        seed: The run's seed.
        output: A npz file with theta, shape (splits, draws, parameters), x, shape
            (splits, draws, statistics), and the names of the splits.

    Raises:
        SatisficeError: Too few simulations are usable, or a prediction is not finite.
    """
    contender = load_contender(game_name, name, block, policy)
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    human, table = read_observed(observed), read_simulations(simulations)
    splits = read_splits(game_name, human, settings["splits"])
    usable = table["failures"] == ""
    statistics = np.where(usable[:, None], table["x"], np.nan)
    wanted = min(settings["accepted"], len(table["x"]))
    chosen = []
    for split in splits:
        columns = split.fitted
        kept = nearest(
            statistics[:, columns],
            human.value.to_numpy()[columns],
            human.standard_error.to_numpy()[columns],
            wanted,
        )
        if len(kept) < wanted:
            raise SatisficeError(
                simulations,
                f"only {usable.sum()} simulations of {name} are usable.",
                "Raise simulation.simulations.",
            )
        # Every fitted draw is played equally often.
        chosen.append(np.resize(table["theta"][kept], (settings["draws"], table["theta"].shape[1])))
    theta = np.stack(chosen)
    predicted, _ = simulate(
        experiment,
        contender.player,
        theta.reshape(-1, theta.shape[-1]),
        seed_of_prediction(seed, game_name, name),
        report=Progress(len(splits) * settings["draws"], "predictions"),
    )
    require_finite(predicted, name, "See the contender's parameters; narrow their prior.")
    write_arrays(
        output,
        theta=theta,
        x=predicted.reshape(len(splits), settings["draws"], -1),
        splits=np.array([split.name for split in splits]),
    )


def seed_of_prediction(seed: int, game_name: str, name: str) -> np.random.SeedSequence:
    """What seeds the play of a contender's predictions."""
    return seed_sequence(seed, "contest predict", game_name, name)


def read_splits(game_name: str, human: pd.DataFrame, extra: Mapping[str, Any]) -> list[Split]:
    """The splits of a game's contest."""
    held_out = (human.split == "held_out").to_numpy()
    place = f"config, key games.{game_name}.contest.splits"
    return splits_of(labels_of(human), held_out, extra, place)
