"""A network for each band of skill: each agent gets its own, and only its decisions teach it."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from satisfice.population.policy import (
    PolicyNetwork,
    PolicyShape,
    SeparatePolicies,
    input_size,
    new_policy,
)

SHAPE = PolicyShape(11, 2, 3, hidden=8, action_basis=4, bands=4)


@pytest.fixture
def policy() -> SeparatePolicies:
    torch.manual_seed(1)
    found = SeparatePolicies(SHAPE)
    for weight in found.parameters():
        torch.nn.init.normal_(weight)
    return found


def inputs_of(skill: torch.Tensor) -> torch.Tensor:
    rest = torch.randn((*skill.shape, input_size(SHAPE) - 1))
    return torch.cat([2 * skill.unsqueeze(-1) - 1, rest], -1)


@pytest.mark.parametrize(
    ("skill", "band"), [(0.0, 0), (0.249, 0), (0.251, 1), (0.6, 2), (0.999, 3), (1.0, 3)]
)
def test_the_band_of_skill_decides(policy: SeparatePolicies, skill: float, band: int) -> None:
    inputs, cost = inputs_of(torch.full((3, 2), skill)), torch.rand((3, 2))
    torch.testing.assert_close(policy(inputs, cost), policy.networks[band](inputs, cost))


def test_a_decision_teaches_its_own_band_only(policy: SeparatePolicies) -> None:
    skill = torch.tensor([[0.3, 0.4]])
    policy(inputs_of(skill), torch.rand((1, 2))).square().sum().backward()
    taught = [
        any(weight.grad is not None and bool(weight.grad.any()) for weight in network.parameters())
        for network in policy.networks
    ]
    assert taught == [False, True, False, False]


def test_one_band_is_the_shared_network() -> None:
    assert type(new_policy(replace(SHAPE, bands=1))) is PolicyNetwork
    assert isinstance(new_policy(SHAPE), SeparatePolicies)
