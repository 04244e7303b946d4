"""Features of agents' decisions."""

from __future__ import annotations

import numpy as np
import pytest

from experiments.decision_posteriors.agent_features import (
    SMALL_CHANGES,
    SMALLEST_SD,
    AgentFeatures,
    Roster,
)
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot

PLAIN = AgentFeatures(("action",), True, np.zeros(1), np.ones(1))
MONOMIALS = 19  # up to the third degree of three variables: action, own last one, the others'


def duopoly(one: list[float], other: list[float]) -> dict[str, dict[str, np.ndarray]]:
    return {"2": {"action": np.array([[[one, other]]], dtype=float)}}


def test_features_are_means_of_what_they_say() -> None:
    own, others = np.array([3.0, 3, 5, 9]), np.array([2.0, 4, 1, 0])
    rows = PLAIN.rows(duopoly(own.tolist(), others.tolist()))
    assert rows.shape == (1, 2, MONOMIALS + len(SMALL_CHANGES) + 3 + 4)
    found = rows[0, 0]
    now, last, seen = own[1:], own[:-1], others[:-1]
    expected = [now, last, seen, now**2, now * last, now * seen]
    assert found[:6] == pytest.approx([each.mean() for each in expected], rel=1e-5)
    after = found[MONOMIALS:]
    assert after[: len(SMALL_CHANGES)] == pytest.approx([1 / 3, 1 / 3, 2 / 3, 1, 1, 1])
    assert after[len(SMALL_CHANGES) :][:3] == pytest.approx(
        [np.log([1, 3, 5]).mean(), 3.0, 9.0], rel=1e-5
    )


def test_reactions_are_found() -> None:
    generator = np.random.default_rng(0)
    others = generator.uniform(0, 50, size=400)
    own = np.concatenate([[10.0], 40 - 0.5 * others[:-1]])
    *_, variance, left, stays, reacts = PLAIN.rows(duopoly(own.tolist(), others.tolist()))[0, 0]
    assert variance == pytest.approx(np.log(own[1:].var() + SMALLEST_SD**2), rel=1e-4)
    assert left == pytest.approx(np.log(SMALLEST_SD**2), abs=0.3)  # of 4.4 without the others
    assert (stays, reacts) == pytest.approx((0.0, -0.5), abs=0.01)


def test_one_who_never_changes_has_features() -> None:
    rows = PLAIN.rows(duopoly([7.0] * 5, [7.0] * 5))
    assert np.isfinite(rows).all()


def test_units_are_those_of_the_play() -> None:
    play = {"2": {"action": np.arange(40.0).reshape(2, 2, 2, 5)}}
    features = AgentFeatures.scaled(Cournot(), play)
    assert features.centre == pytest.approx([19.5])
    assert features.spread == pytest.approx([np.arange(40).std()])
    assert features.social


def test_a_roster_lists_all_agents() -> None:
    roster = Roster.of(Cournot(), {"2": 2, "3": 1})
    assert roster.treatment.tolist() == [0, 0, 0, 0, 1, 1, 1]
    assert roster.roles == 0
    chain = Roster.of(BeerGame(), {"step": 2})
    assert chain.role.tolist() == [0, 1, 2, 3] * 2
    assert chain.roles == 4
