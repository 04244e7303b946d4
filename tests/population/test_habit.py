"""The habit as written in its definition, entry by entry."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.games.base import NO_ACTION_YET, Observation
from satisfice.games.cournot import Cournot
from satisfice.population.beliefs import SMALLEST, PriorBelief
from satisfice.population.habit import HabitBelief

GRID = torch.arange(11, dtype=torch.float32)
shares = st.floats(0.01, 0.45)
reaches = st.floats(0.02, 0.5)


def after(previous: torch.Tensor) -> Observation:
    no_anchor = torch.full(previous.shape, torch.nan)
    return Observation(torch.empty(*previous.shape, 0), previous, no_anchor)


def habit(stay: float = 0.5, explore: float = 0.1, reach: float = 0.2) -> HabitBelief:
    return HabitBelief(GRID, stay=stay, explore=explore, reach=reach)


def kernel_of(belief: PriorBelief) -> Tensor:
    """q given each own previous action, shape (previous action, action)."""
    return belief.expectation()(torch.eye(len(belief.action_values))).T


@given(stay=shares, explore=shares, reach=reaches)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_habit_is_a_distribution_after_every_action(
    stay: float, explore: float, reach: float
) -> None:
    kernel = kernel_of(habit(stay, explore, reach))
    torch.testing.assert_close(kernel.sum(-1), torch.ones(11))
    assert (kernel > 0).all()


@given(stay=shares, explore=shares, reach=reaches)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_habit_entries_follow_the_definition(stay: float, explore: float, reach: float) -> None:
    kernel = kernel_of(habit(stay, explore, reach))
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
    diagonal = kernel_of(habit(stay, explore)).diagonal()
    torch.testing.assert_close(diagonal, torch.full((11,), stay + explore / 11))


def test_habit_prefers_near_moves_symmetrically() -> None:
    kernel = kernel_of(habit())
    torch.testing.assert_close(kernel, kernel.flip(0, 1))
    from_the_middle = kernel[5]
    assert (from_the_middle[6:].diff() < 0).all()
    assert (from_the_middle[:5].diff() > 0).all()


def test_habit_measures_distance_in_units_of_the_grid() -> None:
    uneven = HabitBelief(torch.tensor([0.0, 1.0, 4.0]), stay=0.0, explore=1e-6, reach=0.5)
    odds = kernel_of(uneven)[1, 2] / kernel_of(uneven)[1, 0]
    assert odds.item() == pytest.approx(math.exp(-(3 - 1) / 2), rel=1e-5)
    stretched = HabitBelief(GRID * 7, stay=0.5, explore=0.1, reach=0.2)
    torch.testing.assert_close(kernel_of(stretched), kernel_of(habit()))


def test_habit_before_the_first_decision_is_uniform() -> None:
    log_prior = habit().log_probabilities(after(torch.full((2, 3), NO_ACTION_YET)))
    torch.testing.assert_close(log_prior, torch.full((2, 3, 11), -math.log(11)))


def test_habit_log_probabilities_are_the_kernel_rows_of_the_previous_actions() -> None:
    belief = habit()
    previous = torch.tensor([[0, 10, 4], [7, 7, 1]])
    log_prior = belief.log_probabilities(after(previous))
    assert log_prior.shape == (2, 3, 11)
    torch.testing.assert_close(log_prior.exp(), kernel_of(belief)[previous])


@given(lower=st.integers(0, 9), share=st.floats(0, 1, width=32), stay=shares, explore=shares)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_habit_between_two_actions_mixes_the_habits_of_both(
    lower: int, share: float, stay: float, explore: float
) -> None:
    belief = habit(stay, explore)
    found = belief.log_probabilities(after(torch.tensor([[lower + share]]))).exp()[0, 0]
    exact = float(torch.tensor(lower + share)) - lower
    expected = (1 - exact) * kernel_of(belief)[lower] + exact * kernel_of(belief)[lower + 1]
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
    expected = kernel_of(belief)[4, 4] - kernel_of(belief)[3, 4]
    assert slope.item() == pytest.approx(expected.item(), rel=1e-4)
    assert expected > 0.1


def test_a_habit_depends_on_the_past() -> None:
    assert not habit().state_free
    assert habit().remembers


@pytest.mark.parametrize(
    "changed",
    [
        {"explore": 0.0},
        {"explore": 1e-44},
        {"reach": 1e-42},
        {"reach": math.inf},
        {"stay": -0.1},
        {"stay": 0.95},
        {"stay": math.nan},
    ],
)
def test_settings_that_make_no_habit_are_refused(changed: dict[str, float]) -> None:
    plain = {"stay": 0.2, "explore": 0.1, "reach": 0.1}
    HabitBelief(GRID, **plain)
    with pytest.raises(SatisficeError, match="is no usable prior belief") as caught:
        made = HabitBelief(GRID, **{**plain, **changed})
        made.check(Cournot(), {name: (value, value) for name, value in made.fixed.items()})
    assert next(iter(changed)) in caught.value.place


def test_the_smallest_settings_make_a_habit() -> None:
    habit = HabitBelief(GRID, stay=1 - SMALLEST, explore=SMALLEST, reach=SMALLEST)
    assert torch.isfinite(kernel_of(habit).log()).all()
