"""Each statistic of a supply chain against plain loops over teams."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from satisfice.games.supply_statistics import BY_ROLE, supply_chain_statistics

ROLES = ("shop", "depot", "brewery")
STATISTICS, UNITS = supply_chain_statistics(ROLES)
Play = dict[str, np.ndarray]


def plays(leading: tuple[int, ...] = ()) -> st.SearchStrategy[Play]:
    """Play of four teams in six weeks, of numbers few enough for ties to occur."""
    numbers = hnp.arrays(
        np.float64, (*leading, 4, len(ROLES), 6), elements=st.integers(-3, 5).map(float)
    )
    return st.fixed_dictionaries({name: numbers for name in ("action", "net_inventory", "cost")})


def over_teams(
    play: Play, quantity: str, role: str, of_weeks: Callable[[list[float]], float]
) -> float:
    """Mean over teams of what a function says of a role's weeks."""
    teams = play[quantity][:, ROLES.index(role)].tolist()
    return statistics.mean(of_weeks(weeks) for weeks in teams)


def expected(play: Play, role: str) -> dict[str, float]:
    """All statistics of one role, week by week."""
    variance = over_teams(play, "action", role, statistics.variance)
    return {
        f"{role}_cost": over_teams(play, "cost", role, sum),
        f"{role}_log_order_variance": math.log(variance + 0.01),
        f"{role}_peak_order": over_teams(play, "action", role, max),
        f"{role}_peak_order_week": over_teams(play, "action", role, lambda w: w.index(max(w)) + 1),
        f"{role}_highest_inventory": over_teams(play, "net_inventory", role, max),
        f"{role}_lowest_inventory": over_teams(play, "net_inventory", role, min),
        f"{role}_lowest_inventory_week": over_teams(
            play, "net_inventory", role, lambda w: w.index(min(w)) + 1
        ),
    }


@given(play=plays())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_statistics_equal_the_loops(play: Play) -> None:
    wanted = {name: value for role in ROLES for name, value in expected(play, role).items()}
    wanted["team_cost"] = statistics.mean(play["cost"].sum((1, 2)).tolist())
    found = {name: float(function(play)) for name, function in STATISTICS.items()}
    assert found == pytest.approx(wanted, abs=1e-9)


@given(play=plays(leading=(2, 3)))
@settings(deadline=None, max_examples=10, derandomize=True)
def test_leading_indices_are_summarised_one_by_one(play: Play) -> None:
    for function in STATISTICS.values():
        together = function(play)
        assert together.shape == (2, 3)
        for index in np.ndindex(2, 3):
            alone = function({name: values[index] for name, values in play.items()})
            assert together[index] == pytest.approx(alone.item(), abs=1e-12)


@given(play=plays(), order=st.permutations(range(4)))
@settings(deadline=None, max_examples=20, derandomize=True)
def test_the_order_of_teams_does_not_matter(play: Play, order: list[int]) -> None:
    shuffled = {name: values[order] for name, values in play.items()}
    for function in STATISTICS.values():
        assert function(shuffled).item() == pytest.approx(function(play).item(), abs=1e-12)


def test_every_role_has_every_statistic_with_its_unit() -> None:
    named = [f"{role}_{name}" for name in BY_ROLE for role in ROLES]
    assert list(STATISTICS) == list(UNITS) == [*named, "team_cost"]
    assert UNITS["depot_cost"] == UNITS["team_cost"] == "cost of 36 weeks"
    assert UNITS["shop_peak_order"] == "units per week"
    assert UNITS["brewery_lowest_inventory_week"] == "week"
    assert UNITS["brewery_lowest_inventory"] == "units"


def test_constant_orders_have_a_finite_logarithm_of_their_variance() -> None:
    play = {name: np.full((2, 3, 36), 4.0) for name in ("action", "net_inventory", "cost")}
    assert float(STATISTICS["shop_log_order_variance"](play)) == pytest.approx(math.log(0.01))
    assert float(STATISTICS["shop_peak_order_week"](play)) == 1.0
    assert float(STATISTICS["team_cost"](play)) == 4.0 * 3 * 36


def test_the_logarithm_is_of_the_mean_variance_of_teams() -> None:
    play = {"action": np.zeros((2, 3, 2))}
    play["action"][0, 1] = [0.0, 2.0]
    play["action"][1, 1] = [0.0, 6.0]
    found = float(STATISTICS["depot_log_order_variance"](play))
    assert found == pytest.approx(math.log((2 + 18) / 2 + 0.01))
