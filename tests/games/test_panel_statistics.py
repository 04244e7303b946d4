"""Each statistic against plain loops over agents with the standard library."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from satisfice.games import panel_statistics
from satisfice.games.shown_paths import MeanOverRounds

Panel = np.ndarray


def histories(panel: Panel) -> list[list[float]]:
    """One list of decisions for each agent of each market."""
    return [[float(x) for x in agent] for market in panel for agent in market]


def loop_mean(panel: Panel, first: int, last: int) -> float:
    return statistics.mean(
        decision
        for history in histories(panel)
        for number, decision in enumerate(history, start=1)
        if first <= number <= last
    )


def loop_pooled_sd(panel: Panel) -> float:
    return statistics.stdev(decision for history in histories(panel) for decision in history)


def loop_sd_between_agents(panel: Panel) -> float:
    return statistics.stdev(statistics.mean(history) for history in histories(panel))


def loop_median_sd_within(panel: Panel) -> float:
    return statistics.median(statistics.stdev(history) for history in histories(panel))


def loop_sd_between_markets(panel: Panel, first: int, last: int) -> float:
    return statistics.stdev(loop_mean(market[None], first, last) for market in panel)


def loop_autocorrelation(panel: Panel) -> float:
    correlations = []
    for history in histories(panel):
        now, before = history[1:], history[:-1]
        if len(set(now)) > 1 and len(set(before)) > 1:
            correlations.append(statistics.correlation(now, before))
    return statistics.mean(correlations) if correlations else 1.0


def changes(panel: Panel) -> list[float]:
    return [
        history[number] - history[number - 1]
        for history in histories(panel)
        for number in range(1, len(history))
    ]


def loop_share_changed(panel: Panel) -> float:
    return statistics.mean(float(change != 0) for change in changes(panel))


def loop_absolute_change(panel: Panel) -> float:
    return statistics.mean(abs(change) for change in changes(panel))


PAIRS: dict[str, tuple[Callable[[Panel], Panel], Callable[[Panel], float]]] = {
    "mean_level": (
        partial(panel_statistics.mean_level, first_round=2, last_round=4),
        partial(loop_mean, first=2, last=4),
    ),
    "pooled_sd": (panel_statistics.pooled_sd, loop_pooled_sd),
    "sd_between_agents": (panel_statistics.sd_between_agents, loop_sd_between_agents),
    "median_sd_within_agent": (panel_statistics.median_sd_within_agent, loop_median_sd_within),
    "sd_between_markets": (
        partial(panel_statistics.sd_between_markets, first_round=2, last_round=4),
        partial(loop_sd_between_markets, first=2, last=4),
    ),
    "lag_one_autocorrelation": (panel_statistics.lag_one_autocorrelation, loop_autocorrelation),
    "share_changed": (panel_statistics.share_changed, loop_share_changed),
    "mean_absolute_change": (panel_statistics.mean_absolute_change, loop_absolute_change),
}
by_name = pytest.mark.parametrize("name", PAIRS)


def panels(largest: int = 4) -> st.SearchStrategy[Panel]:
    """Panels of whole numbers, few enough for agents that never change to occur."""
    shape = st.tuples(st.integers(2, 4), st.integers(1, 4), st.integers(4, 8))
    return hnp.arrays(np.float64, shape, elements=st.integers(0, largest).map(float))


@by_name
@given(panel=panels())
@settings(deadline=None, max_examples=60, derandomize=True)
def test_statistic_equals_the_loop(name: str, panel: Panel) -> None:
    statistic, loop = PAIRS[name]
    assert statistic(panel).item() == pytest.approx(loop(panel), abs=1e-10)


@by_name
@given(panel=panels(largest=1))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_statistic_equals_the_loop_in_units_that_floats_cannot_hold(
    name: str, panel: Panel
) -> None:
    statistic, loop = PAIRS[name]
    relative = (panel + 16.0) / 24.75
    assert statistic(relative).item() == pytest.approx(loop(relative), abs=1e-10)


@by_name
@given(batch=hnp.arrays(np.float64, (2, 3, 2, 2, 6), elements=st.integers(0, 3).map(float)))
@settings(deadline=None, max_examples=20, derandomize=True)
def test_leading_indices_are_summarised_one_by_one(name: str, batch: Panel) -> None:
    statistic, _ = PAIRS[name]
    together = statistic(batch)
    assert together.shape == (2, 3)
    for index in np.ndindex(2, 3):
        assert together[index] == pytest.approx(statistic(batch[index]).item(), abs=1e-12)


@by_name
@given(panel=panels(), data=st.data())
@settings(deadline=None, max_examples=20, derandomize=True)
def test_order_of_markets_and_agents_does_not_matter(
    name: str, panel: Panel, data: st.DataObject
) -> None:
    statistic, _ = PAIRS[name]
    markets = data.draw(st.permutations(range(panel.shape[0])))
    agents = data.draw(st.permutations(range(panel.shape[1])))
    shuffled = panel[markets][:, agents]
    assert statistic(shuffled).item() == pytest.approx(statistic(panel).item(), abs=1e-12)


@pytest.mark.parametrize("level", [0.0, 1.0, 0.1, 19.8 / 24.75, 1e3 / 3])
@by_name
def test_constant_panel_varies_in_no_respect(name: str, level: float) -> None:
    """Its autocorrelation is 1 by definition."""
    expected = {"mean_level": level, "lag_one_autocorrelation": 1.0}.get(name, 0.0)
    statistic, _ = PAIRS[name]
    assert statistic(np.full((3, 2, 10), level)).item() == pytest.approx(expected, abs=1e-12)


def test_mean_level_counts_rounds_from_one_and_includes_the_last() -> None:
    panel = np.broadcast_to(np.arange(1.0, 11.0), (2, 3, 10))
    assert panel_statistics.mean_level(panel, 3, 5).item() == 4.0
    assert panel_statistics.mean_level(panel, 10, 10).item() == 10.0


def test_autocorrelation_of_a_ramp_is_one_and_of_alternation_minus_one() -> None:
    ramp = np.arange(8.0).reshape(1, 1, 8)
    alternation = np.array([0.0, 1.0] * 4 + [0.0]).reshape(1, 1, 9)
    assert panel_statistics.lag_one_autocorrelation(ramp).item() == pytest.approx(1.0)
    assert panel_statistics.lag_one_autocorrelation(alternation).item() == pytest.approx(-1.0)


@pytest.mark.parametrize("level", [5.0, 0.1, 7 / 33, 20 / 19.8, 16 / 24.75])
def test_agents_who_never_change_do_not_dilute_the_autocorrelation(level: float) -> None:
    panel = np.full((1, 3, 25), level)
    panel[0, 1] = [0.0, 1.0] * 12 + [0.0]
    assert panel_statistics.lag_one_autocorrelation(panel).item() == pytest.approx(-1.0)


def test_autocorrelation_is_defined_separately_in_each_play_of_a_batch() -> None:
    batch = np.full((2, 1, 1, 9), 5.0)
    batch[1, 0, 0] = [0.0, 1.0] * 4 + [0.0]
    found = panel_statistics.lag_one_autocorrelation(batch)
    np.testing.assert_allclose(found, [1.0, -1.0])


def test_the_mean_path_stands_beside_the_means_of_its_thirds() -> None:
    shown = panel_statistics.mean_path(10, "amount", "mean amount", "tokens")
    play = {"amount": np.random.default_rng(3).random((4, 2, 3, 10))}
    path, of = shown.of(play), panel_statistics.panel_statistics(10, "amount")
    assert path.shape == (4, 10)
    marks = [mark for mark in shown.marks if isinstance(mark, MeanOverRounds)]
    assert [(mark.first, mark.last) for mark in marks] == [(1, 3), (4, 6), (7, 10)]
    for mark in marks:
        expected = path[:, mark.first - 1 : mark.last].mean(axis=1)
        np.testing.assert_allclose(of[mark.statistic](play), expected)
