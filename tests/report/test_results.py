"""Results as reports read them, and names and numbers for people."""

from __future__ import annotations

import pytest

from satisfice.games import load_game
from satisfice.games.beer_game import ROLES
from satisfice.report.results import (
    model_label,
    number,
    panel_of,
    statistic_label,
)


def test_names_for_people() -> None:
    assert model_label("bounded", "habit") == "bounded (habit)"
    assert model_label("bounded_uniform", "habit") == "bounded (uniform)"
    assert model_label("rational", "habit") == "rational"
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


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", ["cost", "peak_order_week", "log_order_variance"])
def test_the_same_statistic_of_all_roles_shares_a_panel(role: str, name: str) -> None:
    assert panel_of(f"{role}_{name}", "step", ROLES) == (name, role)
    # Where agents are alike, the names of roles mean nothing.
    assert panel_of(f"{role}_{name}", "step", ()) == (f"{role}_{name}", "step")


def test_other_statistics_share_a_panel_with_the_other_treatments() -> None:
    assert panel_of("team_cost", "step", ROLES) == ("team_cost", "step")
    assert panel_of("factory", "step", ROLES) == ("factory", "step")
    assert panel_of("old_factory_cost", "step", ROLES) == ("old_factory_cost", "step")


def test_every_statistic_of_the_beer_game_has_its_place() -> None:
    game = load_game("beer_game")
    places = [panel_of(name, "step", game.roles) for name in game.statistics]
    assert len(set(places)) == len(places) == 29
    panels = list(dict.fromkeys(panel for panel, _ in places))
    assert len(panels) == 8
    for panel in panels[:-1]:
        assert [place for name, place in places if name == panel] == list(ROLES)
    assert places[-1] == ("team_cost", "step")
