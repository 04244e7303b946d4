"""Rule ``diagnose``: every verdict about learning, inference and prediction, as gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from satisfice.checks.diagnostics import (
    coverage_gate,
    detection_gate,
    failures_gate,
    false_alarms_gate,
    lc2st_gate,
    misspecification_gate,
    prior_predictive_gate,
    rhat_gate,
    sbc_gate,
    tarp_gate,
)
from satisfice.checks.gate import Gate
from satisfice.checks.learning_gates import learning_gate, verification_gates
from satisfice.evaluation.scores import BOUNDED, best_rational, held_out_crps
from satisfice.games import load_game
from satisfice.games.base import StylisedFact
from satisfice.io.files import read_arrays, read_json, read_table, write_json
from satisfice.io.observed import labels_of, read_observed
from satisfice.io.runs import read_draws, read_predictions, read_simulations
from satisfice.population import PARAMETERS
from satisfice.population.parameters import parameter_names
from satisfice.progress import logger

SHARE_OF_FACTS = 0.9
"""Share of predicted experiments that should show what humans show."""


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
            *_inference_gates(table, paths),
            *_misspecification_gates(read_json(paths["misspecification"]), tuple(detects)),
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


def _inference_gates(table: pd.DataFrame, paths: Mapping[str, str | Path]) -> list[Gate]:
    fitted, drawn = (table.split == "fit").to_numpy(), read_draws(paths["posterior"])
    simulations, checked = read_simulations(paths["simulations"]), read_arrays(paths["calibration"])
    labels = list(table.treatment[fitted] + "/" + table.statistic[fitted])
    largest, ranked = int(checked["largest_rank"]), tuple(str(n) for n in checked["names"])
    usable = simulations["failures"] == ""
    names = parameter_names(PARAMETERS, tuple(str(role) for role in drawn["roles"]))
    return [
        sbc_gate(checked["ranks"], largest, ranked),
        coverage_gate(checked["ranks"], largest, ranked),
        tarp_gate(checked["tarp_ranks"], largest),
        lc2st_gate(float(checked["lc2st"])),
        rhat_gate(drawn["theta"], names),
        prior_predictive_gate(
            simulations["x"][usable][:, fitted], table.value.to_numpy()[fitted], labels
        ),
        failures_gate(simulations["failures"]),
    ]


def _misspecification_gates(found: Mapping[str, Any], detects: tuple[str, ...]) -> list[Gate]:
    detection = detection_gate(found, detects)
    return [
        misspecification_gate(found),
        false_alarms_gate(found),
        *([detection] if detection else []),
    ]


def stylised_fact_gates(
    facts: Mapping[str, StylisedFact], table: pd.DataFrame, predictive: np.ndarray
) -> list[Gate]:
    """How often do predictions show the patterns that the human statistics show?

    Args:
        facts: The game's patterns by name.
        table: observed.csv.
        predictive: Shape (draws, statistics).

    Returns:
        One gate for all patterns, or none where humans show no pattern. A pattern that compares
        treatments is left out where the data lack one of them.
    """
    labels = labels_of(table)
    human = dict(zip(labels, table.value.to_numpy(dtype=np.float64), strict=True))
    drawn = dict(zip(labels, predictive.T, strict=True))
    shares = {
        name: float(fact(drawn).mean()) for name, fact in facts.items() if _shows(human, fact)
    }
    if not shares:
        return []
    rarest = min(shares, key=shares.__getitem__)
    listed = "; ".join(f"{name}: {share:.0%}" for name, share in shares.items())
    return [
        Gate(
            "stylised_facts",
            shares[rarest],
            SHARE_OF_FACTS,
            shares[rarest] > SHARE_OF_FACTS,
            f"Share of predicted experiments that show the rarest of the patterns that humans "
            f"show. {listed}.",
        )
    ]


def _shows(statistics: Mapping[tuple[str, str], np.ndarray], fact: StylisedFact) -> bool:
    """Whether statistics show a pattern; without all that it compares they do not."""
    try:
        return bool(fact(statistics))
    except KeyError:
        return False


def prediction_gate(scores: pd.DataFrame) -> Gate:
    """Is the bounded model's held-out CRPS at most half of the best rational rival's?"""
    rival, crps = best_rational(scores), held_out_crps(scores)
    ratio = crps[BOUNDED] / crps[rival]
    return Gate(
        "held_out_prediction",
        ratio,
        0.5,
        ratio <= 0.5,
        f"Held-out CRPS of the bounded model with the default prior belief divided by that of "
        f"{rival}, the better of PPO and equilibrium: at most one half if bounded rationality "
        "predicts much better.",
    )
