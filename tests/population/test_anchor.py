"""The anchor as written in its definition, entry by entry."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.games.base import NO_ACTION_YET, Observation
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import SMALLEST, PriorBelief

GRID = torch.arange(11, dtype=torch.float32)
shares = st.floats(0.01, 0.45)


def anchored(*anchors: float) -> Observation:
    """One market, whose agents see the given rules of thumb."""
    anchor = torch.tensor([anchors])
    features = torch.empty(*anchor.shape, 0)
    return Observation(features, torch.full(anchor.shape, NO_ACTION_YET), anchor)


def kernel_of(belief: PriorBelief) -> Tensor:
    """q given each own previous action, shape (previous action, action)."""
    return belief.expectation()(torch.eye(len(belief.action_values))).T


def anchor(spread: float = 1.5, explore: float = 0.1) -> AnchorBelief:
    return AnchorBelief(GRID, spread=spread, explore=explore, inertia=0.0)


@given(where=st.floats(-5, 15, width=32), spread=st.floats(0.3, 5), explore=shares)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_anchor_entries_follow_the_definition(where: float, spread: float, explore: float) -> None:
    found = anchor(spread, explore).log_probabilities(anchored(where))[0, 0].exp()
    nearest = min((a - where) ** 2 for a in range(11))
    near = [math.exp(-((a - where) ** 2 - nearest) / (2 * spread**2)) for a in range(11)]
    for action in range(11):
        expected = (1 - explore) * near[action] / sum(near) + explore / 11
        assert found[action].item() == pytest.approx(expected, abs=2e-5)
    assert found.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_anchor_is_what_the_agent_most_likely_does() -> None:
    probability = anchor().log_probabilities(anchored(0.0, 4.0, 6.4, 10.0)).exp()
    assert probability.argmax(-1).tolist() == [[0, 4, 6, 10]]
    mean = anchor(spread=0.8, explore=1e-6).log_probabilities(anchored(5.0)).exp() @ GRID
    assert mean.item() == pytest.approx(5.0, abs=1e-4)


@pytest.mark.parametrize("inertia", [0.0, 0.6])
def test_an_anchor_at_the_own_last_action_has_a_kernel(inertia: float) -> None:
    given = {"spread": 1.5, "explore": 0.1, "inertia": inertia}
    assert not AnchorBelief(GRID, **given).remembers
    own = AnchorBelief(GRID, **given, own_action=True)
    previous = torch.arange(11)[None]
    observation = Observation(torch.zeros(1, 11, 0), previous, GRID[previous])
    assert own.remembers
    torch.testing.assert_close(kernel_of(own), own.log_probabilities(observation)[0].exp())


def test_anchor_belief_is_uniform_before_there_is_an_anchor() -> None:
    log_prior = anchor().log_probabilities(anchored(math.nan, 5.0))
    torch.testing.assert_close(log_prior[0, 0], torch.full((11,), -math.log(11)))
    assert log_prior[0, 1].max() > -math.log(5)


def test_anchor_spread_is_in_natural_units() -> None:
    """At one standard deviation the Gaussian is exp(-1/2) of its height."""
    fine = AnchorBelief(GRID / 10, spread=0.3, explore=1e-9, inertia=0.0)
    probability = fine.log_probabilities(anchored(0.5)).exp()[0, 0]
    assert (probability[8] / probability[5]).item() == pytest.approx(math.exp(-0.5), rel=1e-4)


def anchored_after(anchor_at: float, previous: torch.Tensor) -> Observation:
    """Agents with one anchor and given last actions."""
    return Observation(torch.empty(1, 1, 0), previous, torch.tensor([[anchor_at]]))


@given(share=shares, last=st.integers(0, 10), where=st.floats(0, 10, width=32))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_inertia_is_the_share_of_the_last_action(share: float, last: int, where: float) -> None:
    coarse = 2 * GRID - 3  # Neither begins at zero nor has steps of one.
    inert = AnchorBelief(coarse, spread=1.5, explore=0.1, inertia=share)
    plain = AnchorBelief(coarse, spread=1.5, explore=0.1, inertia=0.0)
    found = inert.log_probabilities(anchored_after(where, torch.tensor([[last]])))
    at_anchor, at_last = (
        plain.log_probabilities(anchored(centre)).exp() for centre in (where, coarse[last].item())
    )
    torch.testing.assert_close(found.exp(), (1 - share) * at_anchor + share * at_last)


def test_without_a_last_action_there_is_no_inertia() -> None:
    inert = AnchorBelief(GRID, spread=1.5, explore=0.1, inertia=0.7)
    found = inert.log_probabilities(anchored_after(4.0, torch.tensor([[NO_ACTION_YET]])))
    torch.testing.assert_close(found, anchor().log_probabilities(anchored(4.0)))


def test_inertia_follows_the_previous_amount_smoothly() -> None:
    inert, amount = AnchorBelief(GRID, spread=1.5, explore=0.1, inertia=0.5), torch.tensor([[3.25]])
    amount.requires_grad_()
    likelihood = inert.log_probabilities(anchored_after(8.0, amount)).exp()[0, 0, 3]
    (slope,) = torch.autograd.grad(likelihood, amount)
    low, high = (
        inert.log_probabilities(anchored_after(8.0, amount.detach() + by)).exp()[0, 0, 3]
        for by in (-0.01, 0.01)
    )
    assert slope.item() == pytest.approx(((high - low) / 0.02).item(), rel=1e-3)
    assert slope < -0.01


@pytest.mark.parametrize(("inertia", "forgets"), [(0.0, True), (0.5, False), (None, False)])
def test_an_anchor_forgets_the_last_action_without_inertia(
    inertia: float | None, forgets: bool
) -> None:
    fixed = {"spread": 2.0, "explore": 0.1} | ({} if inertia is None else {"inertia": inertia})
    traits = {"inertia": torch.full((1, 1), 0.5)}
    belief = AnchorBelief(GRID, **fixed)
    seen = anchored(4.0)
    after = [
        belief.log_probabilities(
            Observation(seen.features, torch.full((1, 1), previous), seen.anchor), traits
        )
        for previous in (1, 9)
    ]
    assert belief.forgets == forgets == torch.equal(*after)
    assert not AnchorBelief(GRID, own_action=True, **fixed).forgets


def test_an_anchor_depends_on_the_past() -> None:
    assert not anchor().state_free
    assert not anchor().remembers


@pytest.mark.parametrize(("inertia", "state_free"), [(0.0, True), (0.5, False), (None, False)])
def test_a_constant_anchor_is_memoryless_unless_it_moves_with_the_last_action(
    inertia: float | None, state_free: bool
) -> None:
    fixed = {"spread": 2.0, "explore": 0.1} | ({} if inertia is None else {"inertia": inertia})
    for game, constant in ((Newsvendor(), True), (Cobweb(), False), (Cournot(), False)):
        assert AnchorBelief.of(game, fixed).state_free == (constant and state_free)


@pytest.mark.parametrize(
    "changed", [{"explore": 1e-44}, {"explore": 1.1}, {"spread": 1e-25}, {"inertia": 1.1}]
)
def test_settings_that_make_no_anchor_are_refused(changed: dict[str, float]) -> None:
    plain = {"spread": 2.0, "explore": 0.1, "inertia": 0.0}
    AnchorBelief(GRID, **plain)
    with pytest.raises(SatisficeError, match="is no usable prior belief") as caught:
        made = AnchorBelief(GRID, **{**plain, **changed})
        made.check(BeerGame(), {name: (value, value) for name, value in made.fixed.items()})
    assert next(iter(changed)) in caught.value.place


def test_the_smallest_settings_make_an_anchor() -> None:
    anchor = AnchorBelief(GRID, spread=SMALLEST * 10, explore=SMALLEST, inertia=0.0)
    found = anchor.log_probabilities(anchored(3.0, 3.5, -7.0, 30.0))
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(1, 4))
