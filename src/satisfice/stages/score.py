"""Rule ``score``: scores of all contenders, and all gates."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from satisfice.checks.gate import Gate
from satisfice.checks.inference_gates import in_reach, inference_gates, misspecification_gates
from satisfice.checks.learning_gates import learning_gate, rational_gate, verification_gates
from satisfice.checks.misspecification_findings import misspecification_row
from satisfice.checks.prediction_gates import prediction_gate, stylised_fact_gates
from satisfice.evaluation.rows import DEFAULT, Prediction, Split, score_rows, scored_parts
from satisfice.evaluation.scores import Human, held_out_crps
from satisfice.games import load_game
from satisfice.io.correlations import correlation_of
from satisfice.io.files import read_arrays, read_json, read_table, write_json, write_table
from satisfice.io.game_run import PPO, RATIONAL, GameRun
from satisfice.io.observed import labels_of, read_observed
from satisfice.io.runs import read_draws, read_predictions, read_simulations, space_in
from satisfice.progress import logger
from satisfice.randomness import small_seed


def score(
    game: str,
    run: Mapping[str, Any],
    replicates: int,
    seed: int,
    *,
    rivals: str | Path,
) -> None:
    """Score every contender on fitted and held-out statistics, and compute all gates.

    Writes scores.csv, misspecification.csv and diagnostics.json. ``replicates`` is the number of
    redraws of the human statistics, ``rivals`` the file in which the rule misspecify tells what it
    found.
    """
    who = GameRun(**run)
    table = read_observed(who.file("observed.csv"))
    scores = _scores(who, table, replicates, seed)
    write_table(who.file("scores.csv"), scores)
    for name, crps in held_out_crps(scores).items():
        logger.info("held-out CRPS of %s: %.2f", name, crps)
    found = {
        name: read_json(who.inferred(belief, "misspecification.json"))
        for name, belief in who.bounded.items()
    }
    found |= read_json(rivals)
    rows = [misspecification_row(game, name, each) for name, each in found.items()]
    write_table(who.file("misspecification.csv"), pd.DataFrame(rows))
    gates = _gates(game, who, table, scores, found)
    write_json(who.file("diagnostics.json"), gates)
    for gate in gates:
        if not gate["passed"]:
            logger.info("gate %s of %s fails: %s", gate["name"], gate["model"], gate["meaning"])


def _scores(who: GameRun, table: pd.DataFrame, replicates: int, seed: int) -> pd.DataFrame:
    """Rows of scores.csv."""
    people = Human.of_table(
        table,
        replicates,
        small_seed(seed, "score"),
        correlation_of(who.file("correlations.csv"), labels_of(table)),
    )
    predicted = {
        name: Prediction.read(who.predictions(name), block["group"], len(table))
        for name, block in who.contenders.items()
    }
    fitted, held_out = ((table.split == part).to_numpy() for part in ("fit", "held_out"))
    parts = scored_parts(predicted, [Split(DEFAULT, fitted, held_out)], people)
    return pd.concat([score_rows(predicted, *part) for part in parts], ignore_index=True)


def _gates(
    game: str,
    who: GameRun,
    table: pd.DataFrame,
    scores: pd.DataFrame,
    tested: Mapping[str, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    """Gates of each prior belief, of rational play, of PPO, and of prediction."""
    facts = load_game(game).stylised_facts
    found = {}
    for contender, belief in who.bounded.items():
        inferred = _inference_gates(who, belief, table)
        predicted = read_predictions(who.predictions(contender), len(table))
        found[belief] = [
            *inferred,
            *misspecification_gates(tested[contender]),
            *_learning_gates(who, belief),
            # Where the human data are out of reach, posteriors and with them patterns are luck.
            *(stylised_fact_gates(facts, table, predicted) if in_reach(inferred) else ()),
        ]
    found[RATIONAL] = _learning_gates(who, RATIONAL)
    if who.ppo:
        limits = read_json(who.policy(PPO, "verification.json"))["rational_limits"]
        found[PPO] = [rational_gate(limits, "ppo.decisions")]
    found["all"] = [prediction_gate(scores)]
    return [{"model": model, **vars(gate)} for model, gates in found.items() for gate in gates]


def _inference_gates(who: GameRun, belief: str, table: pd.DataFrame) -> list[Gate]:
    path = who.inferred(belief, "posterior.npz")
    drawn = read_draws(path)
    return inference_gates(
        table,
        drawn["theta"],
        space_in(drawn, path).names,
        read_simulations(who.simulations(belief)),
        read_arrays(who.inferred(belief, "calibration.npz")),
    )


def _learning_gates(who: GameRun, variant: str) -> list[Any]:
    return [
        learning_gate(read_table(who.policy(variant, "training.csv"))),
        *verification_gates(read_json(who.policy(variant, "verification.json"))),
    ]
