"""Rules of the target ``benchmark``: scaling, retraining, time and memory of stages, the plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.benchmarks.plan import plan
from satisfice.benchmarks.retraining import measure_game
from satisfice.benchmarks.scaling import exponents, measure_settings, settings_to_measure, untrained
from satisfice.benchmarks.stage_costs import read_jobs, stage_costs
from satisfice.benchmarks.targets import summary
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.files import read_table, write_table
from satisfice.population.registry import space_of
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.progress import Progress
from satisfice.report.figures_benchmark import costs_figure, scaling_figure, throughput_figure
from satisfice.report.style import drawing, save


def measure_scaling(
    game_name: str,
    dataset: str | Path,
    variant: Mapping[str, Any],
    parameter_prior: Mapping[str, Any],
    settings: Mapping[str, Any],
    output: str | Path,
) -> None:
    """Measure a game's simulations against agents, markets and the number of simulations.

    Args:
        game_name: Name of the game.
        dataset: Folder of the human data, for the experiment's design.
        variant: Config block of the prior belief that plays.
        parameter_prior: Bounds of the prior, in whose middle the supertype lies.
        settings: The config's ``benchmark.scaling``.
        output: Where the CSV file goes.
    """
    game, space = load_game(game_name), space_of(variant, parameter_prior)
    points = list(settings_to_measure(game, load_dataset(dataset, game).markets, settings))
    table = measure_settings(
        points,
        lambda played: untrained(played, variant, space),
        space.from_unit(np.full((1, len(space.names)), 0.5))[0],
        settings["repeats"],
        settings["window"],
    )
    write_table(output, table)


def join_scaling(
    parts: Sequence[str | Path], table: str | Path, fits: str | Path, figure: str | Path
) -> None:
    """Join the games' measurements, fit exponents and draw both.

    Args:
        parts: CSV files of :func:`measure_scaling`.
        table: Where scaling.csv goes.
        fits: Where exponents.csv goes.
        figure: Where the figure goes.
    """
    joined = pd.concat([read_table(part) for part in parts], ignore_index=True)
    found = exponents(joined)
    write_table(table, joined)
    write_table(fits, found)
    with drawing():
        save(scaling_figure(joined, found), figure)


def measure_retraining(
    games: Mapping[str, Mapping[str, Any]],
    beliefs: Mapping[str, str],
    run: str | Path,
    settings: Mapping[str, int],
    seed: int,
    output: str | Path,
) -> None:
    """Measure what training for one theta takes, and compare with the run's calibration.

    Args:
        games: The resolved config of each game.
        beliefs: The prior belief to look at, for each game.
        run: Folder of the run, with the benchmark files of its stages.
        settings: The config's ``benchmark.retraining``.
        seed: The run's seed.
        output: Where the CSV file goes, one row for each game.
    """
    jobs = read_jobs(sorted(Path(run).glob("*/benchmarks")))
    progress, rows = Progress(len(games) * settings["thetas"], "trainings"), []
    for place, (name, config) in enumerate(games.items()):

        def report(done: int, before: int = place * settings["thetas"]) -> None:
            progress(before + done)

        row = measure_game(name, config, beliefs[name], jobs, settings, seed, report)
        rows.append({"game": name, "belief": beliefs[name], **row})
    write_table(output, pd.DataFrame(rows))


def collect_costs(folders: Sequence[str | Path], output: str | Path, figure: str | Path) -> None:
    """Sum up time and memory of a run's stages.

    Args:
        folders: Folders that hold ``benchmarks`` folders.
        output: Where costs.csv goes, one row for each game and stage.
        figure: Where the figure goes.
    """
    found = {path for folder in folders for path in Path(folder).glob("**/benchmarks")}
    table = stage_costs(read_jobs(sorted(found)))
    write_table(output, table)
    with drawing():
        save(costs_figure(table), figure)


def write_plan(
    scaling: str | Path, settings: Mapping[str, Any], games: Sequence[str], output: str | Path
) -> None:
    """Plan very many simulations of a very large market.

    Args:
        scaling: scaling.csv.
        settings: The config's ``benchmark.plan``.
        games: Names of the games.
        output: Where plan.csv goes.
    """
    # Parameters, one treatment's statistics, the number of the simulation and its failure flag.
    kept = {name: len(SKILL_PARAMETERS) + len(load_game(name).statistics) + 2 for name in games}
    table = plan(
        read_table(scaling), kept, settings["agents"], settings["simulations"], settings["hours"]
    )
    write_table(output, table)


def summarise_benchmark(
    throughput: str | Path,
    fits: str | Path,
    retraining: str | Path,
    needed: Sequence[str | Path],
    budgets: Mapping[str, int],
    costs: str | Path,
    output: str | Path,
) -> None:
    """Put every target beside what was measured.

    Args:
        throughput: throughput.csv.
        fits: exponents.csv.
        retraining: retraining.csv.
        needed: CSV files of simulations needed, none where no game has an exact posterior.
        budgets: Simulations that each game's estimator is given in the run.
        costs: costs.csv.
        output: Where summary.csv goes.
    """
    empty = pd.DataFrame(columns=["game", "estimator", "level", "simulations_needed"])
    wanted = pd.concat([read_table(path) for path in needed]) if needed else empty
    speeds, growth = read_table(throughput), read_table(fits)
    table = summary(speeds, growth, read_table(retraining), wanted, budgets, read_table(costs))
    write_table(output, table)


def draw_throughput(table: str | Path, figure: str | Path) -> None:
    """Draw decisions per second, from the table of the rule ``benchmark_throughput``."""
    with drawing():
        save(throughput_figure(read_table(table)), figure)
