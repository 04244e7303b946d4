"""The beer game against Sterman's numbers, his board played with lists, and conservation."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats
from torch import Tensor

from satisfice.games.base import Rule
from satisfice.games.beer_game import (
    OPTIMAL_STOCK,
    ROLES,
    TUNED_STOCK,
    BeerGame,
    BeerGameState,
    base_stock,
    compressed,
    mean_team_cost,
    tuned_base_stock,
)
from satisfice.learning.rollout import Chance, play_rule

GAME = BeerGame()
CALM = 0.99
"""A shock at which demand does not step."""
whole_orders = hnp.arrays(np.int64, (12, 4), elements=st.integers(0, 60))
orders = hnp.arrays(np.float32, (12, 4), elements=st.floats(0, 60, width=16))
step_weeks = st.integers(0, 15)
levels = st.integers(0, 12)


def shocks_of(weeks: int, step_week: int, level: int) -> Tensor:
    """Shocks with which demand steps to ``level`` in one week, or never."""
    shocks = torch.full((weeks, 1, 2), CALM)
    if step_week < weeks:
        shocks[step_week, 0] = torch.tensor([0.0, (level + 0.5) / 13])
    return shocks


def played_states(amounts: np.ndarray, step_week: int, level: int) -> list[BeerGameState]:
    """The first state and those after each week's orders, in treatment ``uncertain``."""
    states = [GAME.start("uncertain", 1)]
    for ordered, shock in zip(amounts, shocks_of(len(amounts), step_week, level), strict=True):
        amount = torch.tensor(ordered, dtype=torch.float32).unsqueeze(0)
        states.append(GAME.advance("uncertain", states[-1], amount, shock)[0])
    return states


class Board:
    """Sterman's (1989) board, played week by week from the first of 36 weeks."""

    def __init__(self) -> None:
        self.held, self.owed = [12.0] * 4, [0.0] * 4
        self.near, self.far = [4.0] * 4, [4.0] * 4
        self.slips_out, self.slips_in = [4.0] * 4, [4.0] * 4

    def receive_and_fill(self, demand: float) -> list[float]:
        """Steps 1 to 4 of a week; returns the costs of step 3."""
        self.held = [held + near for held, near in zip(self.held, self.near, strict=True)]
        self.near, self.far = self.far, [0.0] * 4
        for role in range(4):
            due = self.owed[role] + (demand if role == 0 else self.slips_in[role])
            shipped = min(self.held[role], due)
            self.held[role] -= shipped
            self.owed[role] = due - shipped
            if role > 0:
                self.far[role - 1] = shipped
        costs = [0.5 * held + owed for held, owed in zip(self.held, self.owed, strict=True)]
        self.slips_in = [0.0, *self.slips_out[:3]]
        self.far[3] = self.slips_out[3]
        return costs

    def place(self, ordered: list[float]) -> None:
        """Step 5."""
        self.slips_out = list(ordered)

    @property
    def net_inventory(self) -> list[float]:
        return [held - owed for held, owed in zip(self.held, self.owed, strict=True)]

    @property
    def supply_line(self) -> list[float]:
        """What is on its way, and what the supplier owes or has not read yet."""
        supplier = [self.owed[role + 1] + self.slips_in[role + 1] for role in range(3)] + [0.0]
        return [
            near + far + at_supplier
            for near, far, at_supplier in zip(self.near, self.far, supplier, strict=True)
        ]


def board_after_four_weeks() -> Board:
    """A board after the weeks of fixed orders, which leave it in balance."""
    board = Board()
    for _ in range(4):
        assert board.receive_and_fill(4.0) == [6.0] * 4
        board.place([4.0] * 4)
    return board


