"""Networks as one computation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from satisfice.inference.density_training import as_tensor
from satisfice.inference.stacked_networks import NetworkStack

RANDOM = np.random.default_rng(0)
TARGETS, CONDITIONS = RANDOM.normal(size=(2, 20, 2))


class Gaussian(nn.Module):
    """A density with a mean that is linear in the condition."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        torch.manual_seed(seed)
        self.mean = nn.Linear(2, 2)

    def loss(self, targets: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
        return (targets - self.mean(condition)).square().sum(-1)


def networks(number: int) -> list[nn.Module]:
    return [Gaussian(seed) for seed in range(number)]


def rows(number: int) -> tuple[torch.Tensor, torch.Tensor]:
    targets, conditions = (as_tensor(each).expand(number, -1, -1) for each in (TARGETS, CONDITIONS))
    return targets, conditions


@pytest.mark.parametrize("stackable", [True, False])
def test_losses_are_those_of_each_network(stackable: bool) -> None:
    given = networks(3)
    expected = [float(each.loss(*(r[0] for r in rows(1))).mean().detach()) for each in given]  # type: ignore[operator]
    found = NetworkStack(given, stackable).losses(*rows(3))
    np.testing.assert_allclose(found.detach().numpy(), expected, rtol=1e-5)
    assert len(set(expected)) == 3


@pytest.mark.parametrize("stackable", [True, False])
def test_gradients_are_cut_for_each_network_alone(stackable: bool) -> None:
    given = networks(2)
    stack = NetworkStack(given, stackable)
    (stack.losses(*rows(2)) * torch.tensor([1.0, 1000.0])).sum().backward()  # type: ignore[no-untyped-call]

    def norms() -> list[float]:
        gradients = [each.grad for each in stack.parameters() if each.grad is not None]
        if not stack.stacked:
            half = len(gradients) // 2
            groups = [gradients[:half], gradients[half:]]
        else:
            groups = [[each[number] for each in gradients] for number in range(2)]
        return [float(torch.cat([g.flatten() for g in group]).norm()) for group in groups]

    before = norms()
    stack.clip_gradients(2 * before[0])
    assert norms()[0] == pytest.approx(before[0])
    assert norms()[1] == pytest.approx(2 * before[0], rel=1e-4)


def test_an_optimiser_of_the_stack_moves_the_networks() -> None:
    given = networks(2)
    stack = NetworkStack(given)
    before = [each.mean.weight.clone() for each in given]  # type: ignore[union-attr, operator]
    optimiser = torch.optim.SGD(stack.parameters(), 0.1)
    stack.losses(*rows(2)).sum().backward()  # type: ignore[no-untyped-call]
    optimiser.step()
    for network, old in zip(given, before, strict=True):
        assert not torch.equal(network.mean.weight, old)  # type: ignore[union-attr, arg-type]


def test_released_networks_are_their_own() -> None:
    given = networks(2)
    stack = NetworkStack(given)
    stack.release()
    kept = given[1].mean.weight.clone()  # type: ignore[union-attr, operator]
    with torch.no_grad():
        for parameter in stack.parameters():
            parameter.zero_()
    assert torch.equal(given[1].mean.weight, kept)  # type: ignore[union-attr, arg-type]
