"""What was known before each decision, told for every action that could be taken.

A predictor of single decisions compares the actions of the grid. So features belong to a decision
and a candidate: how far is the candidate from the own last action, how often was this number used
before, what would it have earned? Features of a round are made of earlier rounds alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from satisfice.games.base import NO_SHOCKS, Game, Play, StageGame, nearest_action

DECAYS = (1.0, 0.8, 0.4)
"""What remains of a past round's weight after each further round, when actions are counted."""

LEVEL_DECAY = 0.7
"""The same for mean levels."""

NEAR = (2.0, 6.0)
"""Steps of the grid over which nearness to numbers used before fades by the factor e."""

ROUND_UNITS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
"""Multiples of these numbers of steps of the grid are round numbers."""

POPULATIONS_AT_ONCE = 500
"""Histories whose expected payoffs are computed together, for the sake of memory."""


@dataclass(frozen=True)
class Features:
    """Features of the decisions of one treatment.

    Attributes:
        of_candidates: By name, shape (markets, agents, rounds, actions). NaN: not defined yet.
        of_decisions: By name, shape (markets, agents, rounds); alike for all candidates.
        taken: Shape (markets, agents, rounds), the grid's action nearest to the one taken.
    """

    of_candidates: Mapping[str, np.ndarray]
    of_decisions: Mapping[str, np.ndarray]
    taken: np.ndarray

    @property
    def names(self) -> list[str]:
        """Names of the columns of :meth:`table`."""
        return [*self.of_candidates, *self.of_decisions]

    def table(self) -> np.ndarray:
        """All features, shape (markets, agents, rounds, actions, features), float32."""
        columns = [
            *self.of_candidates.values(),
            *(x[..., None] for x in self.of_decisions.values()),
        ]
        shape = np.broadcast_shapes(*(column.shape for column in columns))
        table = np.empty((*shape, len(columns)), dtype=np.float32)
        for place, column in enumerate(columns):
            table[..., place] = column
        return table


def history_features(game: Game, treatment: str, play: Play) -> Features:
    """Compute the features of all decisions of a treatment.

    Args:
        game: The game that was played.
        treatment: The treatment; its name is no feature, its description to networks is.
        play: Recorded play in natural units, shape (markets, agents, rounds) each.
    """
    grid = game.action_values.double().cpu().numpy()
    taken = taken_actions(game, play)
    past = _Past(grid, play["action"], taken)
    foregone = _foregone(game, treatment, past)
    levels = {**_levels(game, play, past), **_payoff_levels(game, treatment, past, foregone)}
    candidates = {
        "candidate": np.broadcast_to(grid, past.used.shape),
        **{f"from_{name}": grid - level[..., None] for name, level in levels.items()},
        **_counts(game, past),
        **_payoffs(game, treatment, past, foregone),
        **_round_numbers(grid, past),
    }
    return Features(candidates, _situation(game, treatment, past, levels, foregone), taken)


def taken_actions(game: Game, play: Play) -> np.ndarray:
    """Indices of the grid's actions nearest to those taken, shape (markets, agents, rounds)."""
    actions = torch.from_numpy(np.array(play["action"], dtype=np.float64))
    return np.asarray(nearest_action(game.action_values.double().cpu(), actions).numpy())


class _Past:
    """Own and others' actions, and when each number was used."""

    def __init__(self, grid: np.ndarray, action: np.ndarray, taken: np.ndarray) -> None:
        self.grid, self.action, self.taken = grid, action, taken
        self.used = (taken[..., None] == np.arange(len(grid))).astype(np.float32)
        self.by_others = self.used.sum(1, keepdims=True) - self.used
        others = action.shape[1] - 1
        total = action.sum(1, keepdims=True)
        self.others = (total - action) / others if others else np.full_like(action, np.nan)


def before(values: np.ndarray, rounds: int = 1) -> np.ndarray:
    """The values of an earlier round, NaN where there was none; rounds are the third axis."""
    earlier = np.full_like(values, np.nan, dtype=np.float64)
    earlier[:, :, rounds:] = values[:, :, : values.shape[2] - rounds]
    return earlier


