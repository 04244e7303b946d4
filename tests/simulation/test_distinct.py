from __future__ import annotations

import pytest
import torch
from coins import Coins
from numpy.random import default_rng
from random_play import GAMES, recorded

from satisfice.games import load_game
from satisfice.simulation import distinct
from satisfice.simulation.histories import History

MATTERS = ("features", "previous_action", "anchor")


def random_history(name: str, treatment: str) -> History:
    game = load_game(name)
    return History.of(game, treatment, recorded(game, treatment, 4)[0])


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize(("name", "treatment", "information"), GAMES)
def test_each_decision_leads_to_its_own_observation_and_action(
    name: str, treatment: str, information: str, whole: bool
) -> None:
    history = random_history(name, treatment)
    found, seen = history.distinct(information, MATTERS, whole), history.observed(information)
    for kind in MATTERS:
        back = getattr(found.observation, kind)[found.row].movedim(1, 2)
        torch.testing.assert_close(back, getattr(seen, kind), equal_nan=True)
    shape = markets, agents, rounds = history.action.shape
    torch.testing.assert_close(found.action[found.cell].reshape(shape), history.action)
    row = found.row.unsqueeze(1).expand(markets, agents, rounds)
    seat = row * agents + torch.arange(agents).unsqueeze(-1)
    torch.testing.assert_close(found.seat[found.cell].reshape(shape), seat)


def test_rows_are_distinct_in_what_matters_and_no_more() -> None:
    action = default_rng(0).integers(0, 2, (50, 2, 10)).astype(float)
    history = History.of(Coins(), "two", {"action": action})
    nothing = history.distinct("none", ("features",), False)
    assert int(nothing.row.max()) == 0
    assert nothing.seat.tolist() == [0, 0, 1, 1] and nothing.action.tolist() == [0, 1, 0, 1]
    own = history.distinct("none", ("features", "previous_action"), True)
    assert int(own.row.max()) == 4  # no last round, or one of four pairs of actions
    everything = history.distinct("none", MATTERS, True)
    before = everything.observation.previous_action
    assert len(torch.unique(before, dim=0)) == len(before) == 5


@pytest.mark.parametrize("at_once", [1, 7, 100, 10**6])
@pytest.mark.parametrize("whole", [False, True])
def test_blocks_cover_every_kind_and_wanted_action_once(
    monkeypatch: pytest.MonkeyPatch, whole: bool, at_once: int
) -> None:
    """Each wanted action gets what was computed of its kind, row, agent and action."""
    monkeypatch.setattr(distinct, "DECISIONS_AT_ONCE", at_once)
    history, kinds = random_history("beer_game", "step"), 3
    found = history.distinct("local", MATTERS, whole)
    agents, actions = 4, found.actions
    got = torch.full((kinds, len(found.action)), -1)
    for block in found.blocks(kinds):
        pairs = len(block.kind)
        assert pairs == 1 or pairs * agents <= at_once
        seats = (block.kind * 1000 + block.row).unsqueeze(-1) * agents + torch.arange(agents)
        assert (got[block.place] == -1).all()
        of_actions = seats.unsqueeze(-1) * actions + torch.arange(actions)
        got[block.place] = block.of_actions(of_actions)
        torch.testing.assert_close(block.of_seats(seats), got[block.place] // actions)
    rows = torch.arange(kinds).unsqueeze(-1) * 1000 + found.seat // agents
    torch.testing.assert_close(got, (rows * agents + found.seat % agents) * actions + found.action)
