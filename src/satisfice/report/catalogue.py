"""The figures of a report, in the order of the page. The workflow imports it, so it is light."""

from __future__ import annotations

from typing import NamedTuple


class Entry(NamedTuple):
    """A figure's place in the report.

    Attributes:
        section: A key of :data:`SECTIONS`.
        title: Heading, without the game's name.
    """

    section: str
    title: str


FIGURES: dict[str, Entry] = {
    "posterior_predictive": Entry("evaluation", "Human and simulated statistics"),
    "paths": Entry("evaluation", "Human and simulated play over time"),
    "scores": Entry("evaluation", "Prediction error by model"),
    "statistics_crps": Entry("evaluation", "Prediction error by held-out statistic"),
    "prior_posterior": Entry("inference", "Prior and posterior"),
    "pair": Entry("inference", "Joint posterior"),
    "misspecification": Entry("inference", "Can the model produce the human data?"),
    "recovery": Entry("inference", "Recovery of true parameters"),
    "sbc": Entry("inference", "Simulation-based calibration"),
    "coverage": Entry("inference", "Coverage of posterior intervals"),
    "tarp": Entry("inference", "Joint coverage"),
    "learning": Entry("learning", "Learning curves"),
    "verification": Entry("learning", "Distance from exact solutions"),
    "policy": Entry("learning", "Learnt behaviour by skill"),
}
"""Figures by the name of their files."""

DECISION_FIGURES: dict[str, Entry] = {
    "decision_scores": Entry("decisions", "Prediction of single decisions by model"),
    "individuals": Entry("decisions", "Each person's processing cost"),
    "decision_posterior": Entry("decisions", "Do decisions and statistics agree?"),
}
"""Further figures, of data sets with decisions."""

SECTIONS: dict[str, str] = {
    "evaluation": "Does it predict human play?",
    "decisions": "Does it predict single decisions?",
    "inference": "Who are the agents?",
    "learning": "Did the agents learn what they should?",
}
"""Headings of the sections, in the order of the page."""
