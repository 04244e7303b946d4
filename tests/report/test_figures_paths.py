"""The figure of play over time."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb

from satisfice.games.shown_paths import Extreme, MeanOverRounds, ShownPath
from satisfice.io.played_paths import PlayedPath
from satisfice.report.figures_paths import paths
from satisfice.report.results import GameResults
from satisfice.report.style import HUMAN, Picture, drawing

HUMANS = {
    "mean": (5.0, 0.1, "primary", "fit"),
    "variance": (4.0, 0.4, "unverified", "fit"),
    "peak": (9.0, 0.5, "secondary", "held_out"),
    "week": (3.0, 0.25, "secondary", "held_out"),
    "lowest": (1.0, 0.5, "primary", "held_out"),
}
ROUNDS = 10


def shown(*marks: MeanOverRounds | Extreme, who: str = "", unit: str = "units") -> ShownPath:
    return ShownPath("stock", unit, "week", lambda play: play["stock"], marks, who)


def draw(*all_shown: ShownPath, treatments: tuple[str, ...] = ("one",)) -> Picture:
    rows = [[t, name, *human] for t in treatments for name, human in HUMANS.items()]
    columns = ["treatment", "statistic", "value", "standard_error", "provenance", "split"]
    quantiles = np.arange(5.0)[:, None] + np.ones(ROUNDS)
    means = {"rational": np.full(ROUNDS, 6.0), "equilibrium": np.full(ROUNDS, 7.0)}
    plain: dict[str, Any] = {
        "game": "any",
        "statistic_units": {},
        "observed": pd.DataFrame(rows, columns=columns),
        "scores": pd.DataFrame(),
        "tested": pd.DataFrame(),
        "gates": [],
        "posteriors": {"habit": None},
        "predictive": {"bounded": np.linspace(0, 20, 101)[:, None] + np.zeros(len(rows))},
        "training": {},
        "verification": {},
        "behaviour": None,
        "paths": [
            PlayedPath(each, treatment, quantiles, quantiles[:2], means)
            for treatment in treatments
            for each in all_shown
        ],
    }
    with drawing():
        return paths(GameResults(**plain))


def human_places(axis: Axes) -> list[tuple[float, float, bool]]:
    """Place of every human mark, and whether it is filled."""
    lines = [line for line in axis.lines if line.get_marker() in {"o", "s", "X"}]
    return [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_markerfacecolor() == HUMAN)
        for line in lines
        if line.get_color() == HUMAN
    ]


def test_a_mean_lies_over_its_rounds() -> None:
    picture = draw(shown(MeanOverRounds("mean", 3, 8)))
    axis = picture.figure.axes[0]
    assert human_places(axis) == [(5.5, 5.0, True)]
    over = [line for line in axis.lines if list(line.get_xdata()) == [3, 8]]
    assert [list(line.get_ydata()) for line in over] == [[5, 5]]
    assert "human mean 5 ± 0.2" in picture.description
    assert "3 (1 to 5) in week 1, 3 (1 to 5) in week 6, 3 (1 to 5) in week 10" in (
        picture.description
    )
    assert "mean of rational 6, mean of equilibrium 7" in picture.description


def test_the_spread_stands_around_the_mean_and_is_marked_unverified() -> None:
    picture = draw(shown(MeanOverRounds("mean", 1, 10, variance="variance")))
    axis = picture.figure.axes[0]
    dashed = [
        line for line in axis.lines if line.get_color() == HUMAN and len(line.get_xdata()) == 2
    ]
    assert [line.get_ydata()[0] for line in dashed] == [5.0, 3.0, 7.0]
    assert "human mean ± SD, unverified" in [line.get_label() for line in dashed]
    assert "SD over weeks 2, unverified" in picture.description


def test_an_extreme_stands_at_its_time_with_what_is_predicted_of_it() -> None:
    picture = draw(shown(Extreme("peak", "week")))
    axis = picture.figure.axes[0]
    assert human_places(axis) == [(3.0, 9.0, False)]
    labels = axis.get_legend_handles_labels()[1]
    assert "human ± 2 s.e., secondary" in labels and "its extreme, 90 %" in labels
    assert (
        "human peak 9 ± 1, secondary in week 3 ± 0.5, predicted 10 (1 to 19)" in picture.description
    )


def test_an_extreme_of_unknown_time_stands_beside_the_rounds() -> None:
    picture = draw(shown(Extreme("lowest")))
    ((place, value, filled),) = human_places(picture.figure.axes[0])
    assert place > ROUNDS and value == 1.0 and filled
    assert "human lowest 1 ± 1, predicted 10 (1 to 19)" in picture.description


def test_what_was_held_out_has_a_grey_background() -> None:
    picture = draw(shown(Extreme("lowest")), shown(MeanOverRounds("mean", 1, 2)))
    held, fitted = picture.figure.axes[:2]
    assert to_rgb(held.get_facecolor()) == (0.93, 0.93, 0.93)
    assert to_rgb(fitted.get_facecolor()) == (1.0, 1.0, 1.0)
    assert [[text.get_text() for text in axis.texts] for axis in (held, fitted)] == [
        ["held out"],
        [],
    ]


@pytest.mark.parametrize(
    ("who", "treatments", "titles"),
    [
        ("", ("one", "two_b"), ["treatment one", "treatment two b"]),
        ("factory", ("one",), ["factory"]),
        ("factory", ("one", "two"), ["factory, treatment one", "factory, treatment two"]),
    ],
)
def test_titles_tell_panels_apart(who: str, treatments: tuple[str, ...], titles: list[str]) -> None:
    picture = draw(shown(MeanOverRounds("mean", 1, 2), who=who), treatments=treatments)
    axes = picture.figure.axes[: len(treatments)]
    assert [axis.get_title(loc="left") for axis in axes] == titles
    assert axes[0].get_ylabel() == "stock\n(units)"
    assert {axis.get_ylim() for axis in axes} == {axes[0].get_ylim()}


def test_a_quantity_without_a_unit_has_no_empty_brackets() -> None:
    picture = draw(shown(MeanOverRounds("mean", 1, 2), unit=""))
    assert picture.figure.axes[0].get_ylabel() == "stock"


def test_a_game_that_shows_nothing_says_so() -> None:
    assert draw().description == "The game shows nothing over time."
