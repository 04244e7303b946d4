"""Rules ``error_coverage*``: how often do intervals of human statistics hold the true value?

Contenders that resemble the people play the human experiment many times. From each play standard
errors are computed as if it were people's. The true value of a statistic is its mean over the
plays: what an experiment with as many markets gives on average.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from experiments.error_coverage.methods import METHODS, NOMINAL, PAIRS, errors_of, hits
from experiments.error_coverage.panels import like_people, panels_of
from satisfice.contenders import load_rule
from satisfice.games import load_game
from satisfice.games.base import Play
from satisfice.io.files import read_table, write_table
from satisfice.io.observed import read_observed
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed


def measure(
    game: str,
    *,
    observed: str | Path,
    contenders: Sequence[str],
    panels: int,
    replicates: int,
    tried: int,
    seed: int,
    table: str | Path,
) -> None:
    """Measure the coverage of all methods in a game.

    Args:
        game: Name of the game.
        observed: observed.csv.
        contenders: Rules of play that make the panels.
        panels: Number of panels of each contender and treatment.
        replicates: Bootstrap replicates of each panel.
        tried: Draws from each contender's prior, of which the one nearest to people plays.
        seed: The run's seed.
        table: Output: CSV file, one row for each contender, statistic and method.
    """
    rules, human = load_game(game), read_observed(observed)
    rows = []
    for name in contenders:
        contender = load_rule(name, rules, f"experiments.error_coverage.contenders.{game}")
        theta = like_people(contender, name, human, tried, seed)
        named = zip(contender.space.names, theta, strict=True)
        logger.info("%s: %s", name, ", ".join(f"{key} = {value:.3g}" for key, value in named))
        played = panels_of(contender, name, theta, human, panels, seed)
        found = []
        for treatment, play in played.items():
            generator = np.random.default_rng(small_seed(seed, game, name, treatment))
            found.append(
                [
                    errors_of(panel, rules, treatment, replicates, generator)
                    for panel in _each(play, Progress(panels, f"panels of {treatment}"))
                ]
            )
        held = {method: [hits(errors, method) for errors in found] for method in METHODS}
        table_of_one = coverage_table([*rules.statistics, *PAIRS], held)
        rows.append(table_of_one.assign(game=game, contender=name))
    joined = pd.concat(rows, ignore_index=True)
    write_table(table, joined[["game", "contender", *joined.columns[:-2]]])


def _each(play: Play, report: Progress) -> Iterator[dict[str, np.ndarray]]:
    """The panels of play, one after the other."""
    for number in range(len(play["action"])):
        yield {quantity: values[number] for quantity, values in play.items()}
        report(number + 1)


def coverage_table(
    statistics: Sequence[str], held: Mapping[str, Sequence[np.ndarray]]
) -> pd.DataFrame:
    """Coverage of each statistic and method, over all treatments.

    Args:
        statistics: Names of the columns.
        held: For each method and each treatment what :func:`hits` returns.

    Returns:
        One row for each statistic and method: nominal, coverage, its standard error over panels,
        and the lowest coverage in a treatment. Statistics that are constant have none.
    """
    rows = []
    for column, statistic in enumerate(statistics):
        for method, treatments in held.items():
            every = [found[:, column] for found in treatments]
            varying = [each for each in every if np.isfinite(each).all()]
            if varying:
                joined = np.concatenate(varying)
                error = joined.std(ddof=1) / np.sqrt(len(joined))
                lowest = min(each.mean() for each in varying)
                rows.append([statistic, method, NOMINAL, joined.mean(), error, lowest])
    columns = ["statistic", "method", "nominal", "coverage", "standard_error", "lowest"]
    return pd.DataFrame(rows, columns=columns).round(4)


def join(tables: Sequence[str | Path], table: str | Path) -> None:
    """Join the tables of all games into one CSV file, ``table``."""
    write_table(table, pd.concat([read_table(path) for path in tables], ignore_index=True))
