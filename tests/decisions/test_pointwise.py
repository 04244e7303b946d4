"""Likelihoods by agent and market, and predictions one step ahead, against theory."""

from __future__ import annotations

import numpy as np
import pytest
import scoringrules
import torch
from coins import Biased, BiasedBySeat, Fair, thrown
from scipy.special import betaln, logsumexp
from torch import Tensor

from satisfice.contenders.base import HasLikelihood, Kinds
from satisfice.contenders.general import CognitiveHierarchy
from satisfice.contenders.tremble import Trembling
from satisfice.decisions import pointwise
from satisfice.decisions.pointwise import agents_of_markets, by_agent, forecast, log_likelihood
from satisfice.games.cournot import Cournot
from satisfice.simulation.histories import History

GRID = np.linspace(0.0025, 0.9975, 200)[:, None]
"""Evenly spread chances, for integrals over them."""


class TwoKinds(Biased):
    """Two fifths of the agents choose 1 with the given chance, and the others with its square."""

    def kinds(self, history: History, theta: np.ndarray) -> Kinds:
        share = torch.tensor([0.4, 0.6], dtype=torch.float64)
        return Kinds(share[None, :, None].expand(len(theta), 2, 1))

    def log_policies(self, history: History, theta: np.ndarray, *, whole: bool = False) -> Tensor:
        alone = super().log_policies
        return torch.cat([alone(history, each, whole=whole) for each in (theta, theta**2)], 1)


def alike(populations: int, history: History) -> np.ndarray:
    return np.full((populations, len(history.action)), -np.log(populations))


def cournot() -> tuple[HasLikelihood, History, np.ndarray]:
    """A model with several kinds of agents in a game with many actions, at some theta."""
    model = Trembling(CognitiveHierarchy(Cournot()))
    action = np.random.default_rng(0).integers(0, 100, (3, 2, 25)) + 0.3
    theta = model.from_unit(np.random.default_rng(1).random((4, len(model.free))))
    return model, History.of(Cournot(), "2", {"action": action}), theta


def test_agents_alone_and_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    history, theta = thrown([[3, 6], [0, 10]]), np.array([[0.2], [0.9]])
    found = log_likelihood(TwoKinds(), history, theta)
    ones = np.array([[3, 6], [0, 10]])
    chances = np.stack([theta, theta**2])[..., None]
    wanted = np.array([0.4, 0.6]) @ (chances**ones * (1 - chances) ** (10 - ones)).reshape(2, -1)
    np.testing.assert_allclose(np.exp(found), wanted.reshape(2, 2, 2))
    # However many populations are computed together.
    monkeypatch.setattr(pointwise, "NUMBERS_AT_ONCE", 1)
    np.testing.assert_array_equal(log_likelihood(TwoKinds(), history, theta), found)


def test_treatments_follow_one_another() -> None:
    histories = {"one": thrown([[3], [5], [7]]), "two": thrown([[2, 8], [4, 4]])}
    theta = np.array([[0.3], [0.6]])
    agents, members = by_agent(Biased(), histories, theta), agents_of_markets(histories)
    ones = np.array([3, 5, 7, 2, 8, 4, 4])
    np.testing.assert_allclose(agents, ones * np.log(theta) + (10 - ones) * np.log(1 - theta))
    np.testing.assert_array_equal(members.sum(0), [1, 1, 1, 2, 2])
    np.testing.assert_array_equal(ones @ members, [3, 5, 7, 10, 8])


def upto(history: History, rounds: int) -> History:
    play = {name: values[..., :rounds].numpy() for name, values in history.play.items()}
    return History.of(history.game, history.treatment, play)


@pytest.mark.parametrize("model", [Biased(), BiasedBySeat(), TwoKinds()])
def test_each_decision_is_predicted_from_all_before_it(model: Biased) -> None:
    history = thrown([[3, 6], [0, 10], [9, 9]])
    theta = np.random.default_rng(0).random((7, len(model.free)))
    log_weight = np.log(np.random.default_rng(1).dirichlet(np.ones(7), 3)).T
    found = forecast(model, history, theta, log_weight)
    before = np.zeros((7, 3, 2))
    for now in range(10):
        after = log_likelihood(model, upto(history, now + 1), theta)
        weight = log_weight + before.sum(-1)
        weight -= logsumexp(weight, axis=0)
        wanted = logsumexp(weight[..., None] + after - before, axis=0)
        np.testing.assert_allclose(found.log_score[..., now], wanted)
        before = after


