"""How well are single decisions predicted, where they are at hand and not only their statistics?

A prediction of a decision is the distribution of what a model's agents do in the same treatment,
round and role. Intervals come from drawing whole markets of people with replacement, the same
draw for all models.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scoringrules

DECISION_SCORES = ("crps", "wasserstein")
"""Mean CRPS of a decision, and the Wasserstein distance between the distributions of all."""


@dataclass(frozen=True)
class Decided:
    """What people did in one treatment, and draws of their markets.

    Attributes:
        actions: Shape (markets, agents, rounds), in natural units.
        drawn: Shape (1 + replicates, markets), how often each market is drawn; once in the
            first row.
    """

    actions: np.ndarray
    drawn: np.ndarray

    @classmethod
    def of(cls, actions: np.ndarray, replicates: int, generator: np.random.Generator) -> Decided:
        """Draw markets with replacement."""
        markets = len(actions)
        counts = generator.multinomial(markets, np.full(markets, 1 / markets), size=replicates)
        return cls(actions, np.vstack([np.ones(markets, dtype=np.int64), counts]))


def score_decisions(
    grid: np.ndarray, predicted: np.ndarray, decided: Decided
) -> dict[str, np.ndarray]:
    """Score predicted distributions of one treatment's decisions.

    Args:
        grid: Shape (actions,), increasing, in natural units.
        predicted: Shape (groups, rounds, actions), probabilities; one group, or one for each
            agent where they have roles.
        decided: What people did.

    Returns:
        For each of ``DECISION_SCORES`` an array of shape (1 + replicates,), in natural units.
    """
    people = decided.actions
    expected = np.broadcast_to(predicted, (people.shape[1], *predicted.shape[1:]))
    by_market = [
        scoringrules.crps_ensemble(
            market.ravel(),
            np.broadcast_to(grid, (market.size, len(grid))),
            ens_w=expected.reshape(-1, len(grid)),
        ).mean()
        for market in people
    ]
    crps = decided.drawn @ np.array(by_market) / len(people)
    return {"crps": crps, "wasserstein": _wasserstein(grid, expected.mean(axis=(0, 1)), decided)}


def _wasserstein(grid: np.ndarray, probability: np.ndarray, decided: Decided) -> np.ndarray:
    """Area between the two distribution functions, for every draw of markets."""
    people = decided.actions.reshape(len(decided.actions), -1)
    points = np.union1d(grid, people)
    share = np.stack([np.searchsorted(np.sort(row), points, side="right") for row in people])
    drawn = decided.drawn @ share / people.size
    upto = np.concatenate([[0.0], probability.cumsum()])
    predicted = upto[np.searchsorted(grid, points, side="right")]
    return np.asarray(np.abs(drawn - predicted)[:, :-1] @ np.diff(points))
