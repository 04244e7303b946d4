"""Rule ``contest_decisions``: how well contenders predict single decisions of people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.contenders import load_contender
from satisfice.contenders.prediction import play_prediction
from satisfice.errors import SatisficeError
from satisfice.evaluation.contest import PPO, best_training, paired_differences
from satisfice.evaluation.decision_scores import (
    DECISION_SCORES,
    Decided,
    distributions,
    score_treatments,
)
from satisfice.evaluation.rows import Prediction, Scored, score_rows
from satisfice.evaluation.scores import BOUNDED
from satisfice.evaluation.splits import DEFAULT, read_splits, wholly_held_out
from satisfice.games import load_game
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.io.files import read_arrays, write_table
from satisfice.io.observed import read_observed
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.simulation.simulator import Experiment


def judge_decisions(
    game_name: str,
    dataset: str | Path,
    observed: str | Path,
    predictions: Mapping[str, str | Path],
    blocks: Mapping[str, Mapping[str, Any]],
    policies: Mapping[str, str | Path | None],
    ppo: Mapping[str | Path, str | Path],
    settings: Mapping[str, Any],
    seed: int,
    outputs: Mapping[str, str | Path],
) -> None:
    """Play every prediction again, and compare its decisions with people's.

    A treatment is scored on the splits that hold out all of it, and on the default split also
    where something of it was seen: the part ``fit``.

    Args:
        game_name: Name of the game.
        dataset: Folder of the human data, with decisions.csv.
        observed: observed.csv.
        predictions: What each contender predicts, by name, the champion first.
        blocks: Config of each contender.
        policies: Policy folder of each contender; None for rules of play.
        ppo: For what each training of the rational baseline predicts, its policy folder.
        settings: Of the config's ``contest`` the ``splits`` and the ``replicates``.
        seed: The run's seed.
        outputs: Where the table (CSV) and the figure (PNG) go.
    """
    from satisfice.report.figures_contest import decisions_figure  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    game = load_game(game_name)
    grid = game.action_values.double().numpy()
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    people = _decisions(experiment, Path(dataset) / "decisions.csv")
    random = np.random.default_rng(small_seed(seed, "contest decisions", game_name))
    drawn = {
        treatment: Decided.of(actions, settings["replicates"], random)
        for treatment, actions in people.items()
    }
    human = read_observed(observed)
    splits = read_splits(game_name, human, settings["splits"])
    best = best_training({path: Path(policy) / "training.csv" for path, policy in ppo.items()})
    predicted, played = {}, {}
    progress = Progress(len(predictions), "contenders")
    for name, path in {**predictions, PPO: best}.items():
        predicted[name] = Prediction.read(path, blocks[name]["group"], len(human))
        # Of several trainings each has the name of its policy's folder.
        policy, called = (
            (ppo[best], Path(ppo[best]).name) if name == PPO else (policies[name], name)
        )
        contender = load_contender(game, blocks[name], policy, f"contender {name} of {game_name}")
        theta = read_arrays(path)["theta"]
        _, play = play_prediction(contender, experiment, called, theta, seed, keep_play=True)
        # What was not fitted to each split is the same for all.
        alike = 1 if predicted[name].by_split else len(splits)
        played[name] = distributions(grid, play, len(splits) // alike, bool(game.roles)) * alike
        progress(len(played))
    parts = []
    for index, split in enumerate(splits):
        of_split = {name: found[index] for name, found in played.items()}
        held = wholly_held_out(experiment.labels, split)
        seen = [name for name in people if name not in held] if split.name == DEFAULT else []
        for part, treatments in (("held_out", held), ("fit", seen)):
            if treatments:
                scored = score_treatments(grid, of_split, drawn, treatments)
                parts.append(
                    _with_differences(score_rows(predicted, split.name, part, scored), scored)
                )
    table = pd.concat(parts, ignore_index=True)
    write_table(outputs["table"], table)
    part = table[table.split == DEFAULT].part.iloc[0]
    shown = table[(table.score == "crps") & (table.split == DEFAULT) & (table.part == part)]
    for row in shown.itertuples():
        logger.info("CRPS of a decision by %s: %.3f", row.contender, row.value)
    with drawing():
        picture = decisions_figure(
            grid,
            game.action_unit,
            {
                name: people[name]
                for name in wholly_held_out(experiment.labels, splits[0]) or people
            },
            {name: found[0] for name, found in played.items()},
            shown,
            [name for name, each in predicted.items() if each.group == "rival" and each.by_split],
        )
        save(picture, outputs["figure"])


def _decisions(experiment: Experiment, path: Path) -> dict[str, np.ndarray]:
    """What people did in each treatment, shape (markets, agents, rounds)."""
    panels = panels_of(read_decisions(path, experiment.game), experiment.game)
    absent = [name for name in experiment.markets if name not in panels]
    if absent:
        raise SatisficeError(
            path,
            f"has no decisions of treatment {absent[0]}, which dataset.yaml names.",
            "Add them, or move the file elsewhere.",
        )
    return {name: panel["action"] for name, panel in panels.items()}


def _with_differences(rows: pd.DataFrame, scored: Scored) -> pd.DataFrame:
    """The rows with paired differences from the champion beside them."""
    against = paired_differences(scored, BOUNDED, DECISION_SCORES)
    against = against.rename(columns={"low": "difference_low", "high": "difference_high"})
    return rows.merge(against, how="left", on=["contender", "score"])
