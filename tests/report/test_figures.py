"""Figures: all are drawn, described in numbers, and the same each time."""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from satisfice.io.files import read_json
from satisfice.report.catalogue import DECISION_FIGURES, FIGURES, SECTIONS
from satisfice.report.figures import DRAW
from satisfice.report.figures_evaluation import (
    plain_log_ticks,
    posterior_predictive,
    scores,
    statistics_crps,
)
from satisfice.report.figures_learning import verification
from satisfice.report.results import GameResults
from satisfice.report.style import FIXED, HUMAN, Palette, Picture, drawing, new_figure, save


def test_every_figure_is_drawn_and_narrow_enough_for_a_phone(made_up_run: Any) -> None:
    for path in made_up_run.figures.values():
        content = path.read_bytes()
        assert content.startswith(b"\x89PNG")
        width, _ = struct.unpack(">II", content[16:24])
        assert width == 700
        assert len(content) < 400_000


def test_every_description_holds_numbers(made_up_run: Any) -> None:
    texts = read_json(made_up_run.descriptions)
    assert set(texts) == set(FIGURES) == set(DRAW)
    assert all(any(letter.isdigit() for letter in text) for text in texts.values())
    assert "equilibrium, held out: 2 (1.6 to 2.6)" in texts["scores"]
    assert "0.5 × equilibrium = 1" in texts["scores"]


def test_the_same_numbers_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        with drawing():
            figure = new_figure(1.0)
            figure.subplots().plot([0, 1])
        save(Picture(figure, "a line"), tmp_path / name)
    first, second = ((tmp_path / name).read_bytes() for name in ("a.png", "b.png"))
    assert first == second
    assert b"Software" not in first and b"Creation" not in first


def test_sections_are_those_of_the_catalogue() -> None:
    found = (FIGURES | DECISION_FIGURES).values()
    assert {entry.section for entry in found} == set(SECTIONS)


def test_colours_are_fixed_and_distinct() -> None:
    one = Palette.of(["bounded", "bounded_uniform", "rational", "equilibrium"])
    two = Palette.of(["rational", "bounded", "bounded_uniform"])
    assert one.colours["bounded_uniform"] == two.colours["bounded_uniform"]
    assert one.colours["rational"] == FIXED["rational"]
    assert len({*one.colours.values(), HUMAN}) == 5
    assert len(set(one.markers.values())) == len(set(map(str, one.lines.values()))) == 4


def test_as_many_models_as_a_game_has_look_different() -> None:
    others = [f"other_{number}" for number in range(5)]
    palette = Palette.of(["bounded", *others, "rational", "equilibrium"])
    for looks in (palette.colours, palette.markers, palette.lines):
        assert len(set(map(str, looks.values()))) == 8


def crps_table(**crps: tuple[float, float, float]) -> pd.DataFrame:
    """Scores of two parts, the fitted one twice as wide."""
    rows = [
        [name, part, "crps", value, low, factor * high]
        for part, factor in (("held_out", 1.0), ("fit", 2.0))
        for name, (value, low, high) in crps.items()
    ]
    return pd.DataFrame(rows, columns=["contender", "part", "score", "value", "low", "high"])


def test_no_interval_of_a_score_is_cut_off() -> None:
    table = crps_table(
        bounded=(1.0, 0.5, 2.0), rational=(2.0, 1.0, 3.0), equilibrium=(3.0, 1.0, 4.0)
    )
    gates = [{"name": "held_out_prediction", "threshold": 0.5}]
    with drawing():
        picture = scores(results(scores=table, gates=gates))
    for axis in picture.figure.axes:
        low, high = axis.get_xlim()
        assert low == 0 and high > 8


ROLES = ("retailer", "factory")


def results(**other: Any) -> GameResults:
    """What figures of learning and of human data read, of a game with two roles."""
    rows = [
        ["one", f"{role}_{name}", value, 1.0, "primary", split]
        for name, split in (("cost", "fit"), ("peak", "held_out"))
        for role, value in zip(ROLES, (10.0, 20.0), strict=True)
    ]
    rows.append(["one", "team_cost", 30.0, 1.0, "secondary", "fit"])
    columns = ["treatment", "statistic", "value", "standard_error", "provenance", "split"]
    observed = pd.DataFrame(rows, columns=columns)
    models = ["bounded", "rational", "equilibrium"]
    predictive = {m: np.arange(1.0, 6.0) + np.zeros((3, 5)) for m in models}
    plain: dict[str, Any] = {
        "game": "beer_game",
        "statistic_units": {name: "units" for name in observed.statistic},
        "observed": observed,
        "scores": pd.DataFrame(),
        "tested": pd.DataFrame(),
        "gates": [],
        "posteriors": {"anchor": None},
        "predictive": predictive,
        "training": {},
        "verification": {},
        "behaviour": None,
        "paths": (),
        "roles": ROLES,
    }
    return GameResults(**(plain | other))


def titles(picture: Picture) -> list[str]:
    found = [axis.get_title(loc="left") for axis in picture.figure.axes]
    return [title for title in found if title]


def ticks(picture: Picture, panel: int) -> list[str]:
    return [text.get_text() for text in picture.figure.axes[panel].get_xticklabels()]


@pytest.mark.parametrize("ends", [(0.31, 0.44), (0.8, 2.9), (0.05, 900.0)])
def test_logarithmic_axes_of_any_width_have_a_few_plain_numbers(ends: tuple[float, float]) -> None:
    axis = new_figure(2.0).subplots()
    axis.set_xscale("log")
    axis.set_xlim(*ends)
    plain_log_ticks(axis)
    labels = [tick.get_text() for tick in axis.get_xticklabels()]
    assert 2 <= len(labels) == len(set(labels)) <= 12
    assert all(ends[0] <= float(label) <= ends[1] for label in labels)