@given(amounts=orders, step_week=step_weeks, level=levels)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_the_game_is_stermans_board(amounts: np.ndarray, step_week: int, level: int) -> None:
    board = board_after_four_weeks()
    states = played_states(amounts, step_week, level)
    demands = [4.0] + [4.0 if week < step_week else float(level) for week in range(len(amounts))]
    for week, (state, demand) in enumerate(zip(states, demands, strict=True)):
        costs = board.receive_and_fill(demand)
        assert state.cost[0].tolist() == pytest.approx(costs, abs=1e-3)
        assert state.net_inventory[0].tolist() == pytest.approx(board.net_inventory, abs=1e-3)
        assert state.supply_line[0].tolist() == pytest.approx(board.supply_line, abs=1e-3)
        assert state.incoming[0, 0].item() == demand
        if week < len(amounts):
            board.place(amounts[week].astype(float).tolist())


@given(amounts=whole_orders, step_week=step_weeks, level=levels)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_goods_are_neither_made_nor_lost(amounts: np.ndarray, step_week: int, level: int) -> None:
    states = played_states(amounts, step_week, level)
    received = [state.arriving[0] for state in states[:-1]]
    for before, after, ordered in zip(states[:-1], states[1:], amounts, strict=True):
        arrived = before.arriving[0]
        line = after.supply_line[0] - before.supply_line[0]
        assert (line + arrived).tolist() == ordered.tolist()
        inventory = after.net_inventory[0] - before.net_inventory[0]
        assert torch.equal(inventory, arrived - after.incoming[0])
        assert (after.arriving >= 0).all()
        assert (after.travelling >= 0).all()
    # Over the whole play: everything ordered is received or still in the supply line.
    outstanding = states[-1].supply_line[0] - states[0].supply_line[0]
    total = torch.from_numpy(amounts.sum(0)).float()
    assert torch.equal(total - torch.stack(received).sum(0), outstanding)


def goods_in_chain(state: BeerGameState) -> float:
    """Everything on hand or on its way to a role."""
    held = state.net_inventory.clamp(min=0)
    return (held + state.arriving + state.travelling).sum().item()


@given(amounts=whole_orders, step_week=step_weeks, level=levels)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_what_enters_the_chain_is_in_it_or_was_delivered(
    amounts: np.ndarray, step_week: int, level: int
) -> None:
    states = played_states(amounts, step_week, level)
    for before, after, ordered in zip(states[:-1], states[1:], amounts, strict=True):
        retailer = before.net_inventory[0, 0].item()
        at_hand = max(retailer, 0.0) + before.arriving[0, 0].item()
        wanted = max(-retailer, 0.0) + after.incoming[0, 0].item()
        delivered = min(at_hand, wanted)
        # The factory makes what it asked for.
        assert goods_in_chain(after) == goods_in_chain(before) + ordered[3] - delivered


@given(amounts=whole_orders)
@settings(deadline=None, max_examples=30, derandomize=True)
def test_orders_are_read_two_weeks_later_by_the_supplier(amounts: np.ndarray) -> None:
    states = played_states(amounts, step_week=99, level=0)
    for week, ordered in enumerate(amounts[:-1]):
        assert states[week + 2].incoming[0, 1:].tolist() == ordered[:3].tolist()
        # The factory is its own supplier: next week it starts what it asked for.
        assert states[week + 1].travelling[0, 3].item() == ordered[3]


def outcomes_of(rule: Rule, treatment: str, chance: Chance) -> dict[str, np.ndarray]:
    played = play_rule(GAME, rule, treatment, chance)
    return {name: values.double().numpy() for name, values in played.items()}


def keeps(desired: tuple[float, ...]) -> Rule:
    """The rule that keeps a base stock."""
    return lambda treatment, state, uniforms: base_stock(state, desired)


def one_team(level: float = CALM) -> Chance:
    """Chance without any, for one team."""
    uniforms, shocks = torch.full((GAME.rounds, 1, 4), 0.5), torch.full((GAME.rounds, 1, 2), level)
    return Chance(torch.full((1, 4), 0.5), uniforms, shocks)


def statistics_of(played: dict[str, np.ndarray], treatment: str = "step") -> dict[str, float]:
    record = GAME.record(played, treatment)
    return {name: float(function(record)) for name, function in GAME.statistics.items()}


def test_the_benchmark_costs_what_sterman_says() -> None:
    found = statistics_of(outcomes_of(GAME.play_equilibrium, "step", one_team()))
    assert [found[f"{role}_cost"] for role in ROLES] == [46.0, 50.0, 54.0, 54.0]
    assert found["team_cost"] == 204.0


