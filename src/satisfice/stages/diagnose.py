"""Rule ``diagnose``: every verdict about learning, inference and prediction, as gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from satisfice.checks.inference_gates import inference_gates, misspecification_gates
from satisfice.checks.learning_gates import learning_gate, verification_gates
from satisfice.checks.prediction_gates import prediction_gate, stylised_fact_gates
from satisfice.games import load_game
from satisfice.io.files import read_arrays, read_json, read_table, write_json
from satisfice.io.observed import read_observed
from satisfice.io.runs import read_draws, read_predictions, read_simulations
from satisfice.progress import logger


def diagnose(
    game_name: str,
    observed: str | Path,
    beliefs: Mapping[str, Mapping[str, str | Path]],
    rational: Mapping[str, str | Path],
    scores: str | Path,
    detects: Sequence[str],
    output: str | Path,
) -> None:
    """Collect every verdict about a game's calibration.

    Args:
        game_name: Name of the game.
        observed: observed.csv.
        beliefs: For each prior belief, the default first, the paths of its training,
            verification, simulations, posterior, calibration, misspecification and predictive.
        rational: Paths of the PPO baseline's training and verification.
        scores: scores.csv.
        detects: Rules of play that the test of misspecification should detect.
        output: Where diagnostics.json goes.
    """
    table, facts = read_observed(observed), load_game(game_name).stylised_facts
    gates: list[dict[str, Any]] = []
    for belief, paths in beliefs.items():
        found = [
            *inference_gates(
                table,
                read_draws(paths["posterior"]),
                read_simulations(paths["simulations"]),
                read_arrays(paths["calibration"]),
            ),
            *misspecification_gates(read_json(paths["misspecification"]), tuple(detects)),
            learning_gate(read_table(paths["training"])),
            *verification_gates(read_json(paths["verification"])),
            *stylised_fact_gates(facts, table, read_predictions(paths["predictive"], len(table))),
        ]
        gates += [{"model": belief, **gate.as_dict()} for gate in found]
    found = [
        learning_gate(read_table(rational["training"])),
        *verification_gates(read_json(rational["verification"])),
    ]
    gates += [{"model": "ppo", **gate.as_dict()} for gate in found]
    gates.append({"model": "all", **prediction_gate(read_table(scores)).as_dict()})
    write_json(output, gates)
    for gate in gates:
        if not gate["passed"]:
            logger.info("gate %s of %s fails: %s", gate["name"], gate["model"], gate["meaning"])
