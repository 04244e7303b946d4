"""Figures about single decisions."""

from __future__ import annotations

import numpy as np
import pytest
from made_up_decisions import comparison_of, decision_results, individuals_of, posterior_of

from satisfice.report.catalogue import DECISION_FIGURES
from satisfice.report.decisions import DecisionResults, population_costs
from satisfice.report.figures import draw_decisions
from satisfice.report.figures_decisions import LOWEST


def labels(picture_axis: object) -> list[str]:
    return [text.get_text() for text in picture_axis.get_yticklabels()]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", DECISION_FIGURES)
def test_every_figure_is_narrow_and_told_in_numbers(name: str) -> None:
    picture = draw_decisions(name, decision_results())
    assert picture.figure.get_figwidth() * picture.figure.dpi == 700
    assert any(letter.isdigit() for letter in picture.description)
    assert "nan" not in picture.description


def test_scores_are_sorted_within_each_part() -> None:
    table = comparison_of(
        {"ewa": 0.1, "best_reply": -0.2}, held_out={"ewa": -0.3, "best_reply": -0.2}
    )
    picture = draw_decisions("decision_scores", decision_results(table))
    first, second = picture.figure.axes[:2]
    assert labels(first) == ["machine learning", "EWA", "bounded (habit)", "best reply", "guessing"]
    assert labels(second) == [
        "machine learning",
        "bounded (habit)",
        "best reply",
        "EWA",
        "guessing",
    ]
    assert "EWA, treatments held out: -3.3 (-3.4 to -3.2), completeness 35 %" in picture.description


def test_one_part_is_one_panel() -> None:
    picture = draw_decisions("decision_scores", decision_results(comparison_of(held_out=None)))
    assert [axis.get_title(loc="left") for axis in picture.figure.axes] == ["markets left out"]


def test_every_person_has_a_line_and_is_sorted() -> None:
    people = individuals_of({"expedite_12": 4, "expedite_3": 33})[::-1]
    plain = decision_results()
    results = DecisionResults(
        plain.comparison, people, plain.posterior, plain.of_statistics, "habit"
    )
    picture = draw_decisions("individuals", results)
    for axis, number in zip(picture.figure.axes, (33, 4), strict=True):  # 3 comes before 12
        (means,) = (line for line in axis.lines if line.get_marker() == "o")
        shown = np.asarray(means.get_xdata())
        np.testing.assert_allclose(shown, np.geomspace(0.01, 1.0, number))
        assert axis.get_xscale() == "log" and axis.get_xlim()[0] > LOWEST / 3
    assert picture.figure.axes[-1].get_xlabel() == "λ (ref. payoffs / nat)"
    assert "treatment expedite 3: 33 people, median 0.1 (" in picture.description


def test_the_population_is_that_of_the_posterior() -> None:
    posterior = posterior_of(0.3, 0.0)
    costs = population_costs(posterior, agents=50)
    assert costs.shape == (300 * 50,)
    assert costs.mean() == pytest.approx(
        posterior.draws("posterior", "mean_lambda").mean(), rel=1e-3
    )


def test_both_posteriors_stand_beside_the_prior() -> None:
    results = decision_results(decisions=0.6, statistics=0.2, warning="unlike the model")
    picture = draw_decisions("decision_posterior", results)
    axis = picture.figure.axes[0]
    assert axis.get_legend_handles_labels()[1] == [
        "prior", "from decisions", "from statistics, misspecified",
    ]  # fmt: skip
    assert "mean lambda, from decisions: 0.6" in picture.description
    assert "ref. payoffs / nat" in axis.get_xlabel()
