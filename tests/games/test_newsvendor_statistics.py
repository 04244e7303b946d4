"""Statistics of orders, on panels small enough to compute by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from satisfice.games.newsvendor import Newsvendor
from satisfice.games.newsvendor_statistics import (
    chasing,
    order_statistics,
    orders_rise,
    pulled_to_centre,
)

GAME = Newsvendor()


def panel(*orders: list[float]) -> np.ndarray:
    """Orders of each person, shape (markets, 1, periods)."""
    return np.array(orders)[:, None, :]


def test_statistics_of_a_panel_by_hand() -> None:
    orders = panel([10, 10, 20, 20, 30, 30], [50, 40, 50, 40, 50, 40])
    play = {"action": orders, "demand": np.full(orders.shape, 7.0)}
    found = {name: float(function(play)) for name, function in order_statistics(6).items()}
    assert found["mean_order"] == 32.5
    assert found["mean_rounds_1_2"] == 27.5 and found["mean_rounds_5_6"] == 37.5
    assert found["sd_between_people"] == pytest.approx(25 / np.sqrt(2))
    within = [np.sqrt(400 / 5), np.sqrt(150 / 5)]
    assert found["median_sd_within_person"] == pytest.approx(np.mean(within))
    assert found["share_changed"] == pytest.approx(7 / 10)
    assert found["mean_absolute_change"] == pytest.approx(7.0)
    # The demand does not change, so the gap is 7 minus the order.
    change = np.diff(orders).ravel()
    slope, _ = np.polyfit(-orders[..., :-1].ravel(), change, 1)
    assert found["chasing"] == pytest.approx(slope)


def test_every_statistic_has_a_unit_and_repetitions_stay_apart() -> None:
    assert set(GAME.statistics) == set(GAME.statistic_units) and len(GAME.statistics) == 8
    assert {"mean_rounds_1_10", "mean_rounds_21_30"} <= set(GAME.statistics)
    generator = np.random.default_rng(0)
    play = {name: generator.integers(1, 100, (3, 4, 1, 30)) * 1.0 for name in GAME.recorded}
    for function in GAME.statistics.values():
        alone = [function({name: each[k] for name, each in play.items()}) for k in range(3)]
        np.testing.assert_allclose(function(play), alone)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_people_who_go_a_share_of_the_way_chase_by_that_share(share: float) -> None:
    demand = np.random.default_rng(1).integers(1, 101, (6, 1, 30)) * 1.0
    orders = np.full(demand.shape, 50.0)
    for now in range(1, 30):
        last = orders[..., now - 1]
        orders[..., now] = last + share * (demand[..., now - 1] - last)
    assert chasing({"action": orders, "demand": demand}) == pytest.approx(share)


@given(
    orders=arrays(np.float64, (3, 1, 4), elements=st.integers(0, 100)),
    demand=arrays(np.float64, (3, 1, 4), elements=st.integers(1, 100)),
)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_chasing_is_defined_for_every_panel(orders: np.ndarray, demand: np.ndarray) -> None:
    assert np.isfinite(chasing({"action": orders, "demand": demand}))
    # Nothing to chase: the demand is always what was ordered.
    assert chasing({"action": orders, "demand": orders}) == 0


def test_the_pull_to_the_centre_needs_every_treatment_that_can_show_it() -> None:
    best = {"high": 75.0, "low": 25.0, "middle": 50.0}

    def shown(high: float, low: float, middle: float) -> bool:
        means = {"high": high, "low": low, "middle": middle}
        found = {(name, "mean_order"): np.array([mean]) for name, mean in means.items()}
        return bool(pulled_to_centre(found, best, 50.5)[0])

    assert shown(60, 40, 90)
    assert shown(49, 52, 50)
    assert not shown(76, 40, 50) and not shown(60, 24, 50)


def test_orders_rise_with_the_cost() -> None:
    cost = {"dear": 18.0, "cheap": 3.0}
    found = {("dear", "mean_order"): np.array([60.0, 40.0]),
             ("cheap", "mean_order"): np.array([50.0, 50.0])}  # fmt: skip
    assert orders_rise(found, cost).tolist() == [True, False]


def test_the_path_is_the_mean_order_of_each_period() -> None:
    (path,) = GAME.paths
    orders = np.random.default_rng(2).integers(0, 101, (5, 1, 30)) * 1.0
    np.testing.assert_allclose(path.of({"action": orders}), orders[:, 0].mean(0))
    assert {mark.statistic for mark in path.marks} <= set(GAME.statistics)
