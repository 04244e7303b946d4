"""Rules ``assemble``, ``score``, ``diagnose`` and ``join_scores``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import xarray as xr

from satisfice.behaviour import PARAMETERS
from satisfice.evaluation.scores import best_bounded_and_rival, held_out_crps, score_model
from satisfice.inference.derived import derived_quantities
from satisfice.inference.diagnostics import (
    Gate,
    coverage_gate,
    failures_gate,
    prior_predictive_gate,
    rhat_gate,
    sbc_gate,
)
from satisfice.io.files import read_arrays, read_json, read_table, write_json, write_table
from satisfice.io.inference_data import dataset, write_inference_data
from satisfice.progress import logger
from satisfice.provenance import versions
from satisfice.randomness import small_seed
from satisfice.stages.data import read_observed

PRIOR_DRAWS = 2000
"""Draws of the prior and its predictive that posterior.nc keeps."""


def assemble(
    observed: str | Path,
    simulations: str | Path,
    posterior: str | Path,
    predictive: str | Path,
    attributes: Mapping[str, Any],
    output: str | Path,
) -> None:
    """Put everything about one calibration into one ArviZ file.

    Args:
        observed: observed.csv.
        simulations: The npz file of simulations from the prior.
        posterior: The npz file of posterior draws and ranks.
        predictive: The npz file of the posterior predictive.
        attributes: Saved with the file: game, belief, config.
        output: Where posterior.nc goes.
    """
    table = read_observed(observed)
    prior, fitted, predicted = (read_arrays(path) for path in (simulations, posterior, predictive))
    treatments = list(dict.fromkeys(table.treatment))
    statistics = list(dict.fromkeys(table.statistic))
    grid = {"treatment": treatments, "statistic": statistics}
    shape = (len(treatments), len(statistics))
    members = len(fitted["theta"])

    def on_grid(values: np.ndarray, chains: int) -> xr.Dataset:
        panel = values.reshape(chains, -1, *shape)
        dims = ["chain", "draw", "treatment", "statistic"]
        return dataset({"statistics": panel}, dims, _numbered(panel) | grid)

    def parameters(theta: np.ndarray) -> xr.Dataset:
        named = {name: theta[..., i] for i, name in enumerate(PARAMETERS)}
        return dataset(named | derived_quantities(theta), ["chain", "draw"], _numbered(theta))

    usable = prior["failures"] == ""
    kept = np.flatnonzero(usable)[:PRIOR_DRAWS]
    constants = {
        "standard_error": table.standard_error.to_numpy().reshape(shape),
        "fitted": (table.split == "fit").to_numpy().reshape(shape),
        "provenance": table.provenance.to_numpy(dtype="U").reshape(shape),
    }
    ranks = dataset(
        {"rank": fitted["sbc_ranks"], "truth": fitted["sbc_theta"]},
        ["simulation", "parameter"],
        {"parameter": list(PARAMETERS)},
    )
    ranks.attrs["largest_rank"] = int(fitted["sbc_largest_rank"])
    human = table.value.to_numpy().reshape(shape)
    groups = {
        "posterior": parameters(fitted["theta"]),
        "prior": parameters(prior["theta"][kept][None]),
        "prior_predictive": on_grid(prior["x"][kept], 1),
        "posterior_predictive": on_grid(predicted["x"], members),
        "observed_data": dataset({"statistics": human}, ["treatment", "statistic"], grid),
        "constant_data": dataset(constants, ["treatment", "statistic"], grid),
        "sbc": ranks,
    }
    write_inference_data(output, groups, {**attributes, "versions": versions()})


def _numbered(values: np.ndarray) -> dict[str, Any]:
    return {"chain": np.arange(values.shape[0]), "draw": np.arange(values.shape[1])}


def score(
    observed: str | Path,
    predictive: Mapping[str, str | Path],
    replicates: int,
    seed: int,
    output: str | Path,
) -> None:
    """Score every model on the fitted and on the held-out statistics.

    Args:
        observed: observed.csv.
        predictive: The npz file of each model's predictions.
        replicates: Bootstrap replicates of the intervals.
        seed: The run's seed.
        output: Where scores.csv goes.
    """
    table = read_observed(observed)
    parts = []
    for model, path in predictive.items():
        simulated = read_arrays(path)["x"]
        for split in ("fit", "held_out"):
            rows = (table.split == split).to_numpy()
            if rows.any():
                scores = score_model(
                    simulated[:, rows],
                    table.value.to_numpy()[rows],
                    table.standard_error.to_numpy()[rows],
                    replicates=replicates,
                    # The same seed for all models: their intervals are paired.
                    seed=small_seed(seed, "score", split),
                )
                scores.insert(0, "split", split)
                scores.insert(0, "model", model)
                parts.append(scores)
    scores = pd.concat(parts)
    write_table(output, scores)
    shown = scores[(scores.score == "crps") & (scores.split == "held_out")]
    for model, crps in zip(shown.model, shown.value, strict=True):
        logger.info("held-out CRPS of %s: %.2f", model, crps)


def join_scores(paths: Mapping[str, str | Path], output: str | Path) -> None:
    """Join the games' scores into one table with a column ``game``."""
    tables = [read_table(path).assign(game=game) for game, path in paths.items()]
    joined = pd.concat(tables)
    write_table(output, joined[["game", *joined.columns.drop("game")]])