@pytest.mark.parametrize("model", [Biased(), TwoKinds()])
def test_log_scores_sum_to_the_predictive_probability_of_a_market(model: Biased) -> None:
    """Of one agent, or with one theta: else agents of a round tell of one another."""
    alone, theta = thrown([[3], [0], [9]]), np.array([[0.2], [0.5], [0.7]])
    found = forecast(model, alone, theta, alike(3, alone))
    of_markets = log_likelihood(model, alone, theta).sum(-1)
    wanted = logsumexp(of_markets, axis=0) - np.log(3)
    np.testing.assert_allclose(found.log_score.sum((1, 2)), wanted)
    pairs = thrown([[3, 6], [0, 10]])
    found = forecast(model, pairs, theta[:1], alike(1, pairs))
    wanted = log_likelihood(model, pairs, theta[:1])[0].sum(-1)
    np.testing.assert_allclose(found.log_score.sum((1, 2)), wanted)


def test_the_chance_of_the_next_one_is_laplaces_rule() -> None:
    history = thrown([[4]])
    found = forecast(Biased(), history, GRID, alike(len(GRID), history))
    action = history.action[0, 0].numpy()
    before = action.cumsum() - action
    chance = (1 + before) / (2 + np.arange(10))
    np.testing.assert_allclose(
        np.exp(found.log_score[0, 0]), np.where(action, chance, 1 - chance), atol=1e-3
    )
    np.testing.assert_allclose(found.crps[0, 0], (action - chance) ** 2, atol=1e-3)


def test_scores_are_those_of_scoringrules() -> None:
    model, history, theta = cournot()
    found = forecast(model, history, theta[:1], np.zeros((1, 3)))
    share = model.kinds(history, theta[:1]).share[0]
    whole = model.log_policies(history, theta[:1], whole=True)[0, ..., 0, :].exp()
    first = torch.einsum("ka,kmav->mav", share.expand(-1, 2), whole).numpy()  # of the first round
    wanted = scoringrules.crps_ensemble(
        history.play["action"][..., 0].double().numpy(),
        np.broadcast_to(np.arange(101.0), first.shape),
        ens_w=first,
    )
    np.testing.assert_allclose(found.crps[..., 0], wanted, rtol=1e-4)
    taken = np.take_along_axis(first, history.action[..., :1].numpy(), -1)[..., 0]
    np.testing.assert_allclose(np.exp(found.log_score[..., 0]), taken)


def test_log_scores_sum_to_the_predictive_probability_with_many_kinds_and_actions() -> None:
    model, history, theta = cournot()
    found = forecast(model, history, theta[:1], alike(1, history))
    wanted = log_likelihood(model, history, theta[:1])[0].sum(-1)
    np.testing.assert_allclose(found.log_score.sum((1, 2)), wanted)


def test_a_market_is_weighted_away() -> None:
    """Draws given all markets, divided by a market's own likelihood, predict it as a stranger."""
    history = thrown([[3], [8]])
    of_markets = log_likelihood(Biased(), history, GRID)[..., 0]
    both = of_markets.sum(1, keepdims=True)
    log_weight = both - of_markets
    log_weight -= logsumexp(log_weight, axis=0)
    found = forecast(Biased(), history, GRID, log_weight)
    # Of the other market Beta(1 + ones, 1 + zeros) is known.
    for market, (own, other) in enumerate(((3, 8), (8, 3))):
        wanted = betaln(1 + own + other, 21 - own - other) - betaln(1 + other, 11 - other)
        assert found.log_score[market].sum() == pytest.approx(wanted, abs=1e-3)


def test_impossible_decisions_leave_no_gap() -> None:
    """A draw that makes a decision impossible has no say from then on."""
    history, theta = thrown([[4]]), np.array([[0.2], [0.7]])
    found = forecast(Biased(lowest=0.5), history, theta, alike(2, history))
    later = history.action[0, 0].cumsum(0) - history.action[0, 0] > 0
    assert later.any()
    taken = np.where(history.action[0, 0] == 1, 0.7, 0.3)
    np.testing.assert_allclose(np.exp(found.log_score[0, 0][later]), taken[later])
    nobody = forecast(Biased(lowest=0.5), history, theta[:1], np.zeros((1, 1)))
    assert not np.isnan(nobody.log_score).any()
    assert nobody.log_score.min() == -np.inf


def test_a_model_without_parameters() -> None:
    history = thrown([[4, 1]])
    found = forecast(Fair(0.25), history, np.empty((1, 0)), np.zeros((1, 1)))
    taken = np.where(history.action == 1, 0.25, 0.75)
    np.testing.assert_allclose(np.exp(found.log_score), taken)
