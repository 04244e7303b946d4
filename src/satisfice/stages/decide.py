"""Rule ``decide``: fit all models to single decisions, and compare them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from satisfice.decisions.comparison import (
    compare,
    fit_columns,
    scores_of,
    scores_of_predictor,
)
from satisfice.decisions.files import write_posterior_of_decisions
from satisfice.decisions.fits import Task, fit_all
from satisfice.decisions.models import compared_models
from satisfice.decisions.settings import DecisionSettings
from satisfice.evaluation.predicted_decisions import read_predicted
from satisfice.games import load_game
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.io.files import write_table
from satisfice.io.game_run import BOUNDED, GameRun
from satisfice.io.observed import read_observed, wholly_held_out
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.simulation.histories import histories_of

PREDICTORS = {"uniform": "naive", "frequencies": "naive", "ceiling": "ceiling"}
"""Groups of the predictors without parameters, from the rule ``ceiling``."""


def decide(
    game: str,
    run: Mapping[str, Any],
    dataset: str | Path,
    settings: Mapping[str, Any],
    replicates: int,
    seed: int,
    workers: int = 1,
    *,
    ceiling: str | Path,
    posterior: str | Path,
    comparison: str | Path,
    individuals: str | Path,
) -> None:
    """Fit every model that has a likelihood to people's decisions, and compare them.

    Writes posterior.nc and individuals.csv of the default bounded model, comparison.csv, and an
    ArviZ file of each other model beside them, in ``posteriors/``.

    Args:
        game: Name of the game.
        run: The arguments of GameRun.
        dataset: Folder of the human data, with decisions.csv.
        settings: The config's ``decisions``.
        replicates: Bootstrap draws of markets.
        seed: The run's seed.
        workers: Number of processes that fit models side by side; results do not depend on it.
        ceiling: What the rule ``ceiling`` wrote.
        posterior: Output: ArviZ file.
        comparison: Output: CSV file.
        individuals: Output: CSV file.
    """
    who, rules, options = GameRun(**run), load_game(game), DecisionSettings(**settings)
    panels = panels_of(read_decisions(Path(dataset) / "decisions.csv", rules), rules)
    histories = histories_of(rules, panels)
    treatment = np.repeat(list(panels), [len(each.action) for each in histories.values()])
    sizes = np.concatenate(
        [np.full(len(each.action), each.action[0].numel()) for each in histories.values()]
    )
    held_out = wholly_held_out(read_observed(who.file("observed.csv")))
    unseen = np.isin(treatment, held_out).astype(float)
    models = compared_models(rules, who, options)
    about: dict[str, dict[str, Any]] = {
        name: {"group": model.group} for name, model in models.items()
    }
    scores = {}
    tasks = {
        name: Task(game, who, name, panels, unseen, options, small_seed(seed, "decide", game, name))
        for name in models
    }
    progress = Progress(len(tasks), "models")
    for name, (found, people) in fit_all(tasks, workers):
        scores[name] = scores_of(found, unseen)
        about[name] |= fit_columns(found)
        path = Path(posterior)
        if name == BOUNDED:
            assert people is not None
            write_table(individuals, people)
        else:
            path = path.parent / "posteriors" / f"{name}.nc"
        write_posterior_of_decisions(
            path,
            models[name].build(),
            histories,
            found.posterior,
            people,
            draws=options.draws,
            seed=small_seed(seed, "prior of decisions", game, name),
            attributes={"game": game, "contender": name, "seed": seed},
        )
        progress(len(scores))
        logger.info("%s: log evidence %.1f", name, found.posterior.log_evidence)
    scores = {name: scores[name] for name in models}  # fits are ready in any order
    predicted = read_predicted(ceiling)
    for name, group in PREDICTORS.items():
        across = predicted.get(f"{name}_across", {})
        scores[name] = scores_of_predictor(predicted[name], across, unseen)
        about[name] = {"group": group}
    table = compare(
        scores,
        about,
        sizes,
        treatment,
        BOUNDED,
        replicates=replicates,
        seed=small_seed(seed, "compare decisions", game),
    )
    write_table(comparison, table)
    for row in table.itertuples():
        logger.info(
            "%s: %.3f nats a decision in a market left out", row.contender, row.log_score_loo
        )
