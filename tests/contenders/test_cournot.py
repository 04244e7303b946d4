"""Firms that reply or imitate, against theory."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from satisfice.contenders.base import Turn
from satisfice.contenders.cournot import CournotBestReply, ImitateTheBest, NoisyBestReply
from satisfice.games.aggregative import LastRound
from satisfice.games.cournot import Cournot, nash_quantity

STILL = {"inertia": 0.0, "noise_sd": 0.0, "first": 1.0, "first_spread": 0.0}


@pytest.fixture
def reply() -> NoisyBestReply:
    return NoisyBestReply(Cournot())


@pytest.fixture
def imitation() -> ImitateTheBest:
    return ImitateTheBest(Cournot())


def next_quantities(rival: Any, columns: Any, previous: list[int], **theta: float) -> list[int]:
    state = LastRound(torch.tensor([previous]), 1)
    parameters = columns(1, {**STILL, **theta})
    draws = torch.full((1, len(previous)), 0.5)
    action = rival.act(Turn(str(len(previous)), state, parameters, draws, draws))
    assert action.dtype == torch.long
    return action[0].tolist()


def test_the_reply_halves_what_the_others_leave(reply: NoisyBestReply, columns: Any) -> None:
    # (99 - others) / 2, never below zero.
    assert next_quantities(reply, columns, [41, 9]) == [45, 29]
    assert next_quantities(reply, columns, [10, 20, 31]) == [24, 29, 34]
    assert next_quantities(reply, columns, [80, 100]) == [0, 10]


def test_best_replies_in_a_duopoly_come_to_nash(play: Any, reply: NoisyBestReply) -> None:
    # The smallest noise of the prior breaks the ties of rounding.
    theta = {**STILL, "noise_sd": 0.005, "first": 0.5, "first_spread": 0.3}
    quantity = play(reply, "2", **theta)["action"]
    assert (quantity[..., 0] - 33).abs().mean() > 10
    assert (quantity[..., -5:] == 33).double().mean() > 0.95


@pytest.mark.parametrize("treatment", ["3", "5"])
def test_inertia_settles_larger_markets(play: Any, reply: NoisyBestReply, treatment: str) -> None:
    theta = {**STILL, "noise_sd": 0.005, "inertia": 0.8, "first": 0.7, "first_spread": 0.02}
    quantity = play(reply, treatment, 200, **theta)["action"]
    assert quantity[..., -5:].mean().item() == pytest.approx(
        nash_quantity(int(treatment)), rel=0.02
    )


def test_without_inertia_large_markets_swing(play: Any, reply: NoisyBestReply) -> None:
    theta = {**STILL, "noise_sd": 0.005, "first": 0.7, "first_spread": 0.02}
    quantity = play(reply, "5", **theta)["action"].double()
    assert quantity.diff(dim=-1)[..., -5:].abs().mean() > 10


def test_the_largest_firm_is_copied_while_the_price_exceeds_the_cost(
    imitation: ImitateTheBest, columns: Any
) -> None:
    assert next_quantities(imitation, columns, [10, 20, 30]) == [30, 30, 30]
    assert next_quantities(imitation, columns, [10, 50, 60]) == [10, 10, 10]


def test_whom_firms_copy_earned_most(imitation: ImitateTheBest) -> None:
    previous = torch.randint(0, 60, (500, 3), generator=torch.Generator().manual_seed(1))
    state = imitation.game.start("3", 500)
    _, payoff = imitation.game.step("3", state, previous)
    copied = previous == imitation.target(previous)
    best = payoff.masked_fill(~copied, -torch.inf).amax(1)
    torch.testing.assert_close(best, payoff.amax(1))


@pytest.mark.parametrize("treatment", ["3", "4", "5"])
def test_imitation_leads_beyond_nash_to_competition(
    play: Any, imitation: ImitateTheBest, treatment: str
) -> None:
    theta = {**STILL, "noise_sd": 0.02, "first_spread": 0.2}
    firms = int(treatment)
    quantity = play(imitation, treatment, **theta)["action"]
    late = quantity[..., -5:].mean().item()
    assert late > 1.1 * nash_quantity(firms)
    assert late == pytest.approx(99 / firms, rel=0.05)


@pytest.mark.parametrize("inertia", [0.0, 0.4, 0.9])
def test_firms_stay_as_often_as_asked(play: Any, reply: NoisyBestReply, inertia: float) -> None:
    theta = {**STILL, "inertia": inertia, "noise_sd": 0.5, "first_spread": 0.5}
    quantity = play(reply, "2", 300, **theta)["action"]
    stayed = (quantity.diff(dim=-1) == 0).double().mean().item()
    # With much noise a firm that moves comes back to its quantity by chance: 1 in 20.
    assert stayed == pytest.approx(inertia + 0.05 * (1 - inertia), abs=0.04)


@pytest.mark.parametrize("kind", [NoisyBestReply, ImitateTheBest])
def test_noise_is_what_is_asked_for(kind: Any, columns: Any, even: torch.Tensor) -> None:
    rival, uniforms = kind(Cournot()), even.expand(-1, 2)
    state = LastRound(torch.full((len(even), 2), 33), 1)
    theta = columns(len(even), {**STILL, "inertia": 0.5, "noise_sd": 0.2})
    action = rival.act(Turn("2", state, theta, uniforms, uniforms))
    moved = action[len(even) // 2 :].double()
    assert (action[: len(even) // 2] == 33).all()
    assert moved.mean().item() == pytest.approx(33, abs=0.05)
    assert moved.std().item() == pytest.approx(0.2 * 33, rel=0.02)


def test_first_quantities_have_the_mean_and_spread_asked_for(
    reply: NoisyBestReply, columns: Any, even: torch.Tensor
) -> None:
    state = reply.game.start("2", len(even))
    theta = columns(len(even), {**STILL, "first": 1.2, "first_spread": 0.3})
    action = reply.act(Turn("2", state, theta, even, even.expand(-1, 2))).double()
    assert action.mean().item() == pytest.approx(1.2 * 33, abs=0.1)
    assert action.std().item() == pytest.approx(0.3 * 33, rel=0.02)


@pytest.fixture
def process() -> CournotBestReply:
    return CournotBestReply(Cournot())


def best_replies(process: CournotBestReply, treatment: str, rounds: int) -> torch.Tensor:
    """Quantities of 200 markets of the best-reply process after some rounds."""
    game, generator = process.game, torch.Generator().manual_seed(3)
    state = game.start(treatment, 200)
    for _ in range(rounds):
        uniforms = torch.rand(state.previous.shape, generator=generator)
        actions = process.act(Turn(treatment, state, {}, uniforms, uniforms))
        state, _ = game.step(treatment, state, actions)
    return state.previous.double()


@pytest.mark.parametrize("treatment", ["2", "3", "4", "5"])
def test_best_replies_settle_at_nash(process: CournotBestReply, treatment: str) -> None:
    nash = nash_quantity(int(treatment))
    started, settled = (best_replies(process, treatment, rounds) for rounds in (1, 40))
    assert started.min() >= 0
    assert started.max() <= 2 * nash + 1
    assert started.std() > 0.4 * nash
    assert abs(settled.mean() - nash) < 0.02 * nash
    # With more than two firms inertia alone cannot stop all movement.
    assert settled.std() < 0.25 * nash


def test_best_reply_is_the_monopoly_of_what_is_left(process: CournotBestReply, chosen: Any) -> None:
    state = LastRound(torch.tensor([[10, 20], [100, 40]]), 1)
    stay, move = torch.full((2, 2), 0.4), torch.full((2, 2), 0.999)
    assert chosen(process, "2", state, stay).tolist() == [[10, 20], [100, 40]]
    # (99 - 20) / 2 lies midway between two quantities, and a high draw takes the lower; below
    # zero there is no quantity.
    assert chosen(process, "2", state, move).tolist() == [[39, 44], [29, 0]]
