"""Parameters of contenders, their theta, and normal numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy.stats import norm
from torch import Tensor

from satisfice.contenders.base import Contender, RuleOfPlay, Turn, normal
from satisfice.contenders.beer_game import PublishedSterman
from satisfice.contenders.cournot import NoisyBestReply
from satisfice.contenders.general import Equilibrium
from satisfice.errors import SatisficeError
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment, simulate

ACTIONS = len(Cournot().action_values)


def test_points_of_the_cube_become_parameters_in_their_order() -> None:
    contender = NoisyBestReply(Cournot())
    assert contender.free == ("inertia", "noise_sd", "first", "first_spread")
    cube = np.zeros((3, 4))
    cube[:, 2] = 0.5
    theta = contender.from_unit(cube)
    np.testing.assert_allclose(theta, np.tile([0.0, 0.005, 1.0, 0.02], (3, 1)))
    # Where a parameter is logarithmic, its middle is the geometric mean.
    np.testing.assert_allclose(contender.from_unit(np.full((1, 4), 0.5))[0, 1], 0.05)


@pytest.mark.parametrize("contender", [Equilibrium(BeerGame()), PublishedSterman(BeerGame())])
def test_who_has_nothing_to_fit_has_no_column(contender: Equilibrium) -> None:
    assert contender.free == ()
    theta = contender.from_unit(np.empty((5, 0)))
    assert theta.shape == (5, 0)
    experiment = Experiment(contender.game, {"step": 2})
    found, _ = contender.simulate(experiment, theta, seed_sequence(1, "test"))
    assert found.shape == (5, len(experiment.labels))
    same, _ = simulate(experiment, contender.play, theta, seed_sequence(1, "test"))
    np.testing.assert_array_equal(found, same)


def test_uniform_numbers_become_normal_ones() -> None:
    levels = torch.tensor([0.025, 0.5, 0.8])
    assert normal(levels).tolist() == pytest.approx(norm.ppf(levels.numpy()), abs=1e-5)
    assert normal(torch.tensor([0.0, 1.0])).isfinite().all()


class Own(RuleOfPlay):
    """A contender of one's own, which returns whatever a test lets it return."""

    returns: Callable[[Tensor], Any]

    def act(self, turn: Turn) -> Any:
        return self.returns(turn.uniforms)


def play_own(contender: Contender) -> None:
    experiment = Experiment(contender.game, {"2": 3})
    contender.simulate(experiment, np.empty((2, 0)), seed_sequence(1, "test"))


@pytest.mark.parametrize(
    ("returns", "problem"),
    [
        (lambda uniforms: uniforms.long() - 1, "returned the action -1."),
        (lambda uniforms: uniforms.long() + ACTIONS, f"returned the action {ACTIONS}."),
        (lambda uniforms: uniforms, "returned torch.float32."),
        (lambda uniforms: uniforms > 0.5, "returned torch.bool."),
        (lambda uniforms: uniforms.numpy(), "returned float32."),
        (lambda uniforms: None, "returned NoneType."),
        (lambda uniforms: uniforms.long()[:, :1], "returned the shape ("),
        (lambda uniforms: uniforms.long().unsqueeze(-1), "returned the shape ("),
    ],
)
def test_what_is_no_action_is_told_by_the_contenders_class(
    returns: Callable[[Tensor], Any], problem: str
) -> None:
    contender = Own(Cournot())
    contender.returns = returns
    with pytest.raises(SatisficeError) as caught:
        play_own(contender)
    assert caught.value.place == "contender Own"
    assert f"its method act {problem}" in caught.value.problem
    assert f"indices of actions from 0 to {ACTIONS - 1}" in caught.value.remedy


def test_first_and_last_action_can_be_played() -> None:
    contender = Own(Cournot())
    contender.returns = lambda uniforms: (uniforms > 0.5).long() * (ACTIONS - 1)
    play_own(contender)


@pytest.mark.parametrize(
    "played",
    [{}, {"price": torch.zeros(6, 2, 25)}, {"action": torch.zeros(6, 25)}, None, {"action": 1.0}],
)
def test_play_without_what_the_game_records_is_told(played: Any) -> None:
    class Silent(Contender):
        def play(self, treatment: str, theta: np.ndarray, chance: Any) -> Any:
            return played

    with pytest.raises(SatisficeError, match="contender Silent: its method play returned no 'act"):
        play_own(Silent(Cournot()))