@pytest.mark.parametrize("role", range(4))
@pytest.mark.parametrize("change", [-1, 1])
def test_the_benchmark_is_the_best_stock_for_stermans_step(role: int, change: int) -> None:
    desired = tuple(s + change * (r == role) for r, s in enumerate(OPTIMAL_STOCK))
    assert mean_team_cost(outcomes_of(keeps(desired), "step", one_team())) > 204


def always_four(treatment: str, state: BeerGameState, uniforms: Tensor) -> Tensor:
    return torch.full(uniforms.shape, 4)


def test_constant_orders_keep_the_balance() -> None:
    played = outcomes_of(always_four, "uncertain", one_team())
    record = GAME.record(played, "uncertain")
    assert {name: values.shape for name, values in record.items()} == dict.fromkeys(
        GAME.recorded, (1, 4, 36)
    )
    assert (record["net_inventory"] == 12).all()
    assert (record["action"] == 4).all()
    found = statistics_of(played, "uncertain")
    assert [found[f"{role}_cost"] for role in ROLES] == [216.0] * 4
    assert found["team_cost"] == mean_team_cost(played) == 864.0


def test_the_first_weeks_are_those_of_the_board() -> None:
    """The recorded weeks 1 to 36 are a whole game of the board, with fixed orders at first."""
    amounts = np.random.default_rng(0).integers(0, 20, (32, 4))
    state, rounds, board = GAME.start("step", 1), [], Board()
    for ordered in amounts:
        actions = torch.from_numpy(ordered).unsqueeze(0)
        after, _ = GAME.step("step", state, actions, torch.zeros(1, 2))
        rounds.append(GAME.outcomes(state, actions, after))
        state = after
    played = {n: torch.stack([r[n] for r in rounds], -1).numpy() for n in GAME.recorded}
    record = GAME.record(played, "step")
    for week, ordered in enumerate([[4] * 4] * 4 + amounts.tolist()):
        costs = board.receive_and_fill(4.0 if week < 4 else 8.0)
        assert record["cost"][0, :, week].tolist() == costs
        assert record["net_inventory"][0, :, week].tolist() == board.net_inventory
        assert record["action"][0, :, week].tolist() == ordered
        board.place(ordered)


def test_stermans_customers_ask_for_eight_whatever_the_shocks() -> None:
    for shock in (0.0, 0.5):
        state = GAME.start("step", 2)
        for _ in range(5):
            assert (state.incoming[:, 0] == 8).all()
            state, _ = GAME.step("step", state, torch.full((2, 4), 4), torch.full((2, 2), shock))


def test_uncertain_demand_steps_once_to_any_level() -> None:
    teams, weeks = 20_000, GAME.training_rounds
    shocks = torch.rand((weeks, teams, 2), generator=torch.Generator().manual_seed(0))
    state, demand = GAME.start("uncertain", teams), []
    for shock in shocks:
        state, _ = GAME.step("uncertain", state, torch.full((teams, 4), 4), shock)
        demand.append(state.incoming[:, 0])
    path = torch.stack(demand, 1)
    assert ((path.diff(dim=1) != 0).sum(1) <= 1).all()
    for after in (1, 10, weeks):
        share = state.stepped if after == weeks else (shocks[:after, :, 0] < 0.04).any(0)
        expected = 1 - 0.96**after
        error = math.sqrt(expected * (1 - expected) / teams)
        assert share.double().mean().item() == pytest.approx(expected, abs=4 * error)
        # A step to four units cannot be seen.
        seen = (path[:, after - 1] != 4).double().mean().item()
        assert seen == pytest.approx(expected * 12 / 13, abs=4 * error)
    assert (path[~state.stepped] == 4).all()
    counts = torch.bincount(path[state.stepped][:, -1].long(), minlength=13)
    assert stats.chisquare(counts.numpy()).pvalue > 0.001
    assert len(counts) == 13


