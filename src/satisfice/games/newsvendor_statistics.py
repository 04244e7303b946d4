"""Statistics of newsvendors' orders, for human and simulated play.

Every function takes recorded play, arrays of shape (..., markets, 1, periods), and returns one
number for each leading index. All but shares and slopes are in units of the item.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial

import numpy as np

from satisfice.games import panel_statistics as panels
from satisfice.games.base import Play, Statistic
from satisfice.games.shown_paths import MeanOverRounds, ShownPath

Statistics = Mapping[tuple[str, str], np.ndarray]
"""Statistics by treatment and name."""

SPREADS = ("sd_between_people", "median_sd_within_person")
"""Those of :func:`order_statistics` that are spreads; see :class:`satisfice.games.base.Game`."""

SMALLEST_VARIANCE = 1e-12
"""Below it, in units squared, only rounding errors vary."""


def order_statistics(rounds: int) -> dict[str, Statistic]:
    """Eight statistics of orders; levels are those of the first and the last third."""

    def of_orders(function: Callable[..., np.ndarray], **arguments: int) -> Statistic:
        return partial(_of_orders, partial(function, **arguments))

    levels = {
        f"mean_rounds_{first}_{last}": of_orders(
            panels.mean_level, first_round=first, last_round=last
        )
        for first, last in _ends(rounds)
    }
    return {
        "mean_order": of_orders(panels.mean_level, first_round=1, last_round=rounds),
        **levels,
        "sd_between_people": of_orders(panels.sd_between_agents),
        "median_sd_within_person": of_orders(panels.median_sd_within_agent),
        "share_changed": of_orders(panels.share_changed),
        "mean_absolute_change": of_orders(panels.mean_absolute_change),
        "chasing": chasing,
    }


def units_of_orders(statistics: Iterable[str]) -> dict[str, str]:
    """Unit of each statistic."""
    return {**dict.fromkeys(statistics, "units"), "share_changed": "share", "chasing": "slope"}


def chasing(play: Play) -> np.ndarray:
    """Slope of the change of orders on the gap between the last demand and the last order.

    One least-squares line, with an intercept, through the changes of all people and periods. A
    newsvendor who orders the last demand has the slope 1, one who never changes 0. Orders drawn
    anew in each period also have a positive slope, as a low order is more often followed by a
    higher one. Where all gaps are alike, nobody can be seen to chase: the slope is 0.
    """
    order, demand = play["action"], play["demand"]
    change, gap = np.diff(order), (demand - order)[..., :-1]
    change, gap = (each.reshape(*each.shape[:-3], -1) for each in (change, gap))
    gap = gap - gap.mean(-1, keepdims=True)
    variance = (gap**2).mean(-1)
    slope = np.zeros(variance.shape)
    known = variance > SMALLEST_VARIANCE
    return np.asarray(np.divide((change * gap).mean(-1), variance, out=slope, where=known))


def mean_order_path(rounds: int) -> ShownPath:
    """The path of the mean order, with the human means of the first and the last third."""
    marks = [MeanOverRounds(f"mean_rounds_{a}_{b}", a, b) for a, b in _ends(rounds)]
    mean = partial(_of_orders, lambda panel: panel.mean(axis=(-3, -2)))
    return ShownPath("mean order", "units", "period", mean, tuple(marks))


def pulled_to_centre(
    statistics: Statistics, best: Mapping[str, float], centre: float
) -> np.ndarray:
    """Whether mean orders are nearer to the mean demand than best orders are, in every treatment.

    Treatments whose best order is within a unit of the mean demand show no pull and do not count.
    """
    apart = {treatment: order for treatment, order in best.items() if abs(order - centre) > 1.0}
    means = np.stack([statistics[treatment, "mean_order"] for treatment in apart], -1)
    return np.asarray(
        (np.abs(means - centre) < np.abs(np.array([*apart.values()]) - centre)).all(-1)
    )


def orders_rise(statistics: Statistics, cost: Mapping[str, float]) -> np.ndarray:
    """Whether mean orders rise from each treatment to the next one with a larger cost."""
    rising = sorted(cost, key=lambda treatment: cost[treatment])
    means = np.stack([statistics[treatment, "mean_order"] for treatment in rising], -1)
    return np.asarray((np.diff(means, axis=-1) > 0).all(axis=-1))


def _ends(rounds: int) -> list[tuple[int, int]]:
    """First and last round of the first and the last third."""
    third = max(1, rounds // 3)
    return [(1, third), (rounds - third + 1, rounds)]


def _of_orders(function: Callable[[np.ndarray], np.ndarray], play: Play) -> np.ndarray:
    return function(play["action"])
