"""Summaries of sets of agents: what they must not depend on, and a posterior that is known."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from experiments.decision_posteriors import cost_classifier
from experiments.decision_posteriors.agent_features import AgentFeatures, Roster
from experiments.decision_posteriors.cost_classifier import INTERVALS, CostClassifier
from experiments.decision_posteriors.neural_posterior import NeuralPosterior
from satisfice.inference.settings import EstimatorSettings

MARKETS, AGENTS, ROUNDS = 4, 3, 6
PLAIN = AgentFeatures(("action",), True, np.zeros(1), np.ones(1))
Play = dict[str, dict[str, np.ndarray]]


def played(seed: int) -> Play:
    generator = np.random.default_rng(seed)
    return {
        name: {"action": generator.integers(9, size=(2, MARKETS, AGENTS, ROUNDS)).astype(float)}
        for name in ("calm", "wild")
    }


def network(roles: int = 0) -> CostClassifier:
    number = MARKETS * AGENTS
    role = np.tile(np.arange(AGENTS) if roles else np.zeros(AGENTS, int), 2 * MARKETS)
    roster = Roster(np.repeat([0, 1], number), role, ("calm", "wild"), roles)
    rows = PLAIN.rows(played(0))
    return CostClassifier.train(roster, rows, rows[..., 0].astype(float), 1)


@pytest.fixture(scope="module", autouse=True)
def few_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cost_classifier, "STEPS", 300)
        yield


@pytest.fixture(scope="module")
def alike(few_steps: None) -> CostClassifier:
    return network()


@pytest.fixture(scope="module")
def by_role(few_steps: None) -> CostClassifier:
    return network(AGENTS)


def summaries(of: CostClassifier, play: Play) -> np.ndarray:
    return of.summaries(PLAIN.rows(play))


def rearranged(play: Play, index: Any) -> Play:
    return play | {"wild": {"action": play["wild"]["action"][index]}}


@given(st.integers(0, 2**32 - 1), st.permutations(range(MARKETS)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_markets_does_not_matter(
    alike: CostClassifier, by_role: CostClassifier, seed: int, order: list[int]
) -> None:
    play = played(seed)
    for of in (alike, by_role):
        mixed = summaries(of, rearranged(play, (slice(None), order)))
        np.testing.assert_allclose(mixed, summaries(of, play), rtol=1e-4, atol=1e-5)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.permutations(range(AGENTS)), min_size=MARKETS, max_size=MARKETS),
)
@settings(max_examples=15, deadline=None)
def test_the_order_of_agents_alike_does_not_matter(
    alike: CostClassifier, by_role: CostClassifier, seed: int, orders: list[list[int]]
) -> None:
    play = played(seed)
    mixed = rearranged(play, (slice(None), np.arange(MARKETS)[:, None], np.array(orders)))
    np.testing.assert_allclose(summaries(alike, mixed), summaries(alike, play), 1e-4, 1e-5)
    if any(order != list(range(AGENTS)) for order in orders):
        assert not np.allclose(summaries(by_role, mixed), summaries(by_role, play), atol=1e-5)


def test_the_treatment_matters(alike: CostClassifier) -> None:
    play = played(1)
    swapped = {"calm": play["wild"], "wild": play["calm"]}
    assert not np.allclose(summaries(alike, swapped), summaries(alike, play), atol=1e-5)


def test_summaries_do_not_depend_on_how_many_are_made_at_once(
    alike: CostClassifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = PLAIN.rows(played(3))
    whole = alike.summaries(rows)
    assert whole.shape == (2, (2 + 2) * INTERVALS)
    np.testing.assert_allclose(whole[:, : 2 * INTERVALS].sum(1), 2.0, rtol=1e-5)
    monkeypatch.setattr(cost_classifier, "AGENTS_AT_ONCE", 0)
    np.testing.assert_allclose(alike.summaries(rows), whole, rtol=1e-5)


def coins(cube: np.ndarray, seed: int) -> Play:
    """Agents who choose 1 with the probability that is the parameter, and 0 otherwise."""
    chance = np.random.default_rng(seed).random((len(cube), MARKETS, AGENTS, ROUNDS))
    return {"coins": {"action": (chance < cube[..., None, None]).astype(float)}}


def test_a_posterior_that_is_known_is_learnt() -> None:
    """With a uniform prior the posterior of a coin's probability is a beta distribution."""
    cube = np.random.default_rng(0).random((3000, 1))
    number = MARKETS * AGENTS
    roster = Roster(np.zeros(number, int), np.zeros(number, int), ("coins",), 0)
    network = NeuralPosterior.fit(
        PLAIN, roster, cube, PLAIN.rows(coins(cube, 1)), np.repeat(cube, number, 1),
        EstimatorSettings(hidden=20, transforms=2, batch=50, most_epochs=8), [2, 3],
    )  # fmt: skip
    truth = np.linspace(0.15, 0.85, 8)[:, None]
    play = coins(truth, 4)
    draws = network.draw(play, 400)
    assert draws.shape == (8, 400, 1)
    heads = play["coins"]["action"].sum((1, 2, 3))
    exact = beta(1 + heads, 1 + number * ROUNDS - heads)
    shift = (draws[..., 0].mean(1) - exact.mean()) / exact.std()
    assert np.abs(shift).mean() < 0.35
    assert draws[..., 0].std(1) / exact.std() == pytest.approx(1.0, abs=0.35)
    np.testing.assert_array_equal(network.draw(play, 400), draws)
