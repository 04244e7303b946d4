"""The ceiling: the best prediction of single decisions that machine learning makes of histories.

Completeness compares a model with it (Fudenberg, Kleinberg, Liang and Mullainathan 2022). The
ceiling is a mixture of distributions over the grid: uniform, frequencies of the action in other
markets, a conditional logit, boosted trees on top of the logit, and boosted trees alone. The
mixture's weights and the number of trees are chosen on markets that are reserved from those that
may be used; then all members learn from all of these again. Nothing is learnt from a market that is
being predicted. The uniform member keeps every log score finite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import lightgbm
import numpy as np
from scipy.special import softmax
from threadpoolctl import threadpool_limits

from satisfice.evaluation.boosted_choice import grow, grow_while_better
from satisfice.evaluation.choices import Choices, Kept
from satisfice.evaluation.conditional_logit import basis, fit_logit
from satisfice.evaluation.predicted_decisions import Predicted, market_folds, score_probabilities
from satisfice.games.base import Game, Play
from satisfice.randomness import small_seed

FOLDS = 10
"""Groups of markets where there are too many to leave out one by one."""

REPEATS = 2
"""Sets of trees that are grown with other random features; their predictions are averaged."""

MOST_TREES = 500
"""Largest number of trees that are grown alone; upon the logit three fifths of it."""

EM_STEPS = 300
"""Steps in which the mixture's weights are found."""

UNIFORM_AT_LEAST = 1e-3
"""Smallest weight of the uniform member."""

AT_ONCE = 500
"""Decisions whose grids are predicted together, for the sake of memory."""