def test_agents_train_on_uncertain_demand_and_never_on_the_step() -> None:
    assert dict(GAME.training_treatments) == {"uncertain": 4}
    assert dict(GAME.treatments) == {"step": 4}
    assert GAME.rounds == 36 - 4
    assert GAME.training_rounds > GAME.rounds
    assert torch.equal(GAME.treatment_features("step"), GAME.treatment_features("uncertain"))


def test_payoffs_are_this_weeks_costs_in_units_of_balance() -> None:
    state = GAME.start("uncertain", 1)
    for actions in torch.tensor([[[0, 9, 30, 60]], [[0, 0, 0, 0]], [[0, 3, 7, 1]]]).repeat(3, 1, 1):
        before = state
        state, payoff = GAME.step("uncertain", before, actions, torch.tensor([[0.0, 0.99]]))
        held = before.net_inventory.clamp(min=0)
        owed = (-before.net_inventory).clamp(min=0)
        torch.testing.assert_close(payoff, -(0.5 * held + 1.0 * owed) / 24)
    assert (state.net_inventory < 0).any()
    _, payoff = GAME.step(
        "uncertain", GAME.start("uncertain", 1), torch.full((1, 4), 9), torch.zeros(1, 2)
    )
    assert payoff.sum().item() == pytest.approx(-1.0)


def test_whole_amounts_are_actions() -> None:
    state, shocks = GAME.start("step", 2), torch.zeros(2, 2)
    actions = torch.tensor([[0, 9, 30, 60], [4, 4, 5, 6]])
    stepped, payoff = GAME.step("step", state, actions, shocks)
    advanced, same = GAME.advance("step", state, actions.float(), shocks)
    assert torch.equal(payoff, same)
    for column, other in zip(vars(stepped).values(), vars(advanced).values(), strict=True):
        assert torch.equal(column, other)


def test_costs_are_differentiable_along_the_path() -> None:
    generator = torch.Generator().manual_seed(2)
    amounts = 8 * torch.rand((9, 1, 4), generator=generator, dtype=torch.float64)
    shocks = shocks_of(9, 2, 7)

    def returned(ordered: Tensor) -> Tensor:
        state, total = GAME.start("uncertain", 1), torch.zeros(4, dtype=torch.float64)
        for amount, shock in zip(ordered, shocks, strict=True):
            state, payoff = GAME.advance("uncertain", state, amount, shock)
            total = total + payoff.sum(0)
        return total

    assert torch.autograd.gradcheck(returned, (amounts.requires_grad_(),), eps=1e-5, atol=1e-7)
    slopes = torch.autograd.grad(returned(amounts).sum(), amounts)[0]
    assert (slopes[:3].abs() > 1e-3).any(0).all()
    # What is ordered now costs nothing before it arrives.
    assert torch.equal(slopes[-1], torch.zeros_like(slopes[-1]))


def state_after(amounts: np.ndarray) -> BeerGameState:
    return played_states(amounts, step_week=3, level=9)[-1]


@given(amounts=whole_orders)
@settings(deadline=None, max_examples=60, derandomize=True)
def test_base_stock_orders_what_is_missing(amounts: np.ndarray) -> None:
    state = state_after(amounts)
    for rule, desired in (
        (GAME.play_equilibrium, (28, 28, 28, 20)),
        (tuned_base_stock, TUNED_STOCK),
    ):
        expected = [
            min(max(0.0, 4 + stock - held - line), 60.0)
            for stock, held, line in zip(
                desired,
                state.net_inventory[0].tolist(),
                state.supply_line[0].tolist(),
                strict=True,
            )
        ]
        found = rule("uncertain", state, torch.full((1, 4), 0.5))
        assert found.tolist() == [expected]


@given(amounts=whole_orders, step_week=step_weeks, level=levels)
@settings(deadline=None, max_examples=30, derandomize=True)
def test_forecasts_are_smoothed_incoming_orders(
    amounts: np.ndarray, step_week: int, level: int
) -> None:
    states = played_states(amounts, step_week, level)
    forecast = np.full(4, 4.0)
    for state in states:
        forecast = 0.36 * state.incoming[0].numpy() + 0.64 * forecast
        assert state.forecast[0].tolist() == pytest.approx(forecast.tolist(), abs=1e-3)


