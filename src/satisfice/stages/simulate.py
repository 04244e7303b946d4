"""Rules ``simulate``, ``gather`` and ``predict``: play the human experiment in silico."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game, Rule
from satisfice.io.datasets import load_dataset
from satisfice.io.files import REMEDY, write_arrays
from satisfice.io.joined_arrays import join_arrays
from satisfice.io.runs import read_draws, read_simulations
from satisfice.learning.populations import load_population
from satisfice.population.parameters import ParameterPrior
from satisfice.population.supertypes import kl_free
from satisfice.progress import Progress, logger
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    Player,
    failure_reasons,
    population_player,
    rule_player,
    simulate,
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
    key = (population.game.name, description["variant_name"])
    prior = ParameterPrior.from_config(description["parameter_prior"])
    # The parameters come from a stream of their own, the play from another.
    sequence = seed_sequence(seed, "theta", *key)
    cube = uniform_rows(sequence, first, last - first, len(prior.names))
    theta = prior.from_unit(cube)
    if last > first:
        statistics, _ = simulate(
            experiment,
            population_player(population),
            theta,
            seed_sequence(seed, "simulate", *key),
            first=first,
            report=Progress(last - first, "simulations"),
        )
    else:
        statistics = np.empty((0, len(experiment.labels)))
    write_arrays(
        output,
        theta=theta,
        x=statistics,
        seeds=np.arange(first, last),
        failures=failure_reasons(statistics, experiment.labels),
        labels=np.array(experiment.labels),
    )


def gather_simulations(parts: list[str], output: str | Path) -> None:
    """Join the chunks in their order; memory does not grow with their number."""
    counts = [_count_failures(part) for part in parts]
    join_arrays(parts, output, rows=("theta", "x", "seeds", "failures"), once=("labels",))
    joined, failed = map(sum, zip(*counts, strict=True))
    logger.info("%d simulations, %d of them failed", joined, failed)


def _count_failures(part: str) -> tuple[int, int]:
    failures = read_simulations(part)["failures"]
    return len(failures), int((failures != "").sum())


def predict(
    game_name: str,
    model: str,
    dataset: str | Path,
    draws: int,
    seed: int,
    output: str | Path,
    *,
    policy: str | Path | None = None,
    posterior: str | Path | None = None,
) -> None:
    """Simulate a model's predictive distribution of the human experiment.

    Args:
        game_name: Name of the game.
        model: Name of the model.
        dataset: Folder of the human data, for the experiment's design.
        draws: Number of simulated experiments.
        seed: The run's seed.
        output: A npz file with theta, chain and x.
        policy: Folder of the trained policy; without it the model is a rule of the game.
        posterior: Posterior draws of a calibrated model; without them agents are rational.

    Raises:
        SatisficeError: The model played what no statistic can be computed of.
    """
    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    player, groups = model_player(game, model, policy)
    theta, chain = np.tile(kl_free(groups), (draws, 1)), np.zeros(draws, dtype=np.int64)
    if posterior is not None:
        theta, chain = thin(read_draws(posterior), draws)
    statistics, _ = simulate(
        experiment,
        player,
        theta,
        _seed_of_prediction(seed, game, model),
        report=Progress(draws, "predictions"),
    )
    remedy = "See the policy's learning curves; rerun learn with another seed."
    require_finite(statistics, model, remedy)
    write_arrays(output, theta=theta, chain=chain, x=statistics)


def play_again(
    experiment: Experiment,
    model: str,
    theta: np.ndarray,
    seed: int,
    policy: str | Path | None,
) -> tuple[np.ndarray, dict[str, dict[str, np.ndarray]]]:
    """Repeat the very play of a prediction that :func:`predict` made, and keep it.

    Args:
        experiment: The design.
        model: Name of the model.
        theta: The prediction's theta, shape (draws, parameters).
        seed: The run's seed.
        policy: Folder of the trained policy; without it the model is a rule of the game.

    Returns:
        Statistics, and for each treatment what the game records; see
        :func:`satisfice.simulation.simulator.simulate`.
    """
    player, _ = model_player(experiment.game, model, policy)
    sequence = _seed_of_prediction(seed, experiment.game, model)
    return simulate(experiment, player, theta, sequence, keep_play=True)


def model_player(game: Game, model: str, policy: str | Path | None) -> tuple[Player, int]:
    """The player of a trained policy, or of a rule of the game, and its supertypes in a market."""
    if policy is None:
        return rule_player(game, find_rule(game, model)), 1
    population, description = load_population(policy)
    if population.game.name != game.name:
        problem = f"is a policy of the game {population.game.name}, not of {game.name}."
        raise SatisficeError(Path(policy) / "policy.json", problem, REMEDY)
    prior = ParameterPrior.from_config(description["parameter_prior"])
    return population_player(population), prior.groups


def _seed_of_prediction(seed: int, game: Game, model: str) -> np.random.SeedSequence:
    return seed_sequence(seed, "predict", game.name, model)


def require_finite(statistics: np.ndarray, model: str, remedy: str) -> None:
    """Check what a model predicts.

    Raises:
        SatisficeError: It played what no statistic can be computed of.
    """
    if not np.isfinite(statistics).all():
        problem = "hold statistics that are not finite."
        raise SatisficeError(f"predictions of {model}", problem, remedy)


def find_rule(game: Game, model: str) -> Rule:
    """Return a game's rule of play.

    Raises:
        SatisficeError: The game has no such rule.
    """
    if model not in game.rules:
        raise SatisficeError(
            f"model {model}",
            f"is not a rule of the game {game.name}.",
            f"Its rules are: {', '.join(game.rules)}.",
        )
    return game.rules[model]


def thin(posterior: Mapping[str, np.ndarray], draws: int) -> tuple[np.ndarray, np.ndarray]:
    """Take equally many draws, evenly spaced, of each ensemble member."""
    theta = posterior["theta"]
    members, available = theta.shape[:2]
    each = min(draws // members, available)
    rows = np.linspace(0, available - 1, each).round().astype(np.int64)
    return theta[:, rows].reshape(-1, theta.shape[-1]), np.repeat(np.arange(members), each)
