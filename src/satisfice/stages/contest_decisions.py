"""Rule ``contest_decisions``: how well contenders foretell single decisions of people."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.errors import SatisficeError
from satisfice.evaluation.contest import paired_differences, table_of_scores
from satisfice.evaluation.decision_scores import DECISION_SCORES, Decided, score_decisions
from satisfice.evaluation.scores import BOUNDED
from satisfice.evaluation.splits import DEFAULT, Split
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.io.datasets import load_dataset
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.io.files import read_arrays, write_table
from satisfice.io.observed import read_observed
from satisfice.progress import Progress, logger
from satisfice.randomness import small_seed
from satisfice.simulation.simulator import Experiment, simulate
from satisfice.stages.contest import load_contender, read_splits, seed_of_prediction
from satisfice.stages.contest_judge import PPO, best_training
from satisfice.stages.simulate import play_again


def judge_decisions(
    game_name: str,
    dataset: str | Path,
    observed: str | Path,
    fitted: Mapping[str, str | Path],
    blocks: Mapping[str, tuple[Mapping[str, Any], str | Path | None]],
    ppo: Mapping[str | Path, str | Path],
    rules: Mapping[str, str | Path],
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
        fitted: What each fitted contender foretells, by name, the champion first.
        blocks: Config and, but for rules, policy folder of each fitted contender.
        ppo: For what each training of the rational baseline foretells, its policy folder.
        rules: What the game's own rules foretell, by name.
        settings: The config's ``contest``.
        seed: The run's seed.
        outputs: Where the table (CSV) and the figure (PNG) go.
    """
    from satisfice.report.figures_contest import decisions_figure  # noqa: PLC0415 - matplotlib
    from satisfice.report.style import drawing, save  # noqa: PLC0415

    game = load_game(game_name)
    experiment = Experiment(game, load_dataset(dataset, game).markets)
    human = read_decisions(Path(dataset) / "decisions.csv", game)
    people = {name: panels["action"] for name, panels in panels_of(human, game).items()}
    absent = [name for name in experiment.markets if name not in people]
    if absent:
        raise SatisficeError(
            Path(dataset) / "decisions.csv",
            f"has no decisions of treatment {absent[0]}, which dataset.yaml names.",
            "Add them, or move the file elsewhere.",
        )
    random = np.random.default_rng(small_seed(seed, "contest decisions", game_name))
    drawn = {
        treatment: Decided.of(actions, settings["replicates"], random)
        for treatment, actions in people.items()
    }
    splits = read_splits(game_name, read_observed(observed), settings["splits"])
    best = best_training({path: Path(policy) / "training.csv" for path, policy in ppo.items()})
    played: dict[str, list[dict[str, np.ndarray]]] = {}
    progress = Progress(len(fitted) + 1 + len(rules), "contenders")
    for name, path in fitted.items():
        contender = load_contender(game_name, name, *blocks[name])
        theta = read_arrays(path)["theta"]
        flat = theta.reshape(-1, theta.shape[-1])
        sequence = seed_of_prediction(seed, game_name, name)
        _, play = simulate(experiment, contender.player, flat, sequence, keep_play=True)
        played[name] = distributions(game, play, len(splits))
        progress(len(played))
    # A policy's folder has the name of the model that predicts with it.
    unfitted: dict[str, tuple[str, str | Path, str | Path | None]]
    unfitted = {PPO: (Path(ppo[best]).name, best, ppo[best])}
    unfitted |= {name: (name, path, None) for name, path in rules.items()}
    for name, (model, path, policy) in unfitted.items():
        _, play = play_again(experiment, model, read_arrays(path)["theta"], seed, policy)
        played[name] = distributions(game, play, 1) * len(splits)
        progress(len(played))
    parts = []
    for index, split in enumerate(splits):
        foretold = {name: found[index] for name, found in played.items()}
        held = held_out_treatments(experiment, split)
        seen = [name for name in people if name not in held] if split.name == DEFAULT else []
        for part, treatments in (("held_out", held), ("fit", seen)):
            if treatments:
                scores = score_split(game, foretold, drawn, treatments)
                parts.append(scores.assign(split=split.name, part=part))
    table = pd.concat(parts, ignore_index=True)
    write_table(outputs["table"], table)
    part = table[table.split == DEFAULT].part.iloc[0]
    shown = table[(table.score == "crps") & (table.split == DEFAULT) & (table.part == part)]
    for row in shown.itertuples():
        logger.info("CRPS of a decision by %s: %.3f", row.contender, row.value)
    with drawing():
        picture = decisions_figure(
            game.action_values.double().numpy(),
            game.action_unit,
            {name: people[name] for name in held_out_treatments(experiment, splits[0]) or people},
            {name: found[0] for name, found in played.items()},
            shown,
            [name for name, (block, _) in blocks.items() if block.get("group") == "rival"],
        )
        save(picture, outputs["figure"])


