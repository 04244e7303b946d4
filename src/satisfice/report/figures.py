"""All figures of a game by name."""

from __future__ import annotations

from collections.abc import Callable

from satisfice.report import (
    figures_checks,
    figures_decisions,
    figures_evaluation,
    figures_inference,
    figures_learning,
    figures_paths,
)
from satisfice.report.catalogue import DECISION_FIGURES, FIGURES
from satisfice.report.decisions import DecisionResults
from satisfice.report.results import GameResults
from satisfice.report.style import Picture, drawing

DRAW: dict[str, Callable[[GameResults], Picture]] = {
    "posterior_predictive": figures_evaluation.posterior_predictive,
    "paths": figures_paths.paths,
    "scores": figures_evaluation.scores,
    "statistics_crps": figures_evaluation.statistics_crps,
    "prior_posterior": figures_inference.prior_posterior,
    "pair": figures_inference.pair,
    "misspecification": figures_checks.misspecification,
    "recovery": figures_checks.recovery,
    "sbc": figures_checks.sbc,
    "coverage": figures_checks.coverage,
    "tarp": figures_checks.tarp,
    "learning": figures_learning.learning,
    "verification": figures_learning.verification,
    "policy": figures_learning.policy,
}
assert set(DRAW) == set(FIGURES)

DRAW_DECISIONS: dict[str, Callable[[DecisionResults], Picture]] = {
    "decision_scores": figures_decisions.decision_scores,
    "individuals": figures_decisions.individuals,
    "decision_posterior": figures_decisions.decision_posterior,
}
assert set(DRAW_DECISIONS) == set(DECISION_FIGURES)


def draw(name: str, results: GameResults) -> Picture:
    """Draw one figure of :data:`satisfice.report.catalogue.FIGURES`."""
    with drawing():
        return DRAW[name](results)


def draw_decisions(name: str, results: DecisionResults) -> Picture:
    """Draw one figure of :data:`satisfice.report.catalogue.DECISION_FIGURES`."""
    with drawing():
        return DRAW_DECISIONS[name](results)
