"""What prior beliefs have in common: parameters that are fixed, or traits of the agents."""

from __future__ import annotations

import math
from dataclasses import replace
from itertools import combinations
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.games.base import NO_ACTION_YET, Observation
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief

GRID = torch.arange(11, dtype=torch.float32)


def after(previous: torch.Tensor) -> Observation:
    no_anchor = torch.full(previous.shape, torch.nan)
    return Observation(torch.empty(*previous.shape, 0), previous, no_anchor)


def anchored(*anchors: float) -> Observation:
    """One market, whose agents see the given rules of thumb."""
    anchor = torch.tensor([anchors])
    features = torch.empty(*anchor.shape, 0)
    return Observation(features, torch.full(anchor.shape, NO_ACTION_YET), anchor)


def test_uniform_belief_ignores_the_past() -> None:
    belief = UniformBelief(GRID)
    log_prior = belief.log_probabilities(after(torch.tensor([[NO_ACTION_YET, 0], [5, 10]])))
    torch.testing.assert_close(log_prior, torch.full((2, 2, 11), -math.log(11)))
    assert not belief.remembers
    with pytest.raises(NotImplementedError, match="UniformBelief does not remember"):
        belief.expectation()(torch.eye(11))
    assert belief.state_free


NAMES = {
    HabitBelief: ("stay", "explore", "reach"),
    AnchorBelief: ("spread", "explore", "inertia"),
}
BOUNDS = {
    "stay": (0.0, 0.45),
    "explore": (0.01, 0.5),
    "reach": (0.02, 2.0),
    "spread": (0.3, 5.0),
    "inertia": (0.0, 1.0),
}
SUBSETS = [
    (kind, own, chosen)
    for kind, own in ((HabitBelief, False), (AnchorBelief, False), (AnchorBelief, True))
    for size in range(4)
    for chosen in combinations(NAMES[kind], size)
]
MARKETS, AGENTS = 3, 4
CELLS = [(market, agent) for market in range(MARKETS) for agent in range(AGENTS)]


def built(kind: type[PriorBelief], own: bool, values: dict[str, float]) -> PriorBelief:
    return kind(GRID, **values, **({"own_action": True} if own else {}))  # type: ignore[arg-type]


class Agents:
    """Agents who differ in some parameters of a belief, and the belief that each would have."""

    def __init__(
        self, kind: type[PriorBelief], own: bool, chosen: tuple[str, ...], seed: int
    ) -> None:
        self.generator = torch.Generator().manual_seed(seed)
        shape = (MARKETS, AGENTS)
        values = {}
        for name in NAMES[kind]:  # type: ignore[index]
            low, high = BOUNDS[name]
            drawn = low + (high - low) * torch.rand(shape, generator=self.generator)
            # Everybody has the same value of what is fixed.
            values[name] = drawn if name in chosen else drawn[:1, :1].expand(shape)
        fixed = {name: each[0, 0].item() for name, each in values.items() if name not in chosen}
        self.belief = built(kind, own, fixed)
        self.traits = {name: values[name] for name in chosen}
        # What the network is told as well does not disturb.
        self.traits["skill"] = torch.rand(shape, generator=self.generator)
        self.alone = {
            cell: built(kind, own, {name: each[cell].item() for name, each in values.items()})
            for cell in CELLS
        }

    def observation(self, *, whole: bool) -> Observation:
        """Previous actions, whole ones or amounts, and anchors; some before anything happened."""
        shape = (MARKETS, AGENTS)
        previous = torch.randint(0, 11, shape, generator=self.generator)
        if whole:
            previous[torch.rand(shape, generator=self.generator) < 0.3] = NO_ACTION_YET
        else:
            previous = previous * torch.rand(shape, generator=self.generator)
        anchor = 14 * torch.rand(shape, generator=self.generator) - 2
        anchor[torch.rand(shape, generator=self.generator) < 0.2] = torch.nan
        return Observation(torch.empty(*shape, 0), previous, anchor)

    def one_by_one(self, seen: Observation) -> Tensor:
        """Log-probabilities of each agent's own belief."""
        rows = []
        for market, agent in CELLS:
            here = seen[slice(market, market + 1), slice(agent, agent + 1)]
            rows.append(self.alone[market, agent].log_probabilities(here)[0, 0])
        return torch.stack(rows).reshape(MARKETS, AGENTS, -1)


