"""Figures: all are drawn, described in numbers, and the same each time."""

from __future__ import annotations

import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from satisfice.errors import SatisficeError
from satisfice.io.files import read_json
from satisfice.report.behaviour import SKILLS, behaviour_by_skill
from satisfice.report.catalogue import FIGURES, SECTIONS
from satisfice.report.figures import DRAW
from satisfice.report.results import model_label, number, read_calibration, statistic_label
from satisfice.report.style import FIXED, HUMAN, Palette, Picture, drawing, new_figure, save
from satisfice.stages.populations import load_population


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
    assert {entry.section for entry in FIGURES.values()} == set(SECTIONS)


def test_colours_are_fixed_and_distinct() -> None:
    one = Palette.of(["bounded", "bounded_uniform", "ppo", "equilibrium"])
    two = Palette.of(["ppo", "bounded", "bounded_uniform"])
    assert one.colours["bounded_uniform"] == two.colours["bounded_uniform"]
    assert one.colours["ppo"] == FIXED["ppo"]
    assert len({*one.colours.values(), HUMAN}) == 5
    assert len(set(one.markers.values())) == len(set(map(str, one.lines.values()))) == 4


def test_untrained_agents_follow_their_habit(made_up_run: Any) -> None:
    population, _ = load_population(made_up_run.root / "policy" / "habit")
    shown = behaviour_by_skill(population, np.array([0.5, 0.2, 0.4]))
    assert shown.costs == pytest.approx([0.4 * (1 - skill) for skill in SKILLS])
    first, prior = shown.stages["first round"]["3"]
    np.testing.assert_allclose(first, np.tile(prior, (3, 1)), rtol=1e-5)
    np.testing.assert_allclose(prior, 1 / 101, rtol=1e-5)
    later, habit = shown.stages["after equilibrium play"]["3"]
    np.testing.assert_allclose(later, np.tile(habit, (3, 1)), rtol=1e-5)
    assert habit.argmax() == 25  # the whole number nearest to 99 / 4


def test_agents_without_memory_have_one_stage(made_up_run: Any) -> None:
    population, _ = load_population(made_up_run.root / "policy" / "uniform")
    assert list(behaviour_by_skill(population, np.array([0.5, 0.2, 0.4])).stages) == ["first round"]


def test_a_missing_group_is_told(tmp_path: Path, posterior_at: Callable[..., None]) -> None:
    path = tmp_path / "posterior.nc"
    posterior_at(path, "sbc")
    with pytest.raises(SatisficeError, match=r"posterior\.nc: lacks the group 'sbc'"):
        read_calibration(path)


def test_names_for_people() -> None:
    assert model_label("bounded", "habit") == "bounded (habit)"
    assert model_label("bounded_uniform", "habit") == "bounded (uniform)"
    assert model_label("ppo", "habit") == "PPO"
    assert model_label("naive_expectations", "habit") == "naive expectations"
    assert statistic_label("mean_rounds_1_8") == "mean rounds 1–8"
    assert statistic_label("share_changed") == "share changed"


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (0.12345, "0.123"), (12345.6, "12,346"), (3e-8, "3.00e-08"),
     (float("nan"), "not finite")],
)  # fmt: skip
def test_numbers_for_people(value: float, text: str) -> None:
    assert number(value) == text
