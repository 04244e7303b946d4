"""Decisions as choices among candidates: the rows that predictors learn from.

Learning from every action of the grid is slow, and most are far from what anybody considers. So
each candidate is kept with a probability that is large for candidates near the person's and the
others' past and for round numbers, and the action taken is always kept. Subtracting the logarithm
of this probability from a kept candidate's utility makes the estimates consistent (McFadden 1978,
"Modelling the choice of residential location"). Predictions cover the whole grid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from satisfice.errors import SatisficeError
from satisfice.evaluation.history_features import history_features
from satisfice.games.base import Game, Play

KEPT, LEAST_KEPT = 22.0, 0.1
"""About how many candidates of a decision are kept, and the smallest probability of that."""

RESERVED = 3
"""One in so many markets is reserved to choose weights and numbers of trees."""

FREQUENCY_SMOOTHING = 0.2
"""Uses of every action that are added to the counts of other markets."""


@dataclass(frozen=True)
class Kept:
    """Candidates that are kept of some decisions, ordered by decision.

    Attributes:
        features: Shape (rows, features); the last is the log-frequency in other markets.
        correction: Shape (rows,), minus the log-probability of being kept.
        chosen: Shape (rows,), whether the candidate is the action taken.
        starts: Shape (decisions,), first row of each decision.
    """

    features: np.ndarray
    correction: np.ndarray
    chosen: np.ndarray
    starts: np.ndarray

    def probabilities(self, utility: np.ndarray) -> np.ndarray:
        """Probability of each row among the kept candidates of its decision."""
        lengths = np.diff(self.starts, append=len(self.chosen))
        largest = np.repeat(np.maximum.reduceat(utility, self.starts), lengths)
        weight = np.exp(utility - largest)
        return np.asarray(weight / np.repeat(np.add.reduceat(weight, self.starts), lengths))


class Choices:
    """All decisions of several treatments.

    Attributes:
        names: Names of the features, the last being ``frequency``.
        grid: Shape (actions,), in natural units.
        taken: Shape (decisions,), index of the action taken.
        action: Shape (decisions,), the action taken in natural units.
        market: Shape (decisions,), number of the market, counted through all treatments.
        treatment: Shape (decisions,), number of the treatment.
        shapes: Shape (markets, agents, rounds) of each treatment, in the order of decisions.

    Args:
        game: The game that was played.
        panels: Recorded play of each treatment.
        seed: Seed of the candidates kept.
        across: Whether treatments without any known decision will be predicted. Frequencies are
            then those of all other treatments; else of other markets of the treatment.
    """

    def __init__(self, game: Game, panels: Mapping[str, Play], seed: int, across: bool) -> None:
        self.grid = game.action_values.double().cpu().numpy()
        self.shapes = {treatment: play["action"].shape for treatment, play in panels.items()}
        sizes = [int(np.prod(shape)) for shape in self.shapes.values()]
        ends = np.cumsum(sizes)
        taken, market, markets = [], [], 0
        for (treatment, play), end, size in zip(panels.items(), ends, sizes, strict=True):
            found = history_features(game, treatment, play)
            if end == size:  # one table for all, because it is large
                self.names = [*found.names, "frequency"]
                shape = (ends[-1], len(self.grid), len(found.names))
                self._table = np.empty(shape, dtype=np.float32)
            self._table[end - size : end] = found.table().reshape(size, *self._table.shape[1:])
            taken.append(found.taken.ravel())
            here, agents, rounds = play["action"].shape
            market.append(np.repeat(np.arange(markets, markets + here), agents * rounds))
            markets += here
        self.taken, self.market = np.concatenate(taken), np.concatenate(market)
        self.action = np.concatenate([np.ravel(play["action"]) for play in panels.values()])
        self.treatment = np.repeat(np.arange(len(sizes)), sizes)
        self._across = across
        self._block = self.treatment if across else self.market
        self._pool = np.zeros_like(self.treatment) if across else self.treatment
        self._keep(seed)

    def _keep(self, seed: int) -> None:
        """Draw the candidates that are kept; only earlier rounds and the action taken matter."""
        chance = _chance_of_keeping(self.names, self._table)
        kept = np.random.default_rng(seed).random(chance.shape) < chance
        kept[np.arange(len(kept)), self.taken] = True
        self._row_decision, self._row_action = np.nonzero(kept)
        self._rows = self._table[kept]
        self._correction = -np.log(chance[kept])

    def log_frequency(self, known: np.ndarray) -> np.ndarray:
        """Log-frequency of every action where it was known, shape (decisions, actions), float32.

        ``known``, shape (decisions,), are decisions that may be used. The decision's own market,
        or treatment, is left out.
        """
        in_pool, in_block = (self._counts(labels, known) for labels in (self._pool, self._block))
        counts = in_pool[self._pool] - in_block[self._block] + FREQUENCY_SMOOTHING
        share = counts / counts.sum(-1, keepdims=True)
        return np.asarray(np.log(share), dtype=np.float32)

    def _counts(self, labels: np.ndarray, known: np.ndarray) -> np.ndarray:
        counts = np.zeros((labels.max() + 1, len(self.grid)))
        np.add.at(counts, (labels[known], self.taken[known]), 1.0)
        return counts

    def kept(self, chosen: np.ndarray, frequency: np.ndarray) -> Kept:
        """Kept candidates of the chosen decisions, with their frequencies."""
        rows = chosen[self._row_decision]
        decision, action = self._row_decision[rows], self._row_action[rows]
        features = np.column_stack([self._rows[rows], frequency[decision, action]])
        starts = np.flatnonzero(np.diff(decision, prepend=-1))
        return Kept(features, self._correction[rows], action == self.taken[decision], starts)

    def all_candidates(self, chosen: np.ndarray, frequency: np.ndarray) -> np.ndarray:
        """Features of every candidate of the chosen decisions, (decisions, actions, features)."""
        return np.concatenate([self._table[chosen], frequency[chosen, :, None]], -1)

    def reserved(self, known: np.ndarray, seed: int) -> list[np.ndarray]:
        """Known decisions on which predictors are judged before they learn from all known ones.

        One market in :data:`RESERVED` of each treatment; or each treatment in turn, if treatments
        without any known decision will be predicted and two or more are known.

        Raises:
            SatisficeError: Fewer than two markets are known.
        """
        treatments = np.unique(self.treatment[known])
        if self._across and len(treatments) > 1:
            return [known & (self.treatment == each) for each in treatments]
        markets = np.random.default_rng(seed).permutation(np.unique(self.market[known]))
        if len(markets) < 2:
            problem = "too few markets to learn from and to judge what was learnt."
            raise SatisficeError("the decisions", problem, "Give three markets or more.")
        of_market = np.empty(self.market.max() + 1, dtype=np.int64)
        of_market[self.market] = self.treatment
        in_order = markets[np.argsort(of_market[markets], kind="stable")]
        return [known & np.isin(self.market, in_order[::RESERVED])]

    def by_treatment(self, values: np.ndarray) -> dict[str, np.ndarray]:
        """Values of all decisions as arrays of shape (markets, agents, rounds)."""
        ends = np.cumsum([int(np.prod(shape)) for shape in self.shapes.values()])
        parts = np.split(values, ends[:-1])
        return {
            name: part.reshape(shape)
            for (name, shape), part in zip(self.shapes.items(), parts, strict=True)
        }


def _chance_of_keeping(names: list[str], table: np.ndarray) -> np.ndarray:
    """Probability that a candidate is kept, shape (decisions, actions)."""
    weight = 0.02 * 2.0 ** table[..., names.index("roundness")]
    for name in ("own_near_2", "own_used_0.8", "others_used_0.8", "others_near"):
        if name in names:
            column = table[..., names.index(name)]
            total = column.sum(-1, keepdims=True)
            weight += np.divide(column, total, out=np.zeros_like(column), where=total > 0)
    share = weight / weight.sum(-1, keepdims=True)
    return np.asarray(np.clip(KEPT * share, LEAST_KEPT, 1.0), dtype=np.float64)
