"""Trembles: their limits, and blurred actions worked out on their own."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from satisfice.contenders import parts, tremble
from satisfice.contenders.beer_game import PublishedSterman
from satisfice.contenders.cobweb import NaiveExpectations
from satisfice.contenders.cournot import CournotBestReply, NoisyBestReply
from satisfice.contenders.general import BestReply, CognitiveHierarchy, Equilibrium
from satisfice.contenders.grid_chances import rounded_normal
from satisfice.contenders.newsvendor import MeanAnchoring
from satisfice.contenders.quantal_response import LogitQRE
from satisfice.contenders.tremble import Trembling
from satisfice.errors import SatisficeError
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor
from satisfice.simulation.histories import History


@pytest.fixture
def triopoly() -> History:
    action = np.random.default_rng(0).integers(0, 101, (4, 3, 25)).astype(float)
    action[..., 1] = action[..., 0]  # everybody stays once
    return History.of(Cournot(), "3", {"action": action})


def test_parameters_follow_those_of_the_other_model() -> None:
    inner = NoisyBestReply(Cournot())
    model = Trembling(inner)
    assert model.free == model.space.names == (*inner.free, "tremble")
    cube = np.random.default_rng(0).random((5, 5))
    theta = model.from_unit(cube)
    np.testing.assert_array_equal(theta[:, :4], inner.from_unit(cube[:, :4]))
    np.testing.assert_allclose(theta[:, 4], 0.001 * 1000 ** cube[:, 4])
    np.testing.assert_allclose(model.space.from_unit(cube), theta)
    assert Trembling(Equilibrium(Cournot()), noise=True).free == ("tremble", "noise_sd")


def test_noise_is_fitted_once() -> None:
    with pytest.raises(SatisficeError, match="already has a parameter 'noise_sd'"):
        Trembling(MeanAnchoring(Newsvendor()), noise=True)


def test_fixed_noise_can_be_blurred() -> None:
    model = Trembling(PublishedSterman(BeerGame()), noise=True)
    assert model.free == ("tremble", "noise_sd")


def test_impossible_decisions_become_unlikely(triopoly: History) -> None:
    inner = CournotBestReply(Cournot())
    alone = inner.log_policies(triopoly, np.empty((1, 0)))
    found = Trembling(inner).log_policies(triopoly, np.array([[0.001], [0.5]]))
    wanted = np.log(0.999 * alone[0].exp().numpy() + 0.001 / 101)
    assert alone.isneginf().any()
    np.testing.assert_allclose(found[0], wanted, rtol=1e-12)
    assert found[1].min().item() == pytest.approx(np.log(0.5 / 101))


def test_who_always_trembles_is_uniform(triopoly: History) -> None:
    for noise in (False, True):
        model = Trembling(BestReply(Cournot()), noise=noise)
        theta = np.array([[1.0, 0.1][: 1 + noise]])
        found = model.log_policies(triopoly, theta)
        np.testing.assert_allclose(found, np.log(1 / 101), rtol=1e-12)


def test_kinds_are_those_of_the_other_model(triopoly: History) -> None:
    inner = CognitiveHierarchy(Cournot())
    model = Trembling(inner)
    theta = model.from_unit(np.full((2, 4), 0.3))
    found, wanted = model.kinds(triopoly, theta), inner.kinds(triopoly, theta[:, :3])
    torch.testing.assert_close(found.share, wanted.share)
    assert found.traits.keys() == {"level"}


def test_a_blurred_action_is_normal_around_what_was_intended(triopoly: History) -> None:
    model = Trembling(CournotBestReply(Cournot()), noise=True)
    theta = np.array([[0.001, 0.03], [0.2, 0.002]])
    found = model.log_policies(triopoly, theta).exp()
    whole = model.inner.log_policies(triopoly, theta[:, :0], whole=True).exp()
    actions = torch.arange(101)
    for row, (chance, noise) in enumerate(theta):
        kernel = rounded_normal(
            actions.float(), actions, actions.unsqueeze(-1), torch.tensor(100 * noise)
        )
        blurred = (whole[row] @ kernel).gather(-1, triopoly.action[None, ..., None]).squeeze(-1)
        torch.testing.assert_close(found[row], (1 - chance) * blurred + chance / 101)


def test_tiny_noise_leaves_actions_as_they_are() -> None:
    game = Cobweb()
    random = np.random.default_rng(1)
    play = {"action": random.uniform(4, 7, (2, 6, 50)), "price": random.uniform(4, 7, (2, 6, 50))}
    history = History.of(game, "stable", play)
    inner = NaiveExpectations(game)
    plain = Trembling(inner).log_policies(history, np.array([[0.1]]))
    blurred = Trembling(inner, noise=True).log_policies(history, np.array([[0.1, 1e-6]]))
    torch.testing.assert_close(plain, blurred)


@pytest.mark.parametrize("whole", [False, True])
def test_policies_of_each_population_are_blurred_by_its_own_noise(whole: bool) -> None:
    game = Newsvendor()
    order = np.random.default_rng(2).integers(0, 101, (2, 1, 30)).astype(float)
    history = History.of(game, "classic", {"action": order, "demand": order})
    model = Trembling(LogitQRE(game), noise=True)
    theta = np.array([[0.01, 0.1, 0.02], [0.5, 0.01, 0.2], [0.1, 0.3, 0.002]])
    found = model.log_policies(history, theta, whole=whole).exp()
    policy = model.inner.log_policies(history, theta[:, :1], whole=True).exp()
    grid, actions = game.action_values, torch.arange(101)
    for row, (_, chance, noise) in enumerate(theta):
        kernel = rounded_normal(grid, actions, grid.unsqueeze(-1), torch.tensor(100 * noise))
        wanted = (1 - chance) * policy[row] @ kernel + chance / 101
        if not whole:
            wanted = wanted.gather(-1, history.action[None, ..., None]).squeeze(-1)
        torch.testing.assert_close(found[row], wanted)


def test_the_intended_policy_is_computed_once(
    triopoly: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    inner = Equilibrium(Cournot())
    model, asked = Trembling(inner, noise=True), []
    original = inner.chances

    def counting(*arguments: object) -> torch.Tensor:
        asked.append(1)
        return original(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(inner, "chances", counting)
    theta = model.from_unit(np.random.default_rng(0).random((6, 2)))
    found = model.log_policies(triopoly, theta)
    assert len(asked) == 25
    monkeypatch.setattr(tremble, "parts", lambda number, size: parts.parts(number, size, 1000))
    torch.testing.assert_close(model.log_policies(triopoly, theta), found)
    assert len(asked) == 25


def test_populations_are_cut_into_parts() -> None:
    assert parts.parts(5, 10, most=25) == [slice(0, 2), slice(2, 4), slice(4, 6)]
    assert parts.parts(2, 10**9) == [slice(0, 1), slice(1, 2)]