def held_out_treatments(experiment: Experiment, split: Split) -> list[str]:
    """Treatments of which a split lets nothing be seen."""
    of = np.array([treatment for treatment, _ in experiment.labels])
    return [name for name in experiment.markets if split.held_out[of == name].all()]


def distributions(
    game: Game, play: Mapping[str, Mapping[str, np.ndarray]], splits: int
) -> list[dict[str, np.ndarray]]:
    """Count what was done in predictions.

    Args:
        game: The game.
        play: For each treatment what the game records of all splits, one after the other, arrays
            of shape (splits draws, markets, agents, rounds).
        splits: Number of splits.

    Returns:
        For each split and treatment probabilities of shape (groups, rounds, actions).
    """
    grid = game.action_values.double().numpy()
    found: list[dict[str, np.ndarray]] = [{} for _ in range(splits)]
    for treatment, recorded in play.items():
        action = np.rint((recorded["action"] - grid[0]) / (grid[1] - grid[0])).astype(np.int64)
        by_split = action.reshape(splits, -1, *action.shape[-2:])
        for number, done in enumerate(by_split):
            found[number][treatment] = shares(done, len(grid), bool(game.roles))
    return found


def shares(done: np.ndarray, actions: int, by_agent: bool) -> np.ndarray:
    """Share of each action in every round.

    Args:
        done: Shape (markets, agents, rounds), indices of actions.
        actions: Number of actions.
        by_agent: Whether each agent is a group of its own; otherwise all are one.

    Returns:
        Shape (groups, rounds, actions).
    """
    groups = done.transpose(1, 2, 0) if by_agent else done.reshape(-1, done.shape[-1]).T[None]
    cell = np.arange(groups[..., 0].size).reshape(*groups.shape[:-1], 1) * actions + groups
    counts = np.bincount(cell.ravel(), minlength=groups[..., 0].size * actions)
    return np.asarray(counts.reshape(*groups.shape[:-1], actions) / groups.shape[-1])


def score_split(
    game: Game,
    foretold: Mapping[str, Mapping[str, np.ndarray]],
    people: Mapping[str, Decided],
    treatments: list[str],
) -> pd.DataFrame:
    """Scores and differences from the champion, means over treatments.

    Args:
        game: The game.
        foretold: For each contender and treatment what :func:`shares` returns.
        people: What people did in each treatment.
        treatments: Those that are held out.
    """
    grid = game.action_values.double().numpy()
    scored = {}
    for name, by_treatment in foretold.items():
        each = [score_decisions(grid, by_treatment[one], people[one]) for one in treatments]
        scored[name] = {
            score: np.mean([found[score] for found in each], axis=0) for score in DECISION_SCORES
        }
    table = table_of_scores(scored)
    against = paired_differences(scored, BOUNDED, DECISION_SCORES)
    against = against.rename(columns={"low": "difference_low", "high": "difference_high"})
    return table.merge(against, how="left", on=["contender", "score"])