def diagnose(
    observed: str | Path,
    beliefs: Mapping[str, Mapping[str, str | Path]],
    rational: Mapping[str, str | Path],
    scores: str | Path,
    output: str | Path,
) -> None:
    """Collect every verdict about a game's calibration.

    Args:
        observed: observed.csv.
        beliefs: For each prior belief, the default first, the paths of its training,
            verification, simulations and posterior.
        rational: Paths of the PPO baseline's training and verification.
        scores: scores.csv.
        output: Where diagnostics.json goes.
    """
    table = read_observed(observed)
    gates: list[dict[str, Any]] = []
    for belief, paths in beliefs.items():
        found = [
            *_inference_gates(table, read_arrays(paths["simulations"]), paths["posterior"]),
            learning_gate(read_table(paths["training"])),
            *_verification_gates(read_json(paths["verification"])),
        ]
        gates += [{"model": belief, **gate.as_dict()} for gate in found]
    found = [
        learning_gate(read_table(rational["training"])),
        *_verification_gates(read_json(rational["verification"])),
    ]
    gates += [{"model": "ppo", **gate.as_dict()} for gate in found]
    gates.append({"model": "all", **prediction_gate(read_table(scores)).as_dict()})
    write_json(output, gates)
    for gate in gates:
        if not gate["passed"]:
            logger.info("gate %s of %s fails: %s", gate["name"], gate["model"], gate["meaning"])


def _inference_gates(
    table: pd.DataFrame, simulations: dict[str, np.ndarray], posterior: str | Path
) -> list[Gate]:
    fitted, drawn = (table.split == "fit").to_numpy(), read_arrays(posterior)
    labels = list(table.treatment[fitted] + "/" + table.statistic[fitted])
    largest = int(drawn["sbc_largest_rank"])
    usable = simulations["failures"] == ""
    return [
        sbc_gate(drawn["sbc_ranks"], largest, PARAMETERS),
        coverage_gate(drawn["sbc_ranks"], largest, PARAMETERS),
        rhat_gate(drawn["theta"], PARAMETERS),
        prior_predictive_gate(
            simulations["x"][usable][:, fitted], table.value.to_numpy()[fitted], labels
        ),
        failures_gate(simulations["failures"]),
    ]


def learning_gate(curves: pd.DataFrame) -> Gate:
    """Has the net payoff stopped rising or falling?"""
    # Two rows a half at least, for a standard deviation.
    tail = curves.net_payoff.to_numpy()[-max(4, len(curves) * 2 // 5) :]
    before, after = np.array_split(tail, 2)
    drift = abs(float(after.mean() - before.mean()))
    noise = float(np.hypot(before.std(ddof=1), after.std(ddof=1)) / np.sqrt(len(after)))
    threshold = 0.01 + 3 * noise
    return Gate(
        "learning_converged",
        drift,
        threshold,
        drift <= threshold,
        "Change of the mean net payoff between the last fifth of training and the fifth before, "
        "in units of the reference payoff; above the threshold, raise learning.iterations.",
    )


def _verification_gates(found: Mapping[str, Any]) -> list[Gate]:
    gates = []
    if "exact_qre" in found:
        distance = found["exact_qre"]["total_variation"]["mean"]
        gates.append(
            Gate(
                "exact_qre",
                distance,
                0.04,
                distance <= 0.04,
                f"Mean total variation between the learnt policy and the exact heterogeneous QRE "
                f"over {found['supertypes']} supertypes and all treatments.",
            )
        )
    if "equilibrium" in found:
        errors = {name: part["relative_error"] for name, part in found["equilibrium"].items()}
        worst = max(errors, key=errors.__getitem__)
        gates.append(
            Gate(
                "ppo_equilibrium",
                errors[worst],
                0.02,
                errors[worst] <= 0.02,
                "Largest relative distance of PPO's mean action from the equilibrium (treatment "
                f"{worst}): the baseline must be rational to be a fair rival.",
            )
        )
    return gates


def prediction_gate(scores: pd.DataFrame) -> Gate:
    """Is the best bounded model's held-out CRPS at most half of the best rational rival's?"""
    best, rival = best_bounded_and_rival(scores)
    crps = held_out_crps(scores)
    ratio = crps[best] / crps[rival]
    return Gate(
        "held_out_prediction",
        ratio,
        0.5,
        ratio <= 0.5,
        f"Held-out CRPS of {best} divided by that of {rival}, the better of PPO and "
        "equilibrium: at most one half if bounded rationality predicts much better.",
    )