@pytest.mark.parametrize(("kind", "own", "chosen"), SUBSETS)
@pytest.mark.parametrize("whole", [True, False])
@given(seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=15, derandomize=True)
def test_agents_with_values_of_their_own_have_the_beliefs_of_these_values(
    kind: type[PriorBelief], own: bool, chosen: tuple[str, ...], whole: bool, seed: int
) -> None:
    agents = Agents(kind, own, chosen, seed)
    seen = agents.observation(whole=whole)
    found = agents.belief.log_probabilities(seen, agents.traits)
    torch.testing.assert_close(found, agents.one_by_one(seen), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(("kind", "own", "chosen"), SUBSETS)
@given(seed=st.integers(0, 2**31))
@settings(deadline=None, max_examples=15, derandomize=True)
def test_agents_with_values_of_their_own_expect_what_these_values_say(
    kind: type[PriorBelief], own: bool, chosen: tuple[str, ...], seed: int
) -> None:
    agents = Agents(kind, own, chosen, seed)
    assert agents.belief.remembers == (kind is HabitBelief or own)
    values = torch.randn((MARKETS, AGENTS, 11), generator=agents.generator)
    found = agents.belief.expectation(agents.traits)(values)
    assert found.shape == (MARKETS, AGENTS, 11)
    # Asked many times, they say the same again.
    asked = agents.belief.expectation(agents.traits)
    assert torch.equal(asked(values), found) and torch.equal(asked(values), found)
    for cell in CELLS:
        expected = agents.alone[cell].expectation()(values[cell])
        torch.testing.assert_close(found[cell], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "own", "chosen"), [row for row in SUBSETS if row[0] is HabitBelief or row[1]]
)
def test_expectations_are_those_of_the_probabilities(
    kind: type[PriorBelief], own: bool, chosen: tuple[str, ...]
) -> None:
    """Whatever an agent did before, and wherever its own action is the anchor."""
    agents = Agents(kind, own, chosen, 3)
    values = torch.randn((MARKETS, AGENTS, 11), generator=agents.generator)
    found = agents.belief.expectation(agents.traits)(values)
    for action in range(11):
        previous = torch.full((MARKETS, AGENTS), action)
        seen = Observation(torch.empty(MARKETS, AGENTS, 0), previous, GRID[previous])
        q = agents.belief.log_probabilities(seen, agents.traits).exp()
        torch.testing.assert_close(found[..., action], (q * values).sum(-1), atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize(("kind", "name"), [(HabitBelief, "reach"), (AnchorBelief, "spread")])
def test_a_belief_with_traits_follows_the_previous_amount_smoothly(
    kind: type[PriorBelief], name: str
) -> None:
    fixed = {"stay": 0.3, "explore": 0.1, "reach": 0.2, "spread": 1.5, "inertia": 0.5}
    belief = built(kind, False, {each: fixed[each] for each in NAMES[kind] if each != name})  # type: ignore[index]
    amount = torch.tensor([[3.25]], requires_grad=True)

    def likelihood(previous: Tensor) -> Tensor:
        seen = replace(anchored(8.0), previous_action=previous)
        return belief.log_probabilities(seen, {name: torch.tensor([[fixed[name]]])}).exp()[0, 0, 3]

    (slope,) = torch.autograd.grad(likelihood(amount), amount)
    low, high = (likelihood(amount.detach() + by) for by in (-0.01, 0.01))
    assert slope.item() == pytest.approx(((high - low) / 0.02).item(), rel=1e-3)
    assert slope < -0.01


@pytest.mark.parametrize("kind", [HabitBelief, AnchorBelief])
def test_settings_are_checked_where_others_are_traits(kind: type[PriorBelief]) -> None:
    impossible: dict[str, Any] = {"explore": 1.1}
    with pytest.raises(SatisficeError, match=r"explore: 1\.1 is no usable prior belief"):
        kind(GRID, **impossible)


def test_declared_parameters_are_those_of_the_definitions() -> None:
    assert UniformBelief.parameters == ()
    for kind, names in NAMES.items():
        assert tuple(parameter.name for parameter in kind.parameters) == names
    defaults = [[each.default for each in kind.parameters] for kind in NAMES]
    assert defaults == [[0.15, 0.5, 0.1], [1.0, 0.05, 0.0]]
    scales = {each.name: each.transform for kind in NAMES for each in kind.parameters}
    assert [name for name, scale in scales.items() if scale == "log"] == ["reach", "spread"]
    assert all(np.isfinite(each.support[0]) for kind in NAMES for each in kind.parameters)
