"""Training of fixed agents: what is played, what is learnt from it, and what comes out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy import stats
from torch import nn

from experiments.sharing import fixed_agents
from experiments.sharing.fixed_agents import (
    FixedAgents,
    learn_individually,
    learn_shared,
    play,
    value_actions,
)
from experiments.sharing.training import Market
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.learning.policy_gradient import Batch
from satisfice.learning.problem import CurvePoint
from satisfice.learning.settings import LearningSettings
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import PolicyNetwork

THETA = np.array([0.5, 0.2, 0.3])
WAYS = [learn_shared, learn_individually]


def agents_of(number: int) -> FixedAgents:
    game = Cournot((number,))
    return FixedAgents(game, UniformBelief(game.action_values), THETA)


def restless(agents: FixedAgents) -> PolicyNetwork:
    torch.manual_seed(2)
    policy = PolicyNetwork(agents.problem().policy_shape(LearningSettings(hidden=8)))
    nn.init.normal_(policy.head.weight, std=0.02)
    return policy


def test_skills_are_the_middle_quantiles_of_the_supertype() -> None:
    skills = stats.truncnorm(-2.5, 2.5, loc=0.5, scale=0.2).ppf([0.1, 0.3, 0.5, 0.7, 0.9])
    agents = agents_of(5)
    traits = agents.traits(3)
    np.testing.assert_allclose(traits.skill, np.tile(skills, (3, 1)), atol=1e-6)
    np.testing.assert_allclose(agents.processing_cost, 0.3 * (1 - skills), atol=1e-6)


def test_every_minibatch_has_the_mean_worth_in_its_own_markets() -> None:
    agents = agents_of(3)
    policy, settings = restless(agents), LearningSettings(markets=7, minibatches=2)
    batch, found = play(agents, policy, settings, torch.Generator().manual_seed(5))
    generator = torch.Generator().manual_seed(5)
    chances = torch.from_numpy(agents.policies(policy)).cumsum(-1)
    uniforms = torch.rand((7, 3), generator=generator)
    actions = torch.stack(
        [torch.searchsorted(chances[i].float(), uniforms[:, i].contiguous()) for i in range(3)], 1
    )
    quantity = actions.float()
    others = quantity.sum(1, keepdim=True) - quantity
    own = torch.arange(101.0)
    worth = own * ((100 - own - others.unsqueeze(-1)).clamp(min=0) - 1) / (99 / 4) ** 2
    assert batch.worth.shape == (2, 3, 101)
    for part in range(2):
        torch.testing.assert_close(batch.worth[part], worth[part::2].mean(0), atol=1e-4, rtol=1e-4)
    earned = worth.gather(-1, actions.unsqueeze(-1)).mean().item()
    assert found.decisions == 21
    assert found.payoff == pytest.approx(earned, abs=1e-4)
    policies = agents.policies(policy)
    divergence = (policies * np.log(policies * 101)).sum(-1)
    cost = (agents.processing_cost * divergence).mean()
    assert found.divergence == pytest.approx(divergence.mean(), abs=1e-4)
    assert found.net_payoff == pytest.approx(earned - cost, abs=1e-4)
    np.testing.assert_allclose(batch.log_policy[1].exp(), policies, atol=1e-5)
    np.testing.assert_allclose(batch.processing_cost[0], agents.processing_cost, rtol=1e-5)


def test_pieces_change_the_way_and_not_the_value(monkeypatch: pytest.MonkeyPatch) -> None:
    agents = agents_of(5)
    log_policy = torch.full((5, 101), -np.log(101))
    uniforms, shocks = torch.rand((23, 5)), torch.rand((23, 0))
    found = []
    for piece in (1, 20, 10_000):
        monkeypatch.setattr(fixed_agents, "PIECE", piece)
        found.append(value_actions(agents, log_policy, uniforms, shocks))
    for worth, earned in found[1:]:
        torch.testing.assert_close(worth, found[0][0], atol=1e-4, rtol=1e-4)
        assert earned == pytest.approx(found[0][1], rel=1e-4)


def test_games_with_chance_have_it() -> None:
    game = Cobweb()
    game.treatments = {"stable": 6}
    agents = FixedAgents(game, UniformBelief(game.action_values), THETA)
    policy, settings = restless(agents), LearningSettings(markets=40, minibatches=1)
    batch, _ = play(agents, policy, settings, torch.Generator().manual_seed(5))
    assert 0 < batch.worth.mean() < 1


@pytest.mark.parametrize("learn", WAYS)
@pytest.mark.parametrize("number", [2, 5])
def test_both_ways_come_close_to_the_asymmetric_equilibrium(
    learn: Callable[..., nn.Module], number: int
) -> None:
    market = Market.of(number, THETA)
    settings = LearningSettings(
        iterations=60, markets=200, hidden=16, learning_rate=4e-3, averaging=0.9
    )
    policy = learn(market.agents, settings)
    assert market.distances(policy).max() < 0.03
    earned = market.returns(market.agents.policies(policy))
    assert 0 <= earned.regret.max() < 2e-3


@pytest.mark.parametrize("learn", WAYS)
def test_the_seed_decides_everything(learn: Callable[..., nn.Module]) -> None:
    def weights(seed: int) -> torch.Tensor:
        settings = LearningSettings(iterations=3, markets=4, hidden=4, seed=seed)
        return nn.utils.parameters_to_vector(learn(agents_of(3), settings).parameters())

    assert torch.equal(weights(1), weights(1))
    assert not torch.equal(weights(1), weights(2))


@pytest.mark.parametrize("learn", WAYS)
def test_curves_count_all_decisions(learn: Callable[..., nn.Module]) -> None:
    points: list[CurvePoint] = []
    settings = LearningSettings(iterations=3, markets=4, hidden=4)
    learn(agents_of(5), settings, lambda point, _: points.append(point))
    assert [point.decisions for point in points] == [20, 40, 60]
    assert points[-1].policy_change > 0


def test_an_individual_policy_learns_from_its_own_agent_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whatever agent 1 is told its actions are worth, the others learn the same."""
    settings = LearningSettings(iterations=1, markets=4, minibatches=1, hidden=4)

    def learnt(factor: float, learn: Callable[..., nn.Module]) -> np.ndarray:
        def spoiled(*arguments: object) -> tuple[Batch, object]:
            batch, found = play(*arguments)  # type: ignore[arg-type]
            batch.worth[:, 1] *= factor
            return batch, found

        monkeypatch.setattr(fixed_agents, "play", spoiled)
        agents = agents_of(3)
        return agents.policies(learn(agents, settings))

    changed = [learnt(factor, learn_individually) for factor in (1.0, -3.0)]
    np.testing.assert_array_equal(changed[0][[0, 2]], changed[1][[0, 2]])
    assert np.abs(changed[0][1] - changed[1][1]).max() > 1e-4
    shared = [learnt(factor, learn_shared) for factor in (1.0, -3.0)]
    assert np.abs(shared[0][[0, 2]] - shared[1][[0, 2]]).max() > 1e-4