def test_statistics_of_all_roles_share_a_panel() -> None:
    with drawing():
        picture = posterior_predictive(results())
    assert titles(picture) == ["cost", "peak", "team cost"]
    assert [axis.get_xlabel() for axis in picture.figure.axes[:3]] == ["role", "role", "treatment"]
    assert ticks(picture, 0) == ["retai.", "facto."]
    assert ticks(picture, 2) == ["one"]
    # Only the held-out panel says so.
    words = [[text.get_text() for text in axis.texts] for axis in picture.figure.axes[:3]]
    assert words == [[], ["held out"], []]


def test_statistics_of_equal_agents_have_a_panel_each() -> None:
    with drawing():
        picture = posterior_predictive(results(roles=()))
    assert len(titles(picture)) == 5
    assert {axis.get_xlabel() for axis in picture.figure.axes[:5]} == {"treatment"}


@pytest.mark.parametrize(("treatments", "columns"), [(3, 2), (7, 1)])
def test_panels_with_many_long_labels_take_the_whole_width(treatments: int, columns: int) -> None:
    rows = [
        [f"expedite_{number}", name, 1.0, 1.0, "primary", "fit"]
        for name in ("mean", "spread")
        for number in range(treatments)
    ]
    observed = pd.DataFrame(rows, columns=list(results().observed.columns))
    predictive = {"equilibrium": np.ones((3, len(rows)))}
    with drawing():
        picture = posterior_predictive(
            results(observed=observed, predictive=predictive, roles=(), game="newsvendor")
        )
        picture.figure.draw_without_rendering()
        axis = picture.figure.axes[0]
        spec = axis.get_subplotspec()
        assert spec is not None and spec.get_gridspec().ncols == columns
        labels = [text.get_window_extent() for text in axis.get_xticklabels()]
    assert ticks(picture, 0)[0] == "expedite\n0"
    assert all(left.x1 < right.x0 for left, right in pairwise(labels))


def test_only_what_is_held_out_is_compared_by_statistic() -> None:
    with drawing():
        picture = statistics_crps(results())
    (axis,) = picture.figure.axes
    labels = [text.get_text() for text in axis.get_yticklabels()]
    assert labels == ["retailer peak", "factory peak"]
    assert "treatment one, rational: median " in picture.description
    assert "cost" not in picture.description


LIMITS = {
    "rational": {
        "one": {
            "mean price": {"value": 5.0, "low": 4.5, "high": 5.5, "kept": True},
            "variance": {"value": 0.5, "high": 0.3, "kept": False},
        },
        "two_b": {"mean price": {"value": 6.0, "low": 6.5, "high": 7.5, "kept": False}},
    }
}


def verified(**found: Any) -> Picture:
    with drawing():
        return verification(results(verification=found))


def test_verification_has_a_panel_for_each_quantity() -> None:
    picture = verified(rational={"rational_limits": LIMITS["rational"]})
    assert titles(picture) == ["rational limit: mean price", "rational limit: variance"]
    assert ticks(picture, 0) == ["one", "two\nb"]
    assert ticks(picture, 1) == ["one"]
    # Two bounds in each of two treatments, and one.
    assert [len(axis.collections) for axis in picture.figure.axes] == [4, 1]
    for words in (
        "rational, one: mean price 5;",
        "rational, two_b: mean price 6;",
        "one: allowed low 4.5; one: allowed high 5.5",
        "rational, one: variance 0.5; one: allowed high 0.3",
    ):
        assert words in picture.description


def test_verification_shows_what_thinking_is_worth() -> None:
    worth = {
        "processing_cost": [0.1, 1.0],
        "payoff": [0.8, 0.3],
        "largest_rise": 0.0,
        "very_large_cost": 200.0,
        "total_variation_from_prior_belief": 0.0,
    }
    limits = {"one": {"mean price": {"value": 5.2, "low": 4.5, "high": 5.5, "kept": True}}}
    picture = verified(
        anchor={"rational_limits": limits, "processing_cost": worth},
        rational={"rational_limits": limits},
    )
    assert titles(picture)[-1] == "payoff against processing cost"
    line = picture.figure.axes[-1].lines[0]
    np.testing.assert_array_equal(np.column_stack([line.get_xdata(), line.get_ydata()]),
                                  [[0.1, 0.8], [1.0, 0.3]])  # fmt: skip
    assert "bounded (anchor): mean payoff goes from 0.8 to 0.3 as λ rises" in picture.description
    assert "bounded (anchor), λ = 0.002, one: mean price 5.2" in picture.description


def test_the_rational_limit_names_the_cost_that_was_played() -> None:
    limits = {"one": {"mean price": {"value": 5.2, "low": 4.5, "high": 5.5, "kept": True}}}
    picture = verified(
        anchor={"rational_limits": limits, "cost_of_rational_limits": 0.003999999},
        rational={"rational_limits": limits},
    )
    assert "bounded (anchor), λ = 0.004, one: mean price 5.2" in picture.description
    (axis,) = picture.figure.axes
    assert axis.get_xlabel() == "treatment (bounded agents at λ = 0.004)"
    # Of a population without agents so rational nothing is shown.
    picture = verified(anchor={"supertypes": 3}, rational={"rational_limits": limits})
    assert "anchor" not in picture.description
    assert picture.figure.axes[0].get_xlabel() == "treatment"