@dataclass(frozen=True)
class Fitted:
    """The members of a mixture, in the order of its weights, after the uniform one.

    Attributes:
        frequency: Shape (decisions, actions), log-frequencies of actions in other markets.
        weights: Shape (functions,), of the logit.
        upon_logit: Sets of trees that were grown upon the logit.
        alone: Sets of trees that were grown upon nothing.
    """

    frequency: np.ndarray
    weights: np.ndarray
    upon_logit: Sequence[lightgbm.Booster]
    alone: Sequence[lightgbm.Booster]

    def predict(
        self, choices: Choices, wanted: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Numbers of some of the wanted decisions, and what each member predicts of them.

        Predictions have the shape (members, decisions, actions).
        """
        places = np.flatnonzero(wanted)
        for some in np.array_split(places, -(-len(places) // AT_ONCE)):
            candidates = choices.all_candidates(some, self.frequency)
            logit = basis(choices.names, candidates, choices.grid) @ self.weights
            known = [np.zeros_like(logit), self.frequency[some], logit]
            flat = candidates.reshape(-1, candidates.shape[-1])
            upon, alone = (
                np.mean(
                    [softmax(start + _utility(trees, flat, logit.shape), -1) for trees in grown], 0
                )
                for start, grown in ((logit, self.upon_logit), (0.0, self.alone))
            )
            yield some, np.stack([*softmax(np.stack(known), -1), upon, alone])


def _utility(trees: lightgbm.Booster, rows: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """What trees add to the utility of candidates."""
    return np.asarray(trees.predict(rows, raw_score=True, num_threads=1)).reshape(shape)


def out_of_market(
    game: Game,
    panels: Mapping[str, Play],
    folds: int = FOLDS,
    seed: int = 0,
    most_trees: int = MOST_TREES,
    workers: int = 1,
) -> dict[str, Predicted]:
    """Predict the decisions of each market by what was learnt from markets of other folds.

    Args:
        game: The game that was played.
        panels: Recorded play of each treatment, shape (markets, agents, rounds), natural units.
        folds: See :func:`satisfice.evaluation.predicted_decisions.market_folds`.
        seed: Of the folds and of learning.
        most_trees: Largest number of trees of a set.
        workers: Folds that are learnt side by side; the results do not depend on it.

    Raises:
        SatisficeError: There are fewer than three markets.
    """
    # One thread for sums of many numbers: their order, and so the trees, are always the same.
    with threadpool_limits(1):
        choices = Choices(game, panels, small_seed(seed, "candidates"), across=False)
        of_market = np.concatenate(list(market_folds(panels, folds, seed).values()))
        fold = of_market[choices.market]
        wanted = [fold == each for each in np.unique(fold)]
        known = [~which for which in wanted]
        return _predict_all(choices, known, wanted, seed, most_trees, workers)


def across_treatments(
    game: Game,
    panels: Mapping[str, Play],
    fitted: Sequence[str],
    seed: int = 0,
    most_trees: int = MOST_TREES,
) -> dict[str, Predicted]:
    """Predict the decisions of the other treatments by what was learnt from the fitted ones.

    Raises:
        SatisficeError: The fitted treatments have fewer than two markets.
    """
    with threadpool_limits(1):
        choices = Choices(game, panels, small_seed(seed, "candidates"), across=True)
        known = np.isin(np.array(list(choices.shapes))[choices.treatment], list(fitted))
        found = _predict_all(choices, [known], [~known], seed, most_trees)
    return {treatment: scores for treatment, scores in found.items() if treatment not in fitted}


def _predict_all(
    choices: Choices,
    known: Sequence[np.ndarray],
    wanted: Sequence[np.ndarray],
    seed: int,
    most_trees: int,
    workers: int = 1,
) -> dict[str, Predicted]:
    """Predict wanted decisions by known ones, for pairs of masks of decisions.

    Log scores and CRPS are NaN where nothing was wanted.
    """
    scores = np.full((2, len(choices.taken)), np.nan)
    seeds = [small_seed(seed, "fold", number) for number in range(len(known))]
    with ThreadPoolExecutor(workers) as pool:
        found = pool.map(partial(_predict_wanted, choices, most_trees), known, wanted, seeds)
        for which, values in zip(wanted, found, strict=True):
            scores[:, which] = values
    log_score, crps = (choices.by_treatment(values) for values in scores)
    return {name: Predicted(log_score[name], crps[name]) for name in choices.shapes}


def _predict_wanted(
    choices: Choices, most_trees: int, known: np.ndarray, wanted: np.ndarray, seed: int
) -> np.ndarray:
    """Learn from the known decisions and score the wanted ones, shape (2, decisions)."""
    trees, weights = _choose(choices, known, seed, most_trees)
    parts = []
    for some, members in _fit(choices, known, trees, seed).predict(choices, wanted):
        scores = score_probabilities(
            np.tensordot(weights, members, 1),
            choices.grid,
            choices.taken[some],
            choices.action[some],
        )
        parts.append(np.stack([scores.log_score, scores.crps]))
    return np.concatenate(parts, -1)


def _choose(
    choices: Choices, known: np.ndarray, seed: int, most_trees: int
) -> tuple[list[int], np.ndarray]:
    """Numbers of trees, and the mixture's weights, chosen on reserved decisions."""
    numbers, chances = [], []
    for reserved in choices.reserved(known, seed):
        learner = _Learner(choices, known & ~reserved)
        judge = choices.kept(reserved, learner.frequency)
        upon = grow_while_better(
            learner.kept, learner.utility, judge, learner.logit(judge), most_trees * 3 // 5, seed
        )
        nothing = np.zeros(len(judge.chosen))
        alone = grow_while_better(
            learner.kept, np.zeros_like(learner.utility), judge, nothing, most_trees, seed
        )
        numbers.append([trees.best_iteration for trees in (upon, alone)])
        fitted = Fitted(learner.frequency, learner.weights, [upon], [alone])
        for some, members in fitted.predict(choices, reserved):
            chances.append(members[:, np.arange(len(some)), choices.taken[some]])
    trees = np.median(numbers, axis=0).astype(int).tolist()
    return trees, mixture_weights(np.concatenate(chances, -1))


def _fit(choices: Choices, known: np.ndarray, trees: Sequence[int], seed: int) -> Fitted:
    """Let all members learn from the known decisions."""
    learner = _Learner(choices, known)
    starts = (learner.utility, np.zeros_like(learner.utility))
    upon, alone = (
        [grow(learner.kept, start, number, seed + each) for each in range(REPEATS)]
        for start, number in zip(starts, trees, strict=True)
    )
    return Fitted(learner.frequency, learner.weights, upon, alone)


class _Learner:
    """The known decisions, and the logit that was fitted to them."""

    def __init__(self, choices: Choices, known: np.ndarray) -> None:
        self._choices = choices
        self.frequency = choices.log_frequency(known)
        self.kept = choices.kept(known, self.frequency)
        functions = basis(choices.names, self.kept.features, choices.grid)
        self.weights = fit_logit(functions, self.kept)
        self.utility = functions @ self.weights

    def logit(self, kept: Kept) -> np.ndarray:
        """The logit's utility of other rows."""
        functions = basis(self._choices.names, kept.features, self._choices.grid)
        return np.asarray(functions @ self.weights)


def mixture_weights(chances: np.ndarray) -> np.ndarray:
    """Weights of the mixture with the largest log score, by expectation maximisation.

    Args:
        chances: Probabilities of the actions taken, shape (members, decisions); the first member
            is uniform and gets at least :data:`UNIFORM_AT_LEAST`.
    """
    weights = np.full(len(chances), 1.0 / len(chances))
    for _ in range(EM_STEPS):
        joint = weights[:, None] * chances
        weights = (joint / joint.sum(0)).mean(1)
    weights[0] = max(weights[0], UNIFORM_AT_LEAST)
    return np.asarray(weights / weights.sum())
