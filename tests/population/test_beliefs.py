"""Prior beliefs as written in their definitions, entry by entry."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.errors import SatisficeError
from satisfice.games.base import NO_ACTION_YET, Observation
from satisfice.population.beliefs import (
    SMALLEST,
    AnchorBelief,
    HabitBelief,
    UniformBelief,
)

GRID = torch.arange(11, dtype=torch.float32)
shares = st.floats(0.01, 0.45)
reaches = st.floats(0.02, 0.5)


def after(previous: torch.Tensor) -> Observation:
    no_anchor = torch.full(previous.shape, torch.nan)
    return Observation(torch.empty(*previous.shape, 0), previous, no_anchor)


def anchored(*anchors: float) -> Observation:
    """One market, whose agents see the given rules of thumb."""
    anchor = torch.tensor([anchors])
    features = torch.empty(*anchor.shape, 0)
    return Observation(features, torch.full(anchor.shape, NO_ACTION_YET), anchor)


def habit(stay: float = 0.5, explore: float = 0.1, reach: float = 0.2) -> HabitBelief:
    return HabitBelief(GRID, stay=stay, explore=explore, reach=reach)


def test_uniform_belief_ignores_the_past() -> None:
    belief = UniformBelief(GRID)
    log_prior = belief.log_probabilities(after(torch.tensor([[NO_ACTION_YET, 0], [5, 10]])))
    torch.testing.assert_close(log_prior, torch.full((2, 2, 11), -math.log(11)))
    assert belief.kernel is None


@given(stay=shares, explore=shares, reach=reaches)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_habit_is_a_distribution_after_every_action(
    stay: float, explore: float, reach: float
) -> None:
    kernel = habit(stay, explore, reach).kernel
    torch.testing.assert_close(kernel.sum(-1), torch.ones(11))
    assert (kernel > 0).all()


@given(stay=shares, explore=shares, reach=reaches)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_habit_entries_follow_the_definition(stay: float, explore: float, reach: float) -> None:
    kernel = habit(stay, explore, reach).kernel
    for before in range(11):
        near = [math.exp(-abs(a - before) / (10 * reach)) * (a != before) for a in range(11)]
        for action in range(11):
            expected = (
                stay * (action == before)
                + (1 - stay - explore) * near[action] / sum(near)
                + explore / 11
            )
            assert kernel[before, action].item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(("stay", "explore"), [(0.5, 0.1), (0.0, 0.2), (0.8, 0.2)])
def test_habit_repeats_the_last_action_with_the_stay_probability(
    stay: float, explore: float
) -> None:
    diagonal = habit(stay, explore).kernel.diagonal()
    torch.testing.assert_close(diagonal, torch.full((11,), stay + explore / 11))


def test_habit_prefers_near_moves_symmetrically() -> None:
    kernel = habit().kernel
    torch.testing.assert_close(kernel, kernel.flip(0, 1))
    from_the_middle = kernel[5]
    assert (from_the_middle[6:].diff() < 0).all()
    assert (from_the_middle[:5].diff() > 0).all()


def test_habit_measures_distance_in_units_of_the_grid() -> None:
    uneven = HabitBelief(torch.tensor([0.0, 1.0, 4.0]), stay=0.0, explore=1e-6, reach=0.5)
    odds = uneven.kernel[1, 2] / uneven.kernel[1, 0]
    assert odds.item() == pytest.approx(math.exp(-(3 - 1) / 2), rel=1e-5)
    stretched = HabitBelief(GRID * 7, stay=0.5, explore=0.1, reach=0.2)
    torch.testing.assert_close(stretched.kernel, habit().kernel)


def test_habit_before_the_first_decision_is_uniform() -> None:
    log_prior = habit().log_probabilities(after(torch.full((2, 3), NO_ACTION_YET)))
    torch.testing.assert_close(log_prior, torch.full((2, 3, 11), -math.log(11)))


def test_habit_log_probabilities_are_the_kernel_rows_of_the_previous_actions() -> None:
    belief = habit()
    previous = torch.tensor([[0, 10, 4], [7, 7, 1]])
    log_prior = belief.log_probabilities(after(previous))
    assert log_prior.shape == (2, 3, 11)
    torch.testing.assert_close(log_prior.exp(), belief.kernel[previous])


@given(lower=st.integers(0, 9), share=st.floats(0, 1, width=32), stay=shares, explore=shares)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_habit_between_two_actions_mixes_the_habits_of_both(
    lower: int, share: float, stay: float, explore: float
) -> None:
    belief = habit(stay, explore)
    found = belief.log_probabilities(after(torch.tensor([[lower + share]]))).exp()[0, 0]
    exact = float(torch.tensor(lower + share)) - lower
    expected = (1 - exact) * belief.kernel[lower] + exact * belief.kernel[lower + 1]
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-4)
    assert found.sum().item() == pytest.approx(1.0, abs=1e-5)


def test_habit_of_whole_amounts_is_that_of_the_actions() -> None:
    belief, previous = habit(), torch.arange(11).unsqueeze(0)
    whole = belief.log_probabilities(after(previous.float()))
    torch.testing.assert_close(whole, belief.log_probabilities(after(previous)))


def test_habit_follows_the_previous_amount_smoothly() -> None:
    belief, amount = habit(), torch.tensor([[3.25]], requires_grad=True)
    likelihood = belief.log_probabilities(after(amount)).exp()[0, 0, 4]
    (slope,) = torch.autograd.grad(likelihood, amount)
    expected = belief.kernel[4, 4] - belief.kernel[3, 4]
    assert slope.item() == pytest.approx(expected.item(), rel=1e-4)
    assert expected > 0.1


def anchor(spread: float = 1.5, explore: float = 0.1) -> AnchorBelief:
    return AnchorBelief(GRID, spread=spread, explore=explore)


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
    assert AnchorBelief(GRID, **given).kernel is None
    own = AnchorBelief(GRID, **given, own_action=True)
    previous = torch.arange(11)[None]
    observation = Observation(torch.zeros(1, 11, 0), previous, GRID[previous])
    torch.testing.assert_close(own.kernel, own.log_probabilities(observation)[0].exp())


def test_anchor_belief_is_uniform_before_there_is_an_anchor() -> None:
    log_prior = anchor().log_probabilities(anchored(math.nan, 5.0))
    torch.testing.assert_close(log_prior[0, 0], torch.full((11,), -math.log(11)))
    assert log_prior[0, 1].max() > -math.log(5)


def test_anchor_spread_is_in_natural_units() -> None:
    """At one standard deviation the Gaussian is exp(-1/2) of its height."""
    fine = AnchorBelief(GRID / 10, spread=0.3, explore=1e-9)
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
    plain = AnchorBelief(coarse, spread=1.5, explore=0.1)
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


def test_only_beliefs_without_a_past_are_state_free() -> None:
    assert UniformBelief(GRID).state_free
    assert not habit().state_free
    assert not anchor().state_free
    assert anchor().kernel is None


HABIT = {"stay": 0.2, "explore": 0.1, "reach": 0.1}
ANCHOR = {"spread": 2.0, "explore": 0.1, "inertia": 0.0}


@pytest.mark.parametrize(
    ("kind", "changed"),
    [
        (HabitBelief, {"explore": 0.0}),
        (HabitBelief, {"explore": 1e-44}),
        (HabitBelief, {"reach": 1e-42}),
        (HabitBelief, {"reach": math.inf}),
        (HabitBelief, {"stay": -0.1}),
        (HabitBelief, {"stay": 0.95}),
        (HabitBelief, {"stay": math.nan}),
        (AnchorBelief, {"explore": 1e-44}),
        (AnchorBelief, {"explore": 1.1}),
        (AnchorBelief, {"spread": 1e-25}),
        (AnchorBelief, {"inertia": 1.1}),
    ],
)
def test_settings_that_make_no_belief_are_refused(
    kind: type[HabitBelief | AnchorBelief], changed: dict[str, float]
) -> None:
    plain = HABIT if kind is HabitBelief else ANCHOR
    kind(GRID, **plain)
    with pytest.raises(SatisficeError, match="is no usable prior belief") as caught:
        kind(GRID, **{**plain, **changed})
    assert next(iter(changed)) in caught.value.place


def test_the_smallest_settings_make_a_belief() -> None:
    habit = HabitBelief(GRID, stay=1 - SMALLEST, explore=SMALLEST, reach=SMALLEST)
    assert torch.isfinite(habit.kernel.log()).all()
    anchor = AnchorBelief(GRID, spread=SMALLEST * 10, explore=SMALLEST)
    found = anchor.log_probabilities(anchored(3.0, 3.5, -7.0, 30.0))
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found.exp().sum(-1), torch.ones(1, 4))
