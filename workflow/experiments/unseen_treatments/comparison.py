"""Rules ``unseen_treatments*``: bounded models whose policies have not met the held-out treatments.

All policies of a run are trained in all treatments of the game, as rules are known; held out are
people's statistics. Here the default prior belief's policy is trained again, without the treatments
of which nothing is fitted (``bounded_on_fitted``). It needs to be told treatments in numbers, and
not by name. To tell the two changes apart, a second policy is told numbers and trained in
all treatments (``bounded_on_all``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from experiments.contest.scores import held_out_columns, held_out_rows, paired_differences
from experiments.unseen_treatments.distances import distance_table
from experiments.unseen_treatments.figure import predictions_figure
from satisfice.contenders.prediction import thin
from satisfice.evaluation.rows import DEFAULT, Prediction, Split, score_rows, scored_parts
from satisfice.evaluation.scores import Human
from satisfice.games import load_game
from satisfice.io.correlations import correlation_of
from satisfice.io.files import read_table, write_table
from satisfice.io.game_run import BOUNDED, GameRun
from satisfice.io.observed import labels_of, read_observed, wholly_held_out
from satisfice.io.runs import read_draws
from satisfice.learning.populations import load_population
from satisfice.progress import logger
from satisfice.randomness import seed_sequence, small_seed, uniform_rows
from satisfice.report.style import drawing, save

SHOWN = ("energy", "crps")
"""Scores in the table of all games."""


def compare(
    game: str,
    *,
    run: Mapping[str, Any],
    retrained: Mapping[str, str],
    predictions: Sequence[str],
    replicates: int,
    supertypes: int,
    seed: int,
    scores: str | Path,
    distances: str | Path,
    figure: str | Path,
) -> None:
    """Score the retrained models beside the run's contenders, and compare their policies.

    Args:
        game: Name of the game.
        run: Arguments of GameRun.
        retrained: Policy folder of each retrained contender.
        predictions: Their predictions, in the same order.
        replicates: Number of redraws of the human statistics: those of the run's scores.csv.
        supertypes: Number of supertypes at which policies are compared.
        seed: The run's seed.
        scores: Output: CSV file, the columns of scores.csv and the paired differences.
        distances: Output: CSV file of distances between policies.
        figure: Output: the figure.
    """
    who = GameRun(**run)
    human = read_observed(who.file("observed.csv"))
    people = Human.of_table(
        human,
        replicates,
        small_seed(seed, "score"),
        correlation_of(who.file("correlations.csv"), labels_of(human)),
    )
    files = {name: (who.predictions(name), each["group"]) for name, each in who.contenders.items()}
    files |= {name: (path, "belief") for name, path in zip(retrained, predictions, strict=True)}
    predicted = {name: Prediction.read(*each, len(human)) for name, each in files.items()}
    table = scores_with_differences(predicted, human, people)
    write_table(scores, table)
    for row in held_out_rows(table, "energy").itertuples():
        logger.info("held-out energy score of %s: %.2f", row.contender, row.value)
    policies = {BOUNDED: who.policy(who.beliefs[0]), **retrained}
    populations = {name: load_population(path)[0] for name, path in policies.items()}
    space = populations[BOUNDED].space
    # The supertypes of verification.json, and of the run's posterior.
    cube = uniform_rows(seed_sequence(seed, "verify", game), 0, supertypes, len(space.names))
    posterior = read_draws(who.inferred(who.beliefs[0], "posterior.npz"))["theta"]
    drawn = {"prior": space.from_unit(cube), "posterior": thin(posterior, supertypes)[0]}
    rules = load_game(game)
    found = distance_table(populations, drawn, rules.treatments, small_seed(seed, "unseen", game))
    write_table(distances, found.round(5))
    shown = {name: predicted[name].x for name in policies}
    unseen = human.treatment.isin(wholly_held_out(human)) & (human.split == "held_out")
    with drawing():
        picture = predictions_figure(human, unseen.to_numpy(), shown, rules.statistic_units)
        save(picture, figure)
    logger.info("%s", picture.description)


def scores_with_differences(
    predicted: Mapping[str, Prediction], human: pd.DataFrame, people: Human
) -> pd.DataFrame:
    """Scores of all contenders, and how much worse or better than the bounded model they are.

    Args:
        predicted: Each contender's prediction.
        human: observed.csv.
        people: The human statistics and their redraws, the same for all contenders.

    Returns:
        The rows of scores.csv. ``difference`` is a score minus the bounded model's, with the
        interval ``difference_low`` to ``difference_high`` and a verdict.
    """
    fitted, held_out = ((human.split == part).to_numpy() for part in ("fit", "held_out"))
    tables = []
    for part in scored_parts(predicted, [Split(DEFAULT, fitted, held_out)], people):
        ends = {"low": "difference_low", "high": "difference_high"}
        paired = paired_differences(part[-1], BOUNDED).rename(columns=ends)
        rows = score_rows(predicted, *part)
        tables.append(rows.merge(paired, how="left", on=["contender", "score"]))
    return pd.concat(tables, ignore_index=True)


def join(
    games: Sequence[str],
    *,
    scores: Sequence[str | Path],
    distances: Sequence[str | Path],
    table: str | Path,
) -> None:
    """Join the scores on held-out statistics, and the distances, of all games into one table.

    Args:
        games: Names of the games.
        scores: scores.csv of each.
        distances: distances.csv of each.
        table: Output: CSV file, one row for each contender of each game.
    """
    rows = [
        held_out_table(read_table(scored), read_table(measured)).assign(game=game)
        for game, scored, measured in zip(games, scores, distances, strict=True)
    ]
    joined = pd.concat(rows, ignore_index=True)
    write_table(table, joined[["game", *joined.columns.drop("game")]].round(4))


def held_out_table(scores: pd.DataFrame, distances: pd.DataFrame) -> pd.DataFrame:
    """Held-out scores of each contender beside the distances of its policy.

    Args:
        scores: What :func:`scores_with_differences` returns.
        distances: What :func:`distance_table` returns.

    Returns:
        One row for each contender: scores and intervals; difference of the energy score; mean
        distances at the posterior in the treatments that were left out.
    """
    table = held_out_columns(scores, SHOWN, ["group"])
    compared = ["difference", "difference_low", "difference_high", "verdict"]
    table[compared] = held_out_rows(scores, "energy").set_index("contender")[compared]
    left_out = distances.treatment[~distances.trained_in].unique()
    there = distances[distances.treatment.isin(left_out) & (distances.theta == "posterior")]
    columns = ["total_variation", "from_exact_qre"]
    table[columns] = there.groupby("contender")[columns].mean()
    return table.reset_index()
