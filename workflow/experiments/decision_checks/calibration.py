"""Rule ``decision_sbc``: are posteriors from the decisions of known people right?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import kstest

from experiments.decision_checks.posteriors import TRAITS
from satisfice.checks.diagnostics import coverage, coverage_gate, sbc_gate, tarp_gate
from satisfice.checks.gate import Gate, at_most
from satisfice.checks.recovery import recover
from satisfice.decisions.individuals import HIGH, LOW
from satisfice.io.files import read_arrays, write_arrays, write_json
from satisfice.learning.populations import load_population
from satisfice.population.derived import quantities
from satisfice.population.parameters import ParameterSpace
from satisfice.randomness import small_seed

LARGEST_MISS = 0.03
"""Largest difference of the coverage of individuals' 90 % intervals from 90 %."""


def join_parts(
    game: str,
    parts: Sequence[str | Path],
    policy: str | Path,
    settings: Mapping[str, Any],
    seed: int,
    arrays: str | Path,
    summary: str | Path,
) -> None:
    """Join the posteriors of all experiments, and evaluate the gates.

    Args:
        game: Name of the game.
        parts: Files of the rule ``decision_sbc_part``.
        policy: Folder of the trained policy.
        settings: The config's ``experiments.decision_checks.<game>``, with ``live``, ``effective``
            and ``nodes`` of ``games.<game>.decisions``.
        seed: The run's seed.
        arrays: Output: npz file with ranks, moments, and what is known of people.
        summary: Output: JSON file.
    """
    population, _ = load_population(policy)
    found = [read_arrays(part) for part in parts]
    joined = {name: np.concatenate([each[name] for each in found]) for name in found[0]}
    compared = compare(population.space, joined, small_seed(seed, "decision checks", game, "tarp"))
    write_arrays(arrays, **joined, **compared)
    game_of = population.game
    people = settings["markets"] * sum(game_of.treatments.values())
    sizes = {"markets": settings["markets"], "decisions": people * game_of.rounds}
    write_json(summary, {"game": game, **sizes, **summarise(joined, compared)})


def compare(
    space: ParameterSpace, joined: Mapping[str, np.ndarray], seed: int
) -> dict[str, np.ndarray]:
    """Ranks and moments of all quantities; see :class:`satisfice.checks.recovery.Recovery`."""
    draws, truth = joined["draws"], joined["truth"]
    names, of_draws = quantities(space, draws)
    _, of_truth = quantities(space, truth)
    found = vars(recover(of_draws, of_truth, draws, truth, seed))
    kept = {name: values for name, values in found.items() if name != "truth"}
    return {"names": np.array(names), "true_values": of_truth, **kept}


def summarise(
    joined: Mapping[str, np.ndarray], compared: Mapping[str, np.ndarray]
) -> dict[str, Any]:
    """Gates, and the numbers behind them."""
    largest = joined["draws"].shape[1]
    ranks, names = compared["ranks"], tuple(str(name) for name in compared["names"])
    covered = coverage(ranks, largest, np.array([HIGH - LOW]))[:, 0]
    individuals = {name: of_people(joined[f"below_{name}"]) for name in TRAITS}
    gates = [
        sbc_gate(ranks, largest, names),
        coverage_gate(ranks, largest, names),
        tarp_gate(compared["tarp_ranks"], largest),
        *(individuals_gate(name, found["coverage"]) for name, found in individuals.items()),
    ]
    return {
        "data_sets": len(ranks),
        "passed": all(gate.passed for gate in gates),
        "sbc_p_value": dict(zip(names, uniformity(ranks, largest), strict=True)),
        "coverage": dict(zip(names, covered.tolist(), strict=True)),
        "tarp_p_value": uniformity(compared["tarp_ranks"][:, None], largest)[0],
        "contraction": dict(zip(names, compared["contraction"].mean(0).tolist(), strict=True)),
        "individuals": individuals,
        "seconds_a_data_set": float(joined["seconds"].mean()),
        "likelihoods_a_data_set": float(joined["calls"].mean()),
        "largest_khat": float(joined["khat"].max()),
        "second_runs": int((joined["runs"] > 1).sum()),
        "gates": [vars(gate) for gate in gates],
    }


def uniformity(ranks: np.ndarray, largest: int) -> list[float]:
    """P-values of the Kolmogorov-Smirnov test that ranks are uniform, one for each column."""
    scaled = (ranks + 0.5) / (largest + 1)
    return [float(kstest(column, "uniform").pvalue) for column in scaled.T]


def of_people(below: np.ndarray) -> dict[str, float]:
    """Coverage of individuals' central 90 % intervals, and its standard error over experiments.

    ``below`` has the shape (data sets, people). People of one experiment share its posterior of
    theta, so the test of uniformity takes one of each.
    """
    inside = ((below > LOW) & (below < HIGH)).mean(1)
    error = inside.std(ddof=1) / np.sqrt(len(inside)) if len(inside) > 1 else 0.0
    one = below[np.arange(len(below)), np.arange(len(below)) % below.shape[1]]
    return {
        "coverage": float(inside.mean()),
        "standard_error": float(error),
        "below_interval": float((below <= LOW).mean()),
        "above_interval": float((below >= HIGH).mean()),
        "p_value": float(kstest(one, "uniform").pvalue),
        "people": below.size,
    }


def individuals_gate(trait: str, covered: float) -> Gate:
    """Do individuals' 90 % intervals hold the true trait about 90 % of the time?"""
    return at_most(
        f"individuals_{trait}", abs(covered - 0.9), LARGEST_MISS,
        f"Difference from 90 % of the share of simulated people ({covered:.3f}) whose true {trait} "
        "lies in the central 90 % interval of its posterior.",
    )  # fmt: skip
