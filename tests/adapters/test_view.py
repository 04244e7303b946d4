"""How a learner of another library sees a game, and what its answers mean."""

from __future__ import annotations

import pytest
import torch

from satisfice.adapters.view import View
from satisfice.games.beer_game import FIRST_DEMAND, BeerGame
from satisfice.games.cournot import Cournot


def test_the_window_holds_the_last_rounds_newest_first() -> None:
    game = Cournot([2])
    view = View(game, "market", memory=2)
    state, window = game.start("2", 1), view.nothing_seen(1, 2)
    first = view.look(game, "2", state, window)
    shown = 1 + len(game.information["market"])
    assert first.shape == (1, 2, 2 * shown)
    # Nobody has acted, all rounds are left, and nothing was seen before.
    torch.testing.assert_close(first[0, 0], torch.tensor([0.0, 1.0, *[0.0] * (2 * shown - 2)]))
    state, _ = game.step("2", state, torch.tensor([[100, 25]]))
    second = view.look(game, "2", state, first)
    torch.testing.assert_close(second[0, :, 0], torch.tensor([1.0, -0.5]))
    torch.testing.assert_close(second[..., shown:], first[..., :shown])


def test_agents_see_their_treatment_before_the_window() -> None:
    game = Cournot([2, 3])
    view = View(game, "none")
    window = torch.full((5, 3, 1), 0.25)
    seen = view.seen(game, "3", window)
    assert seen.shape == (5, 3, view.size)
    told = game.treatment_features("3")
    torch.testing.assert_close(seen[4, 2], torch.cat([told, torch.tensor([0.25])]))


@pytest.mark.parametrize(("answer", "quantity"), [(-2.0, 0), (-0.5, 25), (0.0, 50), (1.0, 100)])
def test_answers_are_half_ranges_away_from_the_middle(answer: float, quantity: int) -> None:
    game = Cournot([2])
    answers, uniforms = torch.full((1, 2), answer), torch.tensor([[0.1, 0.9]])
    action = View(game, "none").actions(game, "2", game.start("2", 1), answers, uniforms)
    assert action.tolist() == [[quantity, quantity]]


def test_answers_between_two_actions_are_a_mixture_of_them() -> None:
    game = Cournot([2])
    answers, uniforms = torch.full((1, 2), 0.005), torch.tensor([[0.2, 0.3]])
    action = View(game, "none").actions(game, "2", game.start("2", 1), answers, uniforms)
    assert action.tolist() == [[51, 50]]  # 50.25 units: 51 in a quarter of all cases


def test_answers_may_be_about_the_rule_of_thumb() -> None:
    game = BeerGame()
    state = game.start("uncertain", 1)
    view = View(game, "local", centre="anchor")
    action = view.actions(game, "uncertain", state, torch.full((1, 4), 0.1), torch.zeros(1, 4))
    assert action.tolist() == [[FIRST_DEMAND + 3] * 4]
