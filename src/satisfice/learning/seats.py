"""Who sits in a play's markets: what stays the same over its rounds, and who decides together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from types import EllipsisType

import torch
from torch import Tensor

from satisfice.population.beliefs import Named
from satisfice.population.policy import Traits, lasting_inputs

DECISIONS_AT_ONCE = 4096
"""Decisions of a round that are worked out together. The probabilities of many more leave the
processor's cache, and each decision then takes longer. Experiments with people stay below it, so
that they are worked out in one: matrix products round differently for different batch sizes."""

Part = EllipsisType | tuple[slice, slice]
"""Selects some of a play's agents, among (markets, agents): all, or some of them."""


@dataclass(frozen=True)
class Seats:
    """The agents of a play.

    Attributes:
        traits: Who they are.
        inputs: Shape (markets, agents, inputs), what the network is told in every round.
        parts: Agents that decide together; each is in one part.
    """

    traits: Traits
    inputs: Tensor
    parts: tuple[Part, ...]

    @classmethod
    def of(cls, traits: Traits, treatment: Tensor, *, together: bool) -> Seats:
        """Seat agents.

        Args:
            traits: Who they are.
            treatment: Features of the treatment.
            together: Whether all decide together, however many they are.
        """
        parts = (...,) if together else parts_of(*traits.skill.shape)
        return cls(traits, lasting_inputs(traits, treatment), parts)

    @property
    def cost(self) -> Tensor:
        """Processing costs, shape (markets, agents)."""
        return self.traits.processing_cost

    def named(self, part: Part) -> Named:
        """What the prior belief is told of the agents of a part."""
        return {name: trait[part] for name, trait in self.traits.named.items()}

    def join(self, drawn: Iterable[Tensor]) -> Tensor:
        """Join what the agents of each part do, shape (markets, agents)."""
        if self.parts == (...,):
            (actions,) = drawn
            return actions
        actions = torch.empty(self.cost.shape, dtype=torch.long)
        for part, own in zip(self.parts, drawn, strict=True):
            actions[part] = own
        return actions


def parts_of(markets: int, agents: int, most: int = DECISIONS_AT_ONCE) -> tuple[Part, ...]:
    """Cut (markets, agents) into parts: whole markets, or pieces of a market where it is large.

    Args:
        markets: Number of markets.
        agents: Number of agents in each.
        most: Largest number of agents in a part.
    """
    if markets * agents <= most:
        return (...,)
    return tuple(product(_cuts(markets, max(1, most // agents)), _cuts(agents, most)))


def _cuts(length: int, most: int) -> list[slice]:
    return [slice(start, start + most) for start in range(0, length, most)]
