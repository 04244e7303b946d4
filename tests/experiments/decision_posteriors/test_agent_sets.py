"""Summaries of sets of agents: what they must not depend on, and a posterior that is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta

from experiments.decision_posteriors.agent_features import AgentFeatures, Roster
from experiments.decision_posteriors.agent_sets import AgentSets
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


def network(roles: int = 0) -> AgentSets:
    number = MARKETS * AGENTS
    roster = Roster(
        np.repeat([0, 1], number), np.tile(np.arange(AGENTS), 2 * MARKETS), ("calm", "wild"), roles
    )
    torch.manual_seed(0)
    return AgentSets(roster, PLAIN.rows(played(0))).eval()


ALIKE, ROLES = network(), network(AGENTS)


def summaries(of: AgentSets, play: Play) -> torch.Tensor:
    rows = PLAIN.rows(play)
    with torch.inference_mode():
        found: torch.Tensor = of(torch.from_numpy(rows.reshape(len(rows), -1)))
    return found


def rearranged(play: Play, index: Any) -> Play:
    return play | {"wild": {"action": play["wild"]["action"][index]}}


@given(st.integers(0, 2**32 - 1), st.permutations(range(MARKETS)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_markets_does_not_matter(seed: int, order: list[int]) -> None:
    play = played(seed)
    for of in (ALIKE, ROLES):
        mixed = summaries(of, rearranged(play, (slice(None), order)))
        torch.testing.assert_close(mixed, summaries(of, play), rtol=1e-4, atol=1e-5)


@given(
    st.integers(0, 2**32 - 1),
    st.lists(st.permutations(range(AGENTS)), min_size=MARKETS, max_size=MARKETS),
)
@settings(max_examples=15, deadline=None)
def test_the_order_of_agents_alike_does_not_matter(seed: int, orders: list[list[int]]) -> None:
    play = played(seed)
    mixed = rearranged(play, (slice(None), np.arange(MARKETS)[:, None], np.array(orders)))
    torch.testing.assert_close(
        summaries(ALIKE, mixed), summaries(ALIKE, play), rtol=1e-4, atol=1e-5
    )
    if any(order != list(range(AGENTS)) for order in orders):
        assert not torch.allclose(summaries(ROLES, mixed), summaries(ROLES, play), atol=1e-5)


def test_the_treatment_matters() -> None:
    play = played(1)
    swapped = {"calm": play["wild"], "wild": play["calm"]}
    assert not torch.allclose(summaries(ALIKE, swapped), summaries(ALIKE, play), atol=1e-5)


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
        PLAIN, roster, cube, PLAIN.rows(coins(cube, 1)),
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
