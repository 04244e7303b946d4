"""Cost of simulations and of likelihoods of recorded decisions, against their size.

The simulator is the one that inference uses. Its policy network has the config's size, but is
untrained: costs do not depend on its weights.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.clock import Measured, Work, measure
from benchmarks.exponents import Exponent, fit_large_end
from benchmarks.settings import Scaling
from satisfice.contenders.bounded import TrainedPopulation
from satisfice.decisions.pointwise import log_likelihood
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.io.datasets import load_dataset
from satisfice.io.files import write_table
from satisfice.learning.populations import build_problem
from satisfice.learning.rollout import Population
from satisfice.learning.settings import LearningSettings
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import new_policy
from satisfice.population.registry import space_of
from satisfice.randomness import seed_sequence
from satisfice.simulation.histories import History
from satisfice.simulation.simulator import BLOCK, Experiment, population_player, simulate

RESIZED: Mapping[str, Callable[[int], Game]] = {
    "cournot": lambda firms: Cournot((firms,)),
    "cobweb": Cobweb,
}
"""Games with any number of agents. The beer game always has four roles."""

COSTS = {
    "agents": "seconds_per_simulation",
    "markets": "seconds_per_simulation",
    "simulations": "seconds",
    "recorded": "seconds",
}
"""Varied quantities, and the column of the cost that is fitted against each."""


REPEATS = 3
"""Repeats of each measurement; the fastest counts."""


def measure_scaling(
    game: str,
    *,
    dataset: str | Path,
    variant: Mapping[str, Any],
    parameter_prior: Mapping[str, Any],
    settings: Mapping[str, Any],
    table: str | Path,
) -> None:
    """Measure a game's simulations against agents, markets and the number of simulations.

    Args:
        game: Name of the game.
        dataset: Folder of the human data, for the experiment's design.
        variant: Config of the prior belief.
        parameter_prior: Bounds of the prior; the supertype is in the middle.
        settings: The config's ``benchmark.scaling``.
        table: Output: CSV file.
    """
    played, space, wanted = load_game(game), space_of(variant, parameter_prior), Scaling(**settings)
    points = list(settings_to_measure(played, load_dataset(dataset, played).markets, wanted))
    measured = measure_settings(
        points,
        lambda resized: untrained(resized, variant, space),
        space.from_unit(np.full((1, len(space.names)), 0.5))[0],
        REPEATS,
        wanted.window,
    )
    write_table(table, measured)


@dataclass(frozen=True)
class Setting:
    """Simulations at one point.

    Attributes:
        varied: The varied quantity, a key of :data:`COSTS`; ``recorded`` is the number of recorded
            decisions, whose likelihood is computed instead of a simulation.
        size: Its size.
        experiment: The design.
        simulations: Number of simulations.
    """

    varied: str
    size: int
    experiment: Experiment
    simulations: int


def settings_to_measure(game: Game, human: Mapping[str, int], wanted: Scaling) -> Iterator[Setting]:
    """Settings for each size of each varied quantity.

    Agents vary in one market; markets vary with the agents of the first treatment; simulations
    repeat the whole human experiment. Recorded decisions are those of markets of the first
    treatment.

    Args:
        game: The game of the human experiment.
        human: Number of markets of each treatment in the human experiment.
        wanted: The config's ``benchmark.scaling``.
    """
    for agents in wanted.agents if game.name in RESIZED else ():
        resized = RESIZED[game.name](agents)
        experiment = Experiment(resized, {next(iter(resized.treatments)): 1})
        yield Setting("agents", agents, experiment, enough(experiment, wanted.decisions))
    for markets in wanted.markets:
        experiment = Experiment(game, {next(iter(human)): markets})
        yield Setting("markets", markets, experiment, enough(experiment, wanted.decisions))
    for simulations in wanted.simulations:
        yield Setting("simulations", simulations, Experiment(game, human), simulations)
    for markets in wanted.recorded:
        experiment = Experiment(game, {next(iter(human)): markets})
        yield Setting("recorded", decisions_of(experiment), experiment, 1)


def decisions_of(experiment: Experiment) -> int:
    """Decisions of all agents in one simulation."""
    game = experiment.game
    return sum(
        markets * game.treatments[name] * game.rounds
        for name, markets in experiment.markets.items()
    )


def enough(experiment: Experiment, decisions: int) -> int:
    """Number of simulations with about so many decisions: whole blocks, at most ``BLOCK``."""
    wanted = min(BLOCK, decisions // decisions_of(experiment))
    return experiment.block * max(1, wanted // experiment.block)


def measure_settings(
    settings: Sequence[Setting],
    build: Callable[[Game], Population],
    theta: Sequence[float],
    repeats: int,
    window: float,
) -> pd.DataFrame:
    """Simulate at each setting.

    Args:
        settings: The settings.
        build: Returns the population of a game.
        theta: The supertype.
        repeats: Number of repeats of each, in turn.
        window: Seconds of a measurement.

    Returns:
        One row for each setting; times in seconds of one processor.
    """
    works = [_work(setting, build, theta) for setting in settings]
    with warnings.catch_warnings():
        # A single market or simulation has no variance, of which statistics warn.
        warnings.simplefilter("ignore", RuntimeWarning)
        measured = measure(works, repeats, window)
    return pd.DataFrame(map(_row, settings, measured))


def _work(setting: Setting, build: Callable[[Game], Population], theta: Sequence[float]) -> Work:
    """Simulate, each block of simulations being a part; or compute a likelihood in one part."""
    experiment, population = setting.experiment, build(setting.experiment.game)
    player = population_player(population)
    many = np.tile(np.asarray(theta, dtype=float), (setting.simulations, 1))
    sequence = seed_sequence(0, "scaling", setting.varied)
    if setting.varied == "recorded":
        _, played = simulate(experiment, player, many, sequence, keep_play=True)
        [(treatment, panels)] = played.items()
        panel = {name: values[0] for name, values in panels.items()}
        history = History.of(experiment.game, treatment, panel)
        model = TrainedPopulation(population)

        def likelihood(part_done: Callable[[], None]) -> None:
            log_likelihood(model, history, many)
            part_done()

        return likelihood

    def play(part_done: Callable[[], None]) -> None:
        simulate(experiment, player, many, sequence, report=lambda done: part_done())

    return play


def _row(setting: Setting, measured: Measured) -> dict[str, Any]:
    experiment = setting.experiment
    decisions = setting.simulations * decisions_of(experiment)
    return {
        "game": experiment.game.name,
        "varied": setting.varied,
        "size": setting.size,
        "agents": experiment.game.treatments[next(iter(experiment.markets))],
        "markets": sum(experiment.markets.values()),
        "simulations": setting.simulations,
        "decisions": decisions,
        **asdict(measured),
        "seconds_per_simulation": measured.seconds / setting.simulations,
        "microseconds_per_decision": 1e6 * measured.seconds / decisions,
    }


def exponents(scaling: pd.DataFrame) -> pd.DataFrame:
    """Fitted exponent of each game's cost in each varied quantity.

    Args:
        scaling: The rows of :func:`measure_settings`.
    """
    rows = [
        {"game": game, "varied": varied, "cost": COSTS[str(varied)], **asdict(found)}
        for (game, varied), part in scaling.groupby(["game", "varied"], sort=False)
        for found in [fitted(part)]
    ]
    return pd.DataFrame(rows)


def fitted(part: pd.DataFrame) -> Exponent:
    """The exponent of one game's cost in one varied quantity."""
    cost = COSTS[str(part.varied.iloc[0])]
    return fit_large_end(part["size"].to_numpy(), part[cost].to_numpy())


def untrained(game: Game, variant: Mapping[str, Any], space: ParameterSpace) -> Population:
    """A population whose untrained network has the config's size."""
    problem = build_problem(game, variant, space)
    policy = new_policy(problem.policy_shape(LearningSettings(**variant["learning"])))
    return Population(game, policy.eval(), problem.belief, problem.information, space)
