"""Rule ``ceiling``: how well can single decisions be predicted at all?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from satisfice.decisions.settings import DecisionSettings
from satisfice.evaluation.ceiling import across_treatments, out_of_market
from satisfice.evaluation.predicted_decisions import frequencies, uniform, write_predicted
from satisfice.games import load_game
from satisfice.io.decisions import panels_of, read_decisions
from satisfice.io.observed import read_observed, wholly_held_out
from satisfice.progress import logger
from satisfice.randomness import small_seed


def ceiling(
    game: str,
    dataset: str | Path,
    observed: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    workers: int = 1,
    *,
    output: str | Path,
) -> None:
    """Write the scores of the naive predictions and of the ceiling for every decision.

    The file holds ``uniform``, the naive prediction of completeness, and ``frequencies`` and
    ``ceiling`` for markets that are left out; and for the treatments held out, which are predicted
    by the others, ``uniform_across`` and ``ceiling_across``.

    Args:
        game: Name of the game.
        dataset: Folder of the human data, with decisions.csv.
        observed: The table of observed statistics, which says what is held out.
        settings: The config's ``decisions``.
        seed: The run's seed.
        workers: Folds that are learnt side by side; results do not depend on it.
        output: Output: npz file.

    Raises:
        SatisficeError: The decisions are not usable.
    """
    rules = load_game(game)
    panels = panels_of(read_decisions(Path(dataset) / "decisions.csv", rules), rules)
    options, own_seed = DecisionSettings(**settings), small_seed(seed, "ceiling", game)
    folds, trees = options.ceiling_folds, options.ceiling_trees
    predicted = {
        "uniform": uniform(rules, panels),
        "frequencies": frequencies(rules, panels, folds, own_seed),
        "ceiling": out_of_market(rules, panels, folds, own_seed, trees, workers),
    }
    held_out = wholly_held_out(read_observed(observed))
    fitted = [treatment for treatment in panels if treatment not in held_out]
    if fitted and len(fitted) < len(panels):
        unseen = {name: play for name, play in panels.items() if name not in fitted}
        predicted["uniform_across"] = uniform(rules, unseen)
        predicted["ceiling_across"] = across_treatments(rules, panels, fitted, own_seed, trees)
    write_predicted(output, predicted)
    for name, found in predicted.items():
        decisions = sum(scores.log_score.size for scores in found.values())
        total = sum(float(scores.log_score.sum()) for scores in found.values())
        logger.info("%s of %s: %.3f nats a decision", name, game, total / decisions)
