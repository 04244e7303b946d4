"""How well a model predicts decisions: fitted, held out, and in a market left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import logsumexp

from satisfice.decisions.archive import Archive, Weighted
from satisfice.decisions.pointwise import forecast


@dataclass(frozen=True)
class Judged:
    """A model's posterior from decisions, and its scores.

    Scores have the shape (markets,), treatment by treatment. Log scores are of whole markets, in
    nats; a CRPS is the mean over a market's decisions, in the action's unit. Markets without a
    score have NaN.

    Attributes:
        parameters: Number of fitted parameters.
        posterior: Given all markets.
        fitted: Log score of fitted markets under the posterior given the fitted markets.
        held_out: Log score of held-out markets under the same posterior.
        loo: Log score of each market under the posterior given all others.
        khat: Pareto shape of each market's importance weights; zero where it was fitted again.
        refits: Number of markets for which the model was fitted again without it.
        in_sample: Log score of each market under the posterior given all markets.
        evidence_fitted: Log evidence of the fitted markets.
        crps: CRPS under the posterior given the fitted markets.
        crps_loo: CRPS under the posterior given all other markets.
        likelihoods: Number of likelihoods that the fit took.
    """

    parameters: int
    posterior: Weighted
    fitted: np.ndarray
    held_out: np.ndarray
    loo: np.ndarray
    khat: np.ndarray
    refits: int
    in_sample: np.ndarray
    evidence_fitted: float
    crps: np.ndarray
    crps_loo: np.ndarray
    likelihoods: int


def judge(archive: Archive, unseen: np.ndarray, forecasts: int) -> Judged:
    """Score a model on all markets.

    Args:
        archive: Its likelihoods.
        unseen: Mask of the markets held out, shape (markets,).
        forecasts: Number of posterior draws for the CRPS of decisions.
    """
    everything = np.ones(archive.markets)
    posterior, fit = archive.given(everything), archive.given(1.0 - unseen)
    loo, khat, refits = np.empty(archive.markets), np.zeros(archive.markets), 0
    for market in range(archive.markets):
        before = archive.runs
        others = everything - np.eye(archive.markets)[market]
        without = archive.given(others, may_run=refits < archive.settings.most_refits)
        loo[market] = without.predicted()[market]
        khat[market] = without.khat
        refits += archive.runs > before
    under_fit = fit.predicted()
    return Judged(
        parameters=len(archive.model.free),
        posterior=posterior,
        fitted=np.where(unseen, np.nan, under_fit),
        held_out=np.where(unseen, under_fit, np.nan),
        loo=loo,
        khat=khat,
        refits=refits,
        in_sample=posterior.predicted(),
        evidence_fitted=fit.log_evidence,
        crps=_crps(archive, fit, forecasts, leave_out=False),
        crps_loo=_crps(archive, posterior, forecasts, leave_out=True),
        likelihoods=archive.calls,
    )


def _crps(archive: Archive, posterior: Weighted, draws: int, *, leave_out: bool) -> np.ndarray:
    """CRPS of each market; with ``leave_out``, the market's own decisions are weighted away."""
    rows = posterior.rows(draws if archive.model.free else 1)
    theta, first, found = posterior.theta[rows], 0, []
    for history in archive.histories.values():
        own = posterior.likelihoods[rows, first : first + len(history.action)]
        log_weight = -own if leave_out else np.zeros_like(own)
        log_weight = log_weight - logsumexp(log_weight, axis=0)
        scores = forecast(archive.model, history, theta, log_weight)
        found.append(scores.crps.mean((1, 2)))
        first += len(history.action)
    return np.concatenate(found)


def stacking(scores: Mapping[str, np.ndarray], steps: int = 2000) -> dict[str, float]:
    """Weights of models whose mixture predicts left-out markets best (Yao et al. 2018).

    They maximise the sum over markets of log sum_k w_k p_k by expectation maximisation, which
    increases it in every step.

    Args:
        scores: Log score of each market by model, shape (markets,).
        steps: Number of steps.
    """
    table = np.stack(list(scores.values()))
    log_weight = np.full(len(table), -np.log(len(table)))
    for _ in range(steps):
        joint = log_weight[:, None] + table
        share = joint - logsumexp(joint, axis=0)
        log_weight = logsumexp(share, axis=1) - np.log(table.shape[1])
    return dict(zip(scores, np.exp(log_weight).tolist(), strict=True))