def decayed(values: np.ndarray, decay: float) -> np.ndarray:
    """Sums over earlier rounds, each weighted by ``decay`` for every round since then."""
    total = np.zeros_like(values)
    for now in range(1, values.shape[2]):
        total[:, :, now] = decay * total[:, :, now - 1] + values[:, :, now - 1]
    return total


def mean_before(values: np.ndarray, decay: float) -> np.ndarray:
    """Weighted mean of earlier rounds; NaN in the first."""
    weight = decayed(np.ones_like(values), decay)
    with np.errstate(invalid="ignore"):
        return np.asarray(decayed(values, decay) / weight)


def _levels(game: Game, play: Play, past: _Past) -> dict[str, np.ndarray]:
    """Past levels that a decision may be compared with, in the action's unit."""
    own = play["action"]
    levels = {
        "last": before(own),
        "last_but_one": before(own, 2),
        "last_but_two": before(own, 3),
        "continued": 2 * before(own) - before(own, 2),
        "own_mean": mean_before(own, LEVEL_DECAY),
        "own_long_mean": mean_before(own, 1.0),
    }
    if max(game.treatments.values()) > 1:
        levels["others"] = before(past.others)
        levels["others_mean"] = mean_before(past.others, LEVEL_DECAY)
    for name in game.recorded:
        if name != "action":
            recorded = np.asarray(play[name], dtype=np.float64)
            levels[name] = before(recorded)
            levels[f"{name}_but_one"] = before(recorded, 2)
            levels[f"{name}_continued"] = 2 * before(recorded) - before(recorded, 2)
            levels[f"{name}_mean"] = mean_before(recorded, LEVEL_DECAY)
    return levels


def _counts(game: Game, past: _Past) -> dict[str, np.ndarray]:
    """How much each number was used, exactly and nearby, by oneself and by the others."""
    steps = np.abs(np.subtract.outer(*[np.arange(len(past.grid))] * 2))
    counts = {f"own_used_{decay:g}": decayed(past.used, decay) for decay in DECAYS}
    recent = counts[f"own_used_{DECAYS[1]:g}"]
    for reach in NEAR:
        counts[f"own_near_{reach:g}"] = recent @ np.exp(-steps / reach).astype(np.float32)
    counts["own_followed"] = _followed(past)
    if max(game.treatments.values()) > 1:
        for decay in DECAYS[1:]:
            counts[f"others_used_{decay:g}"] = decayed(past.by_others, decay)
        recent = counts[f"others_used_{DECAYS[1]:g}"]
        counts["others_near"] = recent @ np.exp(-steps / NEAR[0]).astype(np.float32)
    return counts


def _followed(past: _Past) -> np.ndarray:
    """How often each number came after an earlier use of the own last action."""
    rounds = past.taken.shape[2]
    last = np.full_like(past.taken, -1)
    last[:, :, 1:] = past.taken[:, :, :-1]
    alike = last[..., :, None] == last[..., None, :]
    alike &= np.tri(rounds, k=-1, dtype=bool)  # earlier rounds only
    alike[..., 0] = False  # nothing came before the first
    return np.asarray(alike.astype(np.float32) @ past.used)


def _foregone(game: Game, treatment: str, past: _Past) -> np.ndarray | None:
    """What each action would have earned in each round, shape (..., rounds, actions).

    None if that also depends on chance or on later rounds.
    """
    if not isinstance(game, StageGame) or game.shocks:
        return None
    markets, agents, rounds = past.taken.shape
    actions = torch.from_numpy(np.moveaxis(past.taken, 2, 1).reshape(-1, agents).copy())
    state = game.start(treatment, len(actions))
    payoffs = game.foregone_payoffs(treatment, state, actions, NO_SHOCKS).cpu().numpy()
    return np.moveaxis(payoffs.reshape(markets, rounds, agents, -1), 1, 2)


def _payoff_levels(
    game: Game, treatment: str, past: _Past, foregone: np.ndarray | None
) -> dict[str, np.ndarray]:
    """Actions that theory names: the best reply to the last round, and equilibrium."""
    if not isinstance(game, StageGame):
        return {}
    equilibrium = np.full(past.action.shape, game.equilibrium_action(treatment))
    levels = {"equilibrium": equilibrium}
    if foregone is not None:
        best = past.grid[foregone.argmax(-1)]
        levels["best_reply"] = before(best)
        levels["towards_best_reply"] = (before(best) + before(past.action)) / 2
    return levels


