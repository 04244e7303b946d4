"""The ceiling on simulated people whose policy is known."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from satisfice.errors import SatisficeError
from satisfice.evaluation import ceiling
from satisfice.evaluation.ceiling import across_treatments, mixture_weights, out_of_market
from satisfice.evaluation.predicted_decisions import Predicted, frequencies
from satisfice.games.cournot import Cournot

GAME = Cournot((2, 3))
REPEAT, ROUND = 0.5, 0.4
"""Probabilities of the last action and of a multiple of ten; any action has the rest."""

Panels = dict[str, dict[str, np.ndarray]]


def policy(last: np.ndarray | None) -> np.ndarray:
    """True probabilities of all actions, shape (..., actions)."""
    actions = np.arange(101)
    fresh = ROUND * (actions % 10 == 0) / 11 + (1 - REPEAT - ROUND) / 101
    if last is None:
        return fresh / fresh.sum()
    return fresh + REPEAT * (actions == last[..., None])


def simulated(markets: int, rounds: int) -> tuple[Panels, float]:
    """Play, and the mean log score of the true policy."""
    generator, panels, scores = np.random.default_rng(7), {}, []
    for treatment, firms in GAME.treatments.items():
        action = np.zeros((markets, firms, rounds), dtype=np.int64)
        for now in range(rounds):
            chances = policy(action[..., now - 1] if now else None)
            drawn = generator.random((markets, firms, 1))
            action[..., now] = (chances.cumsum(-1) < drawn).sum(-1)
            chances = np.broadcast_to(chances, (markets, firms, 101))
            scores.append(np.log(np.take_along_axis(chances, action[..., now, None], -1)).ravel())
        panels[treatment] = {"action": action.astype(float)}
    return panels, float(np.concatenate(scores).mean())


def mean_score(found: dict[str, Predicted]) -> float:
    return float(np.concatenate([scores.log_score.ravel() for scores in found.values()]).mean())


@pytest.fixture(scope="module", autouse=True)
def few_trees() -> Iterator[None]:
    """As many trees as these people need."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ceiling, "REPEATS", 1)
        yield


@pytest.fixture(scope="module")
def people() -> tuple[Panels, float]:
    return simulated(markets=3, rounds=18)


@pytest.fixture(scope="module")
def predicted(people: tuple[Panels, float]) -> dict[str, Predicted]:
    return out_of_market(GAME, people[0], seed=1, most_trees=60)


def test_the_ceiling_is_between_the_naive_one_and_the_truth(
    people: tuple[Panels, float], predicted: dict[str, Predicted]
) -> None:
    panels, truth = people
    known = mean_score(frequencies(GAME, panels, 10, 1))
    assert -np.log(101) < known < mean_score(predicted) < truth
    # Most of the way from the naive one to the truth.
    assert (mean_score(predicted) + np.log(101)) / (truth + np.log(101)) > 0.8
    assert all(np.isfinite(found.crps).all() for found in predicted.values())


def test_neither_the_own_market_nor_the_future_is_learnt_from(
    people: tuple[Panels, float], predicted: dict[str, Predicted]
) -> None:
    panels = {name: {"action": play["action"].copy()} for name, play in people[0].items()}
    now = 5
    panels["3"]["action"][2, :, now:] = 77.0
    changed = out_of_market(GAME, panels, seed=1, most_trees=60)
    for score in ("log_score", "crps"):
        before, after = (getattr(found["3"], score) for found in (predicted, changed))
        np.testing.assert_array_equal(before[2, :, :now], after[2, :, :now])
        assert (before[0] != after[0]).any()  # other markets do learn from it


def test_results_do_not_depend_on_the_number_of_workers(
    people: tuple[Panels, float], predicted: dict[str, Predicted]
) -> None:
    again = out_of_market(GAME, people[0], seed=1, most_trees=60, workers=2)
    np.testing.assert_array_equal(again["2"].log_score, predicted["2"].log_score)


def test_another_treatment_is_predicted_by_the_fitted_one(people: tuple[Panels, float]) -> None:
    panels, truth = people
    found = across_treatments(GAME, panels, ["2"], seed=1, most_trees=60)
    assert list(found) == ["3"] and found["3"].log_score.shape == panels["3"]["action"].shape
    assert -np.log(101) < mean_score(found) < truth + 0.2
    # Nothing is learnt from the treatment that is predicted, not even from its first round.
    other = {**panels, "3": {"action": panels["3"]["action"].copy()}}
    other["3"]["action"][..., 3:] = 50.0
    again = across_treatments(GAME, other, ["2"], seed=1, most_trees=60)
    np.testing.assert_array_equal(again["3"].crps[..., :3], found["3"].crps[..., :3])


def test_two_markets_are_too_few(people: tuple[Panels, float]) -> None:
    two = {"2": {"action": people[0]["2"]["action"][:2]}}
    with pytest.raises(SatisficeError, match="too few markets"):
        out_of_market(GAME, two, seed=1, most_trees=60)


def test_weights_of_a_mixture_are_the_best() -> None:
    generator = np.random.default_rng(0)
    shares = np.array([0.2, 0.3, 0.5])
    members = np.array([[0.25] * 4, [0.7, 0.1, 0.1, 0.1], [0.05, 0.05, 0.1, 0.8]])
    taken = generator.choice(4, size=20_000, p=shares @ members)
    np.testing.assert_allclose(mixture_weights(members[:, taken]), shares, atol=0.05)


def test_the_uniform_member_never_vanishes() -> None:
    chances = np.array([[0.01] * 50, [0.9] * 50])
    assert mixture_weights(chances)[0] == pytest.approx(ceiling.UNIFORM_AT_LEAST, rel=0.01)
