"""Games in which policies are not trained in some treatments."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pytest
import torch

from satisfice.games import load_game
from satisfice.games.base import StageGame
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.learning.policy_gradient import play_all_treatments
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import PolicyNetwork
from satisfice.population.supertypes import Supertypes

LEFT_OUT = {
    "cournot": ["4", "5"],
    "cobweb": ["strongly_*"],
    "newsvendor": ["expedite_18", "expedite_30"],
}


def alike(number: int, generator: torch.Generator) -> Supertypes:
    return Supertypes.from_array(torch.full((number, 3), 0.3))


class Recording(Cournot):
    """Cournot that remembers which treatments were played."""

    def __init__(self) -> None:
        super().__init__()
        self.played: list[str] = []

    def start(self, treatment: str, markets: int) -> Any:
        self.played.append(treatment)
        return super().start(treatment, markets)


@pytest.mark.parametrize("told_names", [True, False])
def test_policies_are_never_trained_in_treatments_left_out(*, told_names: bool) -> None:
    game = Recording()
    trained = game if told_names else game.trained_without(["4", "5"])
    belief = UniformBelief(game.action_values)
    problem = LearningProblem(trained, belief, "none", alike)
    settings = LearningSettings(markets=3, hidden=8)
    policy = PolicyNetwork(problem.policy_shape(settings))
    play_all_treatments(problem, settings, policy, torch.Generator().manual_seed(0))
    assert game.played == (["2", "3", "4", "5"] if told_names else ["2", "3"])


@pytest.mark.parametrize(("name", "left_out"), LEFT_OUT.items())
def test_other_treatments_are_told_in_numbers(name: str, left_out: Sequence[str]) -> None:
    game = load_game(name)
    known = game.trained_without(left_out)
    assert known.treatments == game.treatments
    assert 0 < len(known.training_treatments) < len(game.training_treatments)
    told = {each: known.treatment_features(each) for each in game.treatments}
    numbers = {tuple(each.tolist()) for each in told.values()}
    # Newsvendors who lose sales at 12 and who expedite at 12 have the same payoffs.
    assert len(numbers) == len(told) - (name == "newsvendor")
    assert all(each.abs().max() < 2.5 for each in told.values())
    # The game itself is unchanged.
    assert game.training_treatments == game.treatments
    assert game.treatment_features(next(iter(told))).max() == 1.0


@pytest.mark.parametrize("name", ["cobweb", "newsvendor"])
def test_treatments_left_out_are_not_played_side_by_side(name: str) -> None:
    known = load_game(name).trained_without(LEFT_OUT[name])
    together, trained = known.side_by_side(2), list(known.training_treatments)
    assert isinstance(known, StageGame) and isinstance(together, StageGame)
    rows = 2 * len(trained)
    told = together.treatment_features("any")
    assert told.shape[:2] == (rows, 1)
    agents = known.treatments[trained[0]]
    actions = torch.arange(rows * agents).reshape(rows, agents) % 90
    shocks = torch.rand((rows, 1), generator=torch.Generator().manual_seed(0))
    _, payoffs = together.step("any", together.start("any", rows), actions, shocks)
    for number, treatment in enumerate(trained):
        here = slice(2 * number, 2 * number + 2)
        assert (told[here] == known.treatment_features(treatment)).all()
        state = known.start(treatment, 2)
        _, alone = known.step(treatment, state, actions[here], shocks[here])
        torch.testing.assert_close(payoffs[here], alone)


def test_numbers_are_logarithms_of_what_treatments_differ_in() -> None:
    known = {name: load_game(name).trained_without([]) for name in LEFT_OUT}
    assert known["cournot"].treatment_features("5").tolist() == pytest.approx([math.log(5)])
    slope = known["cobweb"].treatment_features("strongly_unstable")
    assert slope.tolist() == pytest.approx([math.log(2)])
    money = known["newsvendor"].treatment_features("expedite_30")
    assert money.tolist() == pytest.approx([math.log(4), math.log(10)])
    assert all(each.training_treatments == each.treatments for each in known.values())


@pytest.mark.parametrize("treatments", [["7"], ["2", "7"], ["*"]])
def test_treatments_that_cannot_be_left_out_are_told(treatments: Sequence[str]) -> None:
    with pytest.raises(ValueError, match="cournot cannot be trained without"):
        Cournot().trained_without(treatments)


def test_a_game_whose_treatments_differ_in_no_number_cannot_leave_any_out() -> None:
    class Named(BeerGame):
        treatment_features = StageGame.treatment_features

    with pytest.raises(NotImplementedError, match="treatment_numbers"):
        Named().trained_without([]).treatment_features("step")