@pytest.fixture(scope="module")
def uncertain_cost() -> Callable[[tuple[float, ...]], float]:
    """Mean cost of a base-stock rule on uncertain demand, the same demand for all rules."""
    chance = Chance.draw(GAME, 4, 4000, GAME.rounds, torch.Generator().manual_seed(1))

    def cost(desired: tuple[float, ...]) -> float:
        return mean_team_cost(outcomes_of(keeps(desired), "uncertain", chance))

    return cost


@pytest.mark.parametrize("role", range(4))
def test_tuned_stock_is_a_local_optimum(
    uncertain_cost: Callable[[tuple[float, ...]], float], role: int
) -> None:
    """The cost is flat near the optimum: 0.1 % is the noise. Further away it must be worse."""
    tuned = uncertain_cost(TUNED_STOCK)
    for change, smallest in ((-4, 1.002), (-1, 0.999), (1, 0.999), (4, 1.002)):
        moved = tuple(s + change * (r == role) for r, s in enumerate(TUNED_STOCK))
        assert uncertain_cost(moved) > smallest * tuned


def test_the_best_stock_for_the_step_is_not_the_best_for_uncertain_demand(
    uncertain_cost: Callable[[tuple[float, ...]], float],
) -> None:
    assert uncertain_cost(OPTIMAL_STOCK) > 1.015 * uncertain_cost(TUNED_STOCK)


def test_rational_play_must_cost_no_more_than_the_tuned_rule() -> None:
    (limit,) = GAME.rational_limits("uncertain")
    assert limit.rule is tuned_base_stock
    assert limit.measure(outcomes_of(GAME.play_equilibrium, "step", one_team())) == 204


def features_of(state: Any, level: str) -> Tensor:
    return GAME.observe("step", state, level).features


def test_roles_are_told_apart_and_know_their_own_stock() -> None:
    state = state_after(np.random.default_rng(1).integers(0, 20, (12, 4)))
    assert torch.equal(features_of(state, "role"), torch.eye(4).unsqueeze(0))
    names, seen = GAME.information["local"], features_of(state, "local")[0]
    assert names == (*ROLES, "net_inventory", "supply_line", "incoming", "forecast")
    assert torch.equal(seen[:, :4], torch.eye(4))
    expected = [
        np.arcsinh(state.net_inventory[0].numpy() / 12),
        np.arcsinh((state.supply_line[0].numpy() - 12) / 12),
        np.arcsinh((state.incoming[0].numpy() - 4) / 4),
        np.arcsinh((state.forecast[0].numpy() - 4) / 4),
    ]
    np.testing.assert_allclose(seen[:, 4:], np.stack(expected, -1), rtol=1e-5, atol=1e-6)


def test_a_lower_level_of_information_hides_the_supply_line() -> None:
    state = state_after(np.random.default_rng(1).integers(0, 20, (12, 4)))
    names = GAME.information["local"]
    kept = [number for number, name in enumerate(names) if name != "supply_line"]
    assert GAME.information["stock"] == tuple(names[number] for number in kept)
    assert torch.equal(features_of(state, "stock"), features_of(state, "local")[..., kept])


def test_the_rule_of_thumb_passes_the_incoming_order_on() -> None:
    state = state_after(np.random.default_rng(1).integers(0, 20, (12, 4)))
    seen = GAME.observe("step", state, "local")
    assert torch.equal(seen.anchor, state.incoming)
    assert torch.equal(seen.previous_action, state.previous)
    assert GAME.observe("step", GAME.start("step", 1), "role").anchor.tolist() == [[8, 4, 4, 4]]


def test_compressed_units_are_linear_near_zero_and_logarithmic_far_away() -> None:
    assert compressed(torch.tensor(0.12), 12.0).item() == pytest.approx(0.01, rel=1e-4)
    far = compressed(torch.tensor([1200.0, 2400.0]), 12.0).diff()
    assert far.item() == pytest.approx(math.log(2), rel=1e-3)
