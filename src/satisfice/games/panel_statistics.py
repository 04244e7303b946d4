"""Summary statistics of a panel of decisions, for human and simulated play.

Every function takes an array of shape (..., markets, agents, rounds) and returns one number
for each leading index. Standard deviations have n - 1 in the denominator.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise

import numpy as np

from satisfice.games.base import Play, Statistic
from satisfice.games.shown_paths import MeanOverRounds, ShownPath

Array = np.ndarray

SPREADS = ("pooled_sd", "sd_between_agents", "median_sd_within_agent", "sd_between_markets")
"""Those of :func:`panel_statistics` that are spreads; see :class:`satisfice.games.base.Game`."""


def mean_level(panel: Array, first_round: int, last_round: int) -> Array:
    """Mean over markets, agents and rounds first_round to last_round, counted from 1."""
    return np.asarray(panel[..., first_round - 1 : last_round].mean(axis=(-3, -2, -1)))


def pooled_sd(panel: Array) -> Array:
    """Standard deviation of all decisions together."""
    flat = panel.reshape(*panel.shape[:-3], -1)
    return np.asarray(flat.std(axis=-1, ddof=1))


def sd_between_agents(panel: Array) -> Array:
    """Standard deviation of the agents' own means over all rounds."""
    means = panel.mean(axis=-1)
    return np.asarray(means.reshape(*means.shape[:-2], -1).std(axis=-1, ddof=1))


def median_sd_within_agent(panel: Array) -> Array:
    """Median over agents of the standard deviation over rounds."""
    spread = panel.std(axis=-1, ddof=1)
    return np.asarray(np.median(spread.reshape(*spread.shape[:-2], -1), axis=-1))


def sd_between_markets(panel: Array, first_round: int, last_round: int) -> Array:
    """Standard deviation of the markets' means in the rounds first_round..last_round."""
    means = panel[..., first_round - 1 : last_round].mean(axis=(-2, -1))
    return np.asarray(means.std(axis=-1, ddof=1))


def lag_one_autocorrelation(panel: Array) -> Array:
    """Mean over agents of the correlation between a decision and the one before.

    Agents whose first or last n - 1 decisions are constant have no correlation and are left out.
    If no agent is left, it is defined as 1: the last decision predicts the next one.
    """
    now, before = panel[..., 1:], panel[..., :-1]
    now = now - now.mean(axis=-1, keepdims=True)
    before = before - before.mean(axis=-1, keepdims=True)
    scale = np.sqrt((now**2).sum(axis=-1) * (before**2).sum(axis=-1))
    products = (now * before).sum(axis=-1)
    correlation = np.full(scale.shape, np.nan)
    # In a constant panel only rounding errors have a scale.
    np.divide(products, scale, out=correlation, where=scale > 1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        mean = np.nanmean(correlation.reshape(*correlation.shape[:-2], -1), axis=-1)
    return np.asarray(np.where(np.isnan(mean), 1.0, mean))


def share_changed(panel: Array) -> Array:
    """Share of decisions that differ from the agent's decision before."""
    return np.asarray((np.diff(panel, axis=-1) != 0).mean(axis=(-3, -2, -1)))


def mean_absolute_change(panel: Array) -> Array:
    """Mean size of the change from one decision to the next."""
    return np.asarray(np.abs(np.diff(panel, axis=-1)).mean(axis=(-3, -2, -1)))


def panel_statistics(rounds: int, quantity: str) -> dict[str, Statistic]:
    """Ten statistics of a recorded quantity: levels in thirds of the rounds, spreads and changes.

    There are at least three rounds.
    """
    thirds = _thirds(rounds)

    def of(function: Callable[..., Array], **arguments: int) -> Statistic:
        return partial(_of_quantity, partial(function, **arguments), quantity)

    levels = {
        f"mean_rounds_{first}_{last}": of(mean_level, first_round=first, last_round=last)
        for first, last in thirds
    }
    first, last = thirds[-1]
    return levels | {
        "pooled_sd": of(pooled_sd),
        "sd_between_agents": of(sd_between_agents),
        "median_sd_within_agent": of(median_sd_within_agent),
        "sd_between_markets": of(sd_between_markets, first_round=first, last_round=last),
        "lag_one_autocorrelation": of(lag_one_autocorrelation),
        "share_changed": of(share_changed),
        "mean_absolute_change": of(mean_absolute_change),
    }


def mean_path(rounds: int, quantity: str, name: str, unit: str) -> ShownPath:
    """The path of the mean over all agents and markets, with human means of thirds of them."""
    marks = [MeanOverRounds(f"mean_rounds_{a}_{b}", a, b) for a, b in _thirds(rounds)]
    mean = partial(_of_quantity, lambda panel: panel.mean(axis=(-3, -2)), quantity)
    return ShownPath(name, unit, "round", mean, tuple(marks))


def _thirds(rounds: int) -> list[tuple[int, int]]:
    """First and last round of each third, from 1."""
    ends = [0, rounds // 3, 2 * rounds // 3, rounds]
    return [(first + 1, last) for first, last in pairwise(ends)]


def _of_quantity(function: Callable[[Array], Array], quantity: str, play: Play) -> Array:
    return function(play[quantity])
