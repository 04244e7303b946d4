"""comparison.csv: all models of a game, compared by single decisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from satisfice.decisions.individuals import HIGH, LOW
from satisfice.decisions.judgement import Judged, stacking
from satisfice.evaluation.predicted_decisions import Predicted, completeness

PARTS = ("fitted", "held_out", "loo")
"""Decisions of fitted treatments, of treatments held out, and of single markets left out."""

Scores = Mapping[str, np.ndarray]
"""Log score and CRPS of each market by name, such as ``log_score_loo``, shape (markets,)."""


def scores_of(judged: Judged, unseen: np.ndarray) -> dict[str, np.ndarray]:
    """The scores of a fitted model."""
    return {
        "log_score_fitted": judged.fitted,
        "log_score_held_out": judged.held_out,
        "log_score_loo": judged.loo,
        "crps_fitted": np.where(unseen, np.nan, judged.crps),
        "crps_held_out": np.where(unseen, judged.crps, np.nan),
        "crps_loo": judged.crps_loo,
    }


def scores_of_predictor(
    left_out: Mapping[str, Predicted], across: Mapping[str, Predicted], unseen: np.ndarray
) -> dict[str, np.ndarray]:
    """The scores of a predictor: of markets left out, and across to treatments held out.

    Args:
        left_out: Predictions by treatment, in the order of the markets.
        across: Predictions of the treatments held out, in any order; possibly none.
        unseen: Mask of the markets held out, shape (markets,).
    """
    loo, crps = _by_market(left_out)
    nothing = np.full(len(loo), np.nan)
    held_out, crps_held_out = nothing.copy(), nothing.copy()
    if across:
        in_order = {treatment: across[treatment] for treatment in left_out if treatment in across}
        held_out[unseen > 0], crps_held_out[unseen > 0] = _by_market(in_order)
    return {
        "log_score_fitted": nothing,
        "log_score_held_out": held_out,
        "log_score_loo": loo,
        "crps_fitted": nothing,
        "crps_held_out": crps_held_out,
        "crps_loo": crps,
    }


def _by_market(predicted: Mapping[str, Predicted]) -> tuple[np.ndarray, np.ndarray]:
    log_score = [each.log_score.sum((1, 2)) for each in predicted.values()]
    crps = [each.crps.mean((1, 2)) for each in predicted.values()]
    return np.concatenate(log_score), np.concatenate(crps)


def compare(
    scores: Mapping[str, Scores],
    about: Mapping[str, Mapping[str, Any]],
    sizes: np.ndarray,
    treatment: np.ndarray,
    against: str,
    *,
    replicates: int,
    seed: int,
) -> pd.DataFrame:
    """One row for each model; log scores are in nats a decision.

    Intervals are 90 % of a bootstrap that draws markets with replacement within treatments, the
    same draws for all models; differences from the model ``against`` are paired.

    Args:
        scores: Scores by model; ``uniform`` and ``ceiling`` are those of completeness.
        about: First columns by model, such as group and parameters.
        sizes: Number of decisions of each market, shape (markets,).
        treatment: Treatment of each market.
        against: The model from which differences are taken.
        replicates: Number of bootstrap draws.
        seed: Seed of the draws.
    """
    drawn = _draws(treatment, replicates, seed)
    rows = {name: dict(first) for name, first in about.items()}
    for part in PARTS:
        kind = f"log_score_{part}"
        here = ~np.isnan(scores[against][kind])
        if not here.any():
            continue
        per_decision = {
            name: _means(each[kind], sizes, drawn, here) for name, each in scores.items()
        }
        for name, means in per_decision.items():
            if np.isnan(means[0]):
                continue
            row = rows[name]
            row[kind], row[f"se_{part}"] = means[0], means[1:].std(ddof=1)
            row[f"low_{part}"], row[f"high_{part}"] = np.quantile(means[1:], (LOW, HIGH))
            row |= _with_interval("difference", part, means - per_decision[against])
            row[f"crps_{part}"] = np.average(
                scores[name][f"crps_{part}"][here], weights=sizes[here]
            )
        best = per_decision.get("ceiling", np.full(1, np.nan))
        if not np.isnan(best[0]):
            for name, means in per_decision.items():
                if not np.isnan(means[0]):
                    share = completeness(means, per_decision["uniform"], best)
                    rows[name] |= _with_interval("completeness", part, share)
    fitted = [name for name in scores if "parameters" in about[name]]
    for name, weight in stacking({name: scores[name]["log_score_loo"] for name in fitted}).items():
        rows[name]["weight"] = weight
    table = pd.DataFrame([{"contender": name, **row} for name, row in rows.items()])
    return table.sort_values("log_score_loo", ascending=False, ignore_index=True)


def fit_columns(judged: Judged) -> dict[str, Any]:
    """Columns about a model's fit."""
    return {
        "parameters": judged.parameters,
        "elpd_loo": judged.loo.sum(),
        "se_elpd_loo": np.sqrt(len(judged.loo)) * judged.loo.std(ddof=1),
        "p_loo": judged.in_sample.sum() - judged.loo.sum(),
        "worst_khat": judged.khat.max(),
        "refits": judged.refits,
        "evidence": judged.posterior.log_evidence,
        "evidence_fitted": judged.evidence_fitted,
        "likelihoods": judged.likelihoods,
    }


def _with_interval(measure: str, part: str, values: np.ndarray) -> dict[str, float]:
    """A measure of the observed markets, the first value, with its interval over all draws."""
    low, high = np.quantile(values[1:], (LOW, HIGH))
    return {
        f"{measure}_{part}": values[0],
        f"{measure}_low_{part}": low,
        f"{measure}_high_{part}": high,
    }


def _draws(treatment: np.ndarray, replicates: int, seed: int) -> np.ndarray:
    """How often each market is drawn, (1 + replicates, markets); each once in the first row."""
    generator, counts = np.random.default_rng(seed), np.ones((1 + replicates, len(treatment)))
    for each in np.unique(treatment):
        own = treatment == each
        number = int(own.sum())
        counts[1:, own] = generator.multinomial(number, np.full(number, 1 / number), replicates)
    return counts


def _means(
    by_market: np.ndarray, sizes: np.ndarray, drawn: np.ndarray, here: np.ndarray
) -> np.ndarray:
    """Score of a decision, mean over all decisions of the markets drawn, (1 + replicates,)."""
    counts = drawn[:, here]
    return np.asarray((counts @ by_market[here]) / (counts @ sizes[here]))
