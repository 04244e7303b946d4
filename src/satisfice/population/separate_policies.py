"""Policies without sharing: one network for each skill band, with its own weights."""

from __future__ import annotations

from dataclasses import replace

from torch import Tensor, nn

from satisfice.population.policy import PolicyNetwork, PolicyShape


class SeparatePolicies(PolicyNetwork):
    """Uses for each agent the network of its skill band.

    Skills from 0 to 1 are cut into equal bands. A network learns only from the decisions of its own
    band. Its inputs are those of a shared network.
    """

    def __init__(self, shape: PolicyShape) -> None:
        nn.Module.__init__(self)
        self.shape = shape
        self.networks = nn.ModuleList(
            PolicyNetwork(replace(shape, bands=1)) for _ in range(shape.bands)
        )

    def forward(self, inputs: Tensor, processing_cost: Tensor) -> Tensor:
        """See :meth:`PolicyNetwork.forward`."""
        skill = (inputs[..., 0] + 1.0) / 2.0
        band = (skill * self.shape.bands).long().clamp(0, self.shape.bands - 1)
        tilt = inputs.new_empty((*processing_cost.shape, self.shape.actions))
        for number, network in enumerate(self.networks):
            own = (band == number).nonzero(as_tuple=True)
            tilt = tilt.index_put(own, network(inputs[own], processing_cost[own]))
        return tilt


def new_policy(shape: PolicyShape) -> PolicyNetwork:
    """An untrained policy: one network for all skills, or one for each skill band."""
    return SeparatePolicies(shape) if shape.bands > 1 else PolicyNetwork(shape)