def _payoffs(
    game: Game, treatment: str, past: _Past, foregone: np.ndarray | None
) -> dict[str, np.ndarray]:
    """What each action would have earned, and what it would earn if the others went on alike."""
    if not isinstance(game, StageGame):
        return {}
    others = decayed(past.by_others, DECAYS[1])
    belief = others + 1.0 / len(past.grid)
    belief /= belief.sum(-1, keepdims=True)
    flat = belief.reshape(-1, belief.shape[-1]).astype(np.float64)
    starts = range(0, len(flat), POPULATIONS_AT_ONCE)
    expected = np.concatenate(
        [
            game.expected_payoffs(treatment, flat[first : first + POPULATIONS_AT_ONCE])
            for first in starts
        ]
    ).reshape(belief.shape)
    payoffs = {"expected_regret": expected - expected.max(-1, keepdims=True)}
    if foregone is not None:
        earned = np.take_along_axis(foregone, past.taken[..., None], -1)
        payoffs["gain_foregone"] = before(foregone - earned)
        payoffs["gains_foregone"] = decayed(foregone - earned, DECAYS[1])
    return payoffs


def _round_numbers(grid: np.ndarray, past: _Past) -> dict[str, np.ndarray]:
    """The roundness of each number, and how much the agent has favoured it so far."""
    roundness = roundness_of(grid)
    levels = np.unique(roundness)
    used = decayed(past.used, 1.0)
    favoured = np.stack([used[..., roundness == level].sum(-1) for level in levels], -1)
    share = favoured / np.maximum(favoured.sum(-1, keepdims=True), 1.0)
    return {
        "roundness": np.broadcast_to(roundness, past.used.shape),
        "roundness_favoured": share[..., np.searchsorted(levels, roundness)],
    }


def roundness_of(grid: np.ndarray) -> np.ndarray:
    """How many of :data:`ROUND_UNITS` divide each number of an even grid, shape (actions,)."""
    places = np.rint(grid / (grid[1] - grid[0])).astype(np.int64)
    units = [unit for unit in ROUND_UNITS if unit < len(grid)]
    return np.asarray((places[:, None] % units == 0).sum(1), dtype=np.float32)


def _situation(
    game: Game,
    treatment: str,
    past: _Past,
    levels: Mapping[str, np.ndarray],
    foregone: np.ndarray | None,
) -> dict[str, np.ndarray]:
    """What is alike for all candidates of a decision."""
    shape = past.action.shape
    repeated = np.zeros(shape)
    repeated[:, :, 1:] = past.taken[:, :, 1:] == past.taken[:, :, :-1]
    change = past.action - before(past.action)
    described = game.treatment_features(treatment).double().cpu().numpy().reshape(-1)
    situation = {
        "round": np.broadcast_to(np.arange(shape[2], dtype=np.float64), shape),
        **_roles(game, shape),
        **{f"treatment_{place}": np.full(shape, value) for place, value in enumerate(described)},
        "last": levels["last"],
        "last_change": before(change),
        "last_repeated": before(repeated),
        "repeated": mean_before(repeated, DECAYS[1]),
        "usual_change": mean_before(np.nan_to_num(np.abs(change)), DECAYS[1]),
        "distinct": (decayed(past.used, 1.0) > 0).sum(-1).astype(np.float64),
    }
    for name in ("others", "best_reply", *(x for x in game.recorded if x != "action")):
        if name in levels:
            situation[f"last_to_{name}"] = levels[name] - levels["last"]
    if foregone is not None:
        earned = np.take_along_axis(foregone, past.taken[..., None], -1)[..., 0]
        situation["earned"] = before(earned)
        situation["earned_more"] = before(earned - before(earned))
    return situation


def _roles(game: Game, shape: tuple[int, ...]) -> dict[str, np.ndarray]:
    """The agent's number where agents have roles; elsewhere it says nothing."""
    number = np.arange(shape[1], dtype=np.float64)[:, None]
    return {"role": np.broadcast_to(number, shape)} if game.roles else {}
