"""Prior beliefs as written in their definitions, entry by entry."""

from __future__ import annotations

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from satisfice.behaviour.prior_beliefs import PRIOR_BELIEFS, HabitBelief, UniformBelief
from satisfice.games.base import NO_ACTION_YET, Observation

GRID = torch.arange(11, dtype=torch.float32)
shares = st.floats(0.01, 0.45)
reaches = st.floats(0.02, 0.5)


def after(previous: torch.Tensor) -> Observation:
    return Observation(torch.empty(*previous.shape, 0), previous)


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
    uneven = HabitBelief(torch.tensor([0.0, 1.0, 4.0]), stay=0.0, explore=0.0, reach=0.5)
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


def test_beliefs_are_found_under_the_names_of_the_config() -> None:
    assert set(PRIOR_BELIEFS) == {"uniform", "habit"}
    assert PRIOR_BELIEFS["uniform"] is UniformBelief
    assert PRIOR_BELIEFS["habit"] is HabitBelief
