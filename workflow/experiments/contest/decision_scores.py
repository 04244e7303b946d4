"""How well do contenders predict single decisions, if the data set has them?

The prediction of a decision is the distribution of a contender's actions in the same treatment,
round and role. For intervals, whole markets of people are drawn with replacement, in the same way
for all contenders.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import scoringrules

DECISION_SCORES = ("crps", "wasserstein")
"""Mean CRPS of a decision, and the Wasserstein distance between distributions of all decisions."""


@dataclass(frozen=True)
class Decided:
    """People's decisions in one treatment, and draws of their markets.

    Attributes:
        actions: Shape (markets, agents, rounds), in natural units.
        drawn: Shape (1 + replicates, markets), how often each market is drawn. In the first row
            each is drawn once.
    """

    actions: np.ndarray
    drawn: np.ndarray

    @classmethod
    def of(cls, actions: np.ndarray, replicates: int, generator: np.random.Generator) -> Decided:
        """Draw markets with replacement."""
        markets = len(actions)
        counts = generator.multinomial(markets, np.full(markets, 1 / markets), size=replicates)
        return cls(actions, np.vstack([np.ones(markets, dtype=np.int64), counts]))


def distributions(
    grid: np.ndarray,
    play: Mapping[str, Mapping[str, np.ndarray]],
    splits: int,
    by_agent: bool,
) -> list[dict[str, np.ndarray]]:
    """Distributions of actions in predictions.

    Args:
        grid: Shape (actions,), equally spaced, in natural units.
        play: For each treatment the recorded play of all splits, one after the other, arrays
            of shape (splits draws, markets, agents, rounds).
        splits: Number of splits.
        by_agent: Whether each agent has its own distribution, as with roles.

    Returns:
        For each split and treatment probabilities of shape (groups, rounds, actions).
    """
    found: list[dict[str, np.ndarray]] = [{} for _ in range(splits)]
    for treatment, recorded in play.items():
        action = np.rint((recorded["action"] - grid[0]) / (grid[1] - grid[0])).astype(np.int64)
        by_split = action.reshape(splits, -1, *action.shape[-2:])
        for number, done in enumerate(by_split):
            found[number][treatment] = shares(done, len(grid), by_agent)
    return found


def shares(done: np.ndarray, actions: int, by_agent: bool) -> np.ndarray:
    """Share of each action in every round.

    Args:
        done: Shape (markets, agents, rounds), indices of actions.
        actions: Number of actions.
        by_agent: Whether each agent has its own shares.

    Returns:
        Shape (groups, rounds, actions).
    """
    groups = done.transpose(1, 2, 0) if by_agent else done.reshape(-1, done.shape[-1]).T[None]
    cell = np.arange(groups[..., 0].size).reshape(*groups.shape[:-1], 1) * actions + groups
    counts = np.bincount(cell.ravel(), minlength=groups[..., 0].size * actions)
    return np.asarray(counts.reshape(*groups.shape[:-1], actions) / groups.shape[-1])


def score_decisions(
    grid: np.ndarray, predicted: np.ndarray, decided: Decided
) -> dict[str, np.ndarray]:
    """Score predicted distributions of one treatment's decisions.

    Args:
        grid: Shape (actions,), increasing, in natural units.
        predicted: Shape (groups, rounds, actions), probabilities; one group, or one for each
            agent if they have roles.
        decided: People's decisions.

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


def score_treatments(
    grid: np.ndarray,
    predicted: Mapping[str, Mapping[str, np.ndarray]],
    people: Mapping[str, Decided],
    treatments: list[str],
) -> dict[str, dict[str, np.ndarray]]:
    """Scores of each contender, means over treatments.

    Args:
        grid: Shape (actions,), increasing, in natural units.
        predicted: For each contender and treatment what :func:`shares` returns.
        people: People's decisions in each treatment.
        treatments: Treatments to score.

    Returns:
        For each contender and each of ``DECISION_SCORES`` an array of shape (1 + replicates,).
    """
    scored = {}
    for name, by_treatment in predicted.items():
        each = [score_decisions(grid, by_treatment[one], people[one]) for one in treatments]
        scored[name] = {
            score: np.mean([found[score] for found in each], axis=0) for score in DECISION_SCORES
        }
    return scored


def _wasserstein(grid: np.ndarray, probability: np.ndarray, decided: Decided) -> np.ndarray:
    """Area between the two distribution functions, for every draw of markets."""
    people = decided.actions.reshape(len(decided.actions), -1)
    points = np.union1d(grid, people)
    share = np.stack([np.searchsorted(np.sort(row), points, side="right") for row in people])
    drawn = decided.drawn @ share / people.size
    upto = np.concatenate([[0.0], probability.cumsum()])
    predicted = upto[np.searchsorted(grid, points, side="right")]
    return np.asarray(np.abs(drawn - predicted)[:, :-1] @ np.diff(points))
