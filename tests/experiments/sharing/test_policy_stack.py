"""Stacked networks against the same networks one by one."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from experiments.sharing.policy_stack import PolicyStack, climb_each, clip_each
from satisfice.learning.policy_gradient import LARGEST_NORM, Batch, climb, clipped_objective, update
from satisfice.learning.settings import LearningSettings
from satisfice.population.policy import PolicyNetwork, PolicyShape

SHAPE = PolicyShape(actions=11, treatment_features=2, observation_features=1, hidden=8)
INPUTS = 2 + 5 + 2 + 1
SETTINGS = LearningSettings(minibatches=3)
MARKETS = 6


def networks(number: int = 4) -> list[PolicyNetwork]:
    """Networks that depart from the prior belief, each in its own way."""
    torch.manual_seed(3)
    made = [PolicyNetwork(SHAPE) for _ in range(number)]
    for network in made:
        for weight in network.parameters():
            nn.init.normal_(weight, std=0.3)
    return made


def batch(markets: int = MARKETS, agents: int = 4, scale: float = 1.0) -> Batch:
    """Decisions of shape (markets, agents, ...), worth much more to the last agents."""
    generator = torch.Generator().manual_seed(5)
    sizes = scale * torch.logspace(-2, 2, agents).unsqueeze(-1)
    policy = torch.randn((markets, agents, 11), generator=generator).log_softmax(-1)
    return Batch(
        inputs=torch.randn((markets, agents, INPUTS), generator=generator),
        processing_cost=torch.rand((markets, agents), generator=generator) + 0.1,
        log_prior=torch.randn((markets, agents, 11), generator=generator).log_softmax(-1),
        log_policy=policy,
        probability=policy.exp(),
        worth=torch.randn((markets, agents, 11), generator=generator) * sizes,
    )


def of_agent(whole: Batch, agent: int) -> Batch:
    return Batch(*(column[:, agent] for column in vars(whole).values()))


def weights_of(stack: PolicyStack, agent: int) -> list[Tensor]:
    return [weight.detach()[agent] for weight in stack.weights]


def test_agent_i_decides_with_network_i() -> None:
    each, given = networks(), batch()
    found = PolicyStack(each)(given.inputs, given.processing_cost)
    assert found.shape == (MARKETS, 4, 11)
    for agent, network in enumerate(each):
        part = of_agent(given, agent)
        expected = network(part.inputs, part.processing_cost)
        torch.testing.assert_close(found[:, agent], expected, atol=1e-4, rtol=1e-4)
    assert not torch.allclose(found[:, 0], found[:, 1])


def test_a_stack_holds_all_weights_and_none_twice() -> None:
    each = networks()
    stack = PolicyStack(each)
    number = sum(weight.numel() for weight in stack.parameters())
    assert number == 4 * sum(weight.numel() for weight in each[0].parameters())
    before = deepcopy(each[1].state_dict())
    with torch.no_grad():
        for weight in stack.parameters():
            weight.zero_()
    assert all(torch.equal(value, before[name]) for name, value in each[1].state_dict().items())


def test_a_copy_of_a_stack_is_a_stack_of_its_own() -> None:
    stack, given = PolicyStack(networks()), batch()
    copy = deepcopy(stack)
    for weight in copy.parameters():
        weight.data.zero_()
    assert copy(given.inputs, given.processing_cost).abs().max() == 0
    assert stack(given.inputs, given.processing_cost).abs().max() > 0


@pytest.mark.parametrize("scale", [1e-3, 1.0, 100.0])
def test_updating_the_stack_is_updating_each_network_by_itself(scale: float) -> None:
    """Clipping included: gradients are clipped for some agents and not for others."""
    each, given = networks(), batch(scale=scale)
    stack = PolicyStack(each)
    stacked = torch.optim.Adam(stack.parameters(), lr=0.01)
    separate = [torch.optim.Adam(network.parameters(), lr=0.01) for network in each]
    for _ in range(3):
        update(stack, stacked, given, SETTINGS, climb_each)
        for agent, (network, optimiser) in enumerate(zip(each, separate, strict=True)):
            update(network, optimiser, of_agent(given, agent), SETTINGS, climb)
    for agent, network in enumerate(each):
        for found, expected in zip(weights_of(stack, agent), network.parameters(), strict=True):
            torch.testing.assert_close(found, expected.detach(), atol=2e-4, rtol=2e-4)


@pytest.mark.parametrize("rate", [0.1, 10.0])
def test_a_plain_step_is_that_of_each_network(rate: float) -> None:
    """Gradient descent shows the sizes of gradients, which Adam hides."""
    each, given = networks(), batch()
    stack = PolicyStack(each)
    before = [weights_of(deepcopy(stack), agent) for agent in range(4)]
    objective, _ = clipped_objective(stack, given, SETTINGS)
    climb_each(stack, torch.optim.SGD(stack.parameters(), lr=rate), objective)
    clipped = 0
    for agent, network in enumerate(each):
        own, _ = clipped_objective(network, of_agent(given, agent), SETTINGS)
        gradients = torch.autograd.grad(own, list(network.parameters()))
        norm = torch.stack([gradient.square().sum() for gradient in gradients]).sum().sqrt()
        clipped += bool(norm > LARGEST_NORM)
        optimiser = torch.optim.SGD(network.parameters(), lr=rate)
        climb(network, optimiser, clipped_objective(network, of_agent(given, agent), SETTINGS)[0])
        moved = zip(weights_of(stack, agent), network.parameters(), before[agent], strict=True)
        for found, expected, first in moved:
            torch.testing.assert_close(
                found - first, expected.detach() - first, atol=1e-4 * rate, rtol=1e-3
            )
    assert 0 < clipped < 4


def test_networks_do_not_influence_one_another() -> None:
    """What one agent meets, however extreme, changes no other agent's weights by one bit."""
    given, results = batch(), []
    for factor in (1.0, 1e4):
        stack = PolicyStack(networks())
        worth = given.worth.clone()
        worth[:, 2] *= -factor
        optimiser = torch.optim.Adam(stack.parameters(), lr=0.01)
        for _ in range(3):
            update(stack, optimiser, replace(given, worth=worth), SETTINGS, climb_each)
        results.append([weights_of(stack, agent) for agent in range(4)])
    for agent in (0, 1, 3):
        assert all(map(torch.equal, results[0][agent], results[1][agent]))
    assert not all(map(torch.equal, results[0][2], results[1][2]))


def test_clipping_is_pytorchs_for_each_network() -> None:
    generator = torch.Generator().manual_seed(1)
    sizes = torch.tensor([0.01, 1.0, 30.0])
    weights = [nn.Parameter(torch.zeros(3, 4, 2)), nn.Parameter(torch.zeros(3, 5))]
    alone = [[nn.Parameter(torch.zeros_like(weight[i])) for weight in weights] for i in range(3)]
    for place, weight in enumerate(weights):
        shape = (3, *[1] * (weight.ndim - 1))
        weight.grad = torch.randn(weight.shape, generator=generator) * sizes.reshape(shape)
        for i in range(3):
            alone[i][place].grad = weight.grad[i].clone()
    clip_each(weights)
    for i in range(3):
        nn.utils.clip_grad_norm_(alone[i], LARGEST_NORM)
        for weight, own in zip(weights, alone[i], strict=True):
            assert weight.grad is not None
            assert own.grad is not None
            torch.testing.assert_close(weight.grad[i], own.grad)
