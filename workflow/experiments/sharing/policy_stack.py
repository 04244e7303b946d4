"""Independent policy networks, one for each agent, evaluated and trained as one batch.

The networks share only the arithmetic: a batched product instead of a loop over agents. Adam works
on each weight separately, so one step on stacked weights is one step for each network. Only the
clipping of gradients involves a whole network, and is done here network by network.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, stack_module_state, vmap

from satisfice.learning.policy_gradient import LARGEST_NORM
from satisfice.population.policy import PolicyNetwork


class PolicyStack(nn.Module):
    """Uses the i-th network for agent i of every market.

    Args:
        networks: One for each agent, all of the same shape; their weights are copied.
    """

    def __init__(self, networks: Sequence[PolicyNetwork]) -> None:
        super().__init__()
        weights, _ = stack_module_state(list(networks))
        self.names = tuple(weights)
        self.weights = nn.ParameterList(weights.values())
        # In a tuple, the template's weights do not become weights of the stack.
        self._template = (networks[0],)

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        """Return each agent's tilt from its own network.

        Args:
            inputs: Shape (..., agents, inputs).
            processing_cost: Shape (..., agents).

        Returns:
            Shape (..., agents, actions), without dimension.
        """
        (template,) = self._template

        def tilt(weights: dict[str, Tensor], inputs: Tensor, processing_cost: Tensor) -> Tensor:
            tilts: Tensor = functional_call(template, weights, (inputs, processing_cost))
            return tilts

        each = vmap(tilt, in_dims=(0, -2, -1), out_dims=-2)
        weights = dict(zip(self.names, self.weights, strict=True))
        tilts: Tensor = each(weights, inputs, processing_cost)
        return tilts


def climb_each(stack: PolicyStack, optimiser: torch.optim.Optimizer, objective: Tensor) -> None:
    """Take one ascent step with every network on its own objective.

    Args:
        stack: The networks.
        optimiser: Elementwise optimiser of the stack's weights.
        objective: Mean of the networks' objectives, each of which depends on one network only.
    """
    optimiser.zero_grad()
    # The mean divides each network's gradient by their number.
    (-objective * len(stack.weights[0])).backward()  # type: ignore[no-untyped-call]
    clip_each(list(stack.weights))
    optimiser.step()


@torch.no_grad()
def clip_each(weights: Sequence[Tensor]) -> None:
    """Clip each network's gradient to a norm of ``LARGEST_NORM``, as PyTorch does for one network.

    Args:
        weights: Each of shape (networks, ...), with gradients.
    """
    gradients = [weight.grad for weight in weights if weight.grad is not None]
    squares = [gradient.flatten(1).square().sum(1) for gradient in gradients]
    norm = torch.stack(squares).sum(0).sqrt()
    scale = (LARGEST_NORM / (norm + 1e-6)).clamp(max=1.0)
    for gradient in gradients:
        gradient.mul_(scale.reshape(-1, *[1] * (gradient.ndim - 1)))
