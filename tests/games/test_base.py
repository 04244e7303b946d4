"""What all games promise, and the helpers that they share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from satisfice.errors import SatisficeError
from satisfice.games import GAMES, load_game
from satisfice.games.base import (
    DynamicGame,
    Game,
    StageGame,
    mean_action,
    mix_between_neighbours,
    nearest_action,
)

LARGEST_UNIFORM = 1 - 2**-24
MARKETS, SHORT = 3, 4
every_game = pytest.mark.parametrize("name", GAMES)
whole_grid = torch.arange(101, dtype=torch.float32)
uniforms_on_grid = (torch.arange(1000) + 0.5) / 1000


@given(wanted=st.floats(0, 100, width=32))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_mixed_actions_have_the_wanted_mean(wanted: float) -> None:
    asked = torch.full((1, 1000), wanted)
    played = mix_between_neighbours(whole_grid, asked, uniforms_on_grid.unsqueeze(0)).double()
    assert played.mean().item() == pytest.approx(wanted, abs=0.5e-3 + 1e-5)
    assert (played - wanted).abs().max() <= 1
    assert (played.diff() <= 0).all()


@pytest.mark.parametrize("wanted", [0.0, 1.0, 99.0, 100.0])
def test_wanted_actions_on_the_grid_are_played_exactly(wanted: float) -> None:
    asked, uniforms = torch.full((1, 3), wanted), torch.tensor([[0.0, 0.5, LARGEST_UNIFORM]])
    assert (mix_between_neighbours(whole_grid, asked, uniforms) == wanted).all()


@given(wanted=st.floats(2.0, 4.0, width=32))
@settings(deadline=None, max_examples=50, derandomize=True)
def test_mixing_is_in_the_units_of_the_grid(wanted: float) -> None:
    uneven = torch.tensor([2.0, 2.5, 4.0])
    asked = torch.full((1, 1000), wanted)
    indices = mix_between_neighbours(uneven, asked, uniforms_on_grid.unsqueeze(0))
    played = uneven[indices].double()
    assert played.mean().item() == pytest.approx(wanted, abs=1.5 * 0.5e-3 + 1e-5)
    assert (indices.max() - indices.min()).item() <= 1


@given(wanted=st.floats(-3, 14, width=32), step=st.sampled_from([0.1, 0.5, 1.0]))
@settings(deadline=None, max_examples=100, derandomize=True)
def test_nearest_action_is_the_nearest(wanted: float, step: float) -> None:
    grid = 2.0 + step * torch.arange(21)
    found = nearest_action(grid, torch.tensor([[wanted]])).item()
    distances = (grid - wanted).abs()
    assert distances[int(found)].item() == pytest.approx(distances.min().item(), abs=1e-5)


def test_halfway_the_action_with_the_even_number_is_the_nearest() -> None:
    grid = torch.arange(10.0, 20.0, 2.0)
    assert nearest_action(grid, torch.tensor([11.0, 13.0, 15.0, 17.0])).tolist() == [0, 2, 2, 4]


def test_mean_action_is_taken_over_everything() -> None:
    play = {"action": np.arange(24.0).reshape(2, 3, 4), "price": np.zeros((2, 3, 4))}
    assert mean_action(play) == 11.5


def test_an_unknown_game_is_told() -> None:
    with pytest.raises(SatisficeError, match="cobweb") as caught:
        load_game("cobwebs")
    assert "games.cobwebs" in str(caught.value)


def treatments_of(game: Game) -> dict[str, int]:
    """Number of agents of all treatments, played or trained in."""
    return {**game.treatments, **game.training_treatments}


def random_rounds(
    game: Game, treatment: str, rounds: int, seed: int = 0, markets: int = MARKETS
) -> Iterator[tuple[Any, Tensor, Tensor, Any]]:
    """States, actions, payoffs and next states of random play."""
    generator = torch.Generator().manual_seed(seed)
    state, shape = game.start(treatment, markets), (markets, treatments_of(game)[treatment])
    for _ in range(rounds):
        actions = torch.randint(len(game.action_values), shape, generator=generator)
        shocks = torch.rand((markets, game.shocks), generator=generator)
        after, payoff = game.step(treatment, state, actions, shocks)
        yield state, actions, payoff, after
        state = after


@every_game
def test_games_are_found_by_name_and_are_of_one_kind(name: str) -> None:
    game = load_game(name)
    assert game.name == name
    assert isinstance(game, StageGame) != isinstance(game, DynamicGame)
    assert (game.action_values.diff() > 0).all()
    agents = set(treatments_of(game).values())
    assert not game.roles or agents == {len(game.roles)}


@every_game
def test_amounts_of_the_grid_pay_what_their_actions_pay(name: str) -> None:
    game = load_game(name)
    generator = torch.Generator().manual_seed(1)
    for treatment, agents in treatments_of(game).items():
        state = between = game.start(treatment, MARKETS)
        for _ in range(min(game.rounds, 4)):
            actions = torch.randint(len(game.action_values), (MARKETS, agents), generator=generator)
            shocks = torch.rand((MARKETS, game.shocks), generator=generator)
            state, payoff = game.step(treatment, state, actions, shocks)
            amounts = game.action_values[actions]
            between, same = game.advance(treatment, between, amounts, shocks)
            torch.testing.assert_close(same, payoff)
            richest = max(game.information, key=lambda level: len(game.information[level]))
            seen, seen_between = (game.observe(treatment, s, richest) for s in (state, between))
            torch.testing.assert_close(seen_between.features, seen.features)
            torch.testing.assert_close(
                seen_between.previous_action.float(),
                seen.previous_action.float(),
                atol=1e-3,
                rtol=0,
            )


@every_game
def test_nobody_expects_to_move_what_is_taken_as_given(name: str) -> None:
    """Only where agents are not price-takers does one's amount matter to another's payoff."""
    game = load_game(name)
    for treatment, agents in treatments_of(game).items():
        # Where payoffs have a slope: prices above zero, and forecasts that are not hopeless.
        place = round(0.58 * len(game.action_values)) if game.price_taking else 3
        amounts = torch.full((2, agents), game.action_values[place].item(), requires_grad=True)
        state = game.start(treatment, 2)
        for _ in range(min(game.rounds, 6)):
            state, payoff = game.advance(
                treatment, state, amounts, torch.full((2, game.shocks), 0.4)
            )
        (slope,) = torch.autograd.grad(payoff[:, -1].sum(), amounts, retain_graph=True)
        assert (slope != 0).any()
        if agents > 1:
            (slope,) = torch.autograd.grad(payoff[:, 1].sum(), amounts)
            assert bool((slope[:, 0] != 0).any()) != game.price_taking


@every_game
def test_equilibrium_plays_actions_of_the_grid(name: str) -> None:
    game = load_game(name)
    for treatment, agents in treatments_of(game).items():
        for state, *_ in random_rounds(game, treatment, SHORT):
            uniforms = torch.linspace(0, LARGEST_UNIFORM, MARKETS * agents).reshape(MARKETS, agents)
            played = game.play_equilibrium(treatment, state, uniforms)
            assert played.shape == (MARKETS, agents)
            assert played.dtype == torch.long
            assert played.min() >= 0
            assert played.max() < len(game.action_values)


@every_game
def test_agents_observe_finite_features_of_every_level(name: str) -> None:
    game = load_game(name)
    for treatment, agents in treatments_of(game).items():
        for number, (state, *_) in enumerate(random_rounds(game, treatment, SHORT)):
            for level, features in game.information.items():
                seen = game.observe(treatment, state, level)
                assert seen.features.shape == (MARKETS, agents, len(features))
                assert (seen.features.abs() < 10).all()
                assert seen.previous_action.shape == seen.anchor.shape == (MARKETS, agents)
                assert number == 0 or seen.anchor.isfinite().all()


@every_game
def test_what_was_done_is_the_next_previous_action(name: str) -> None:
    game = load_game(name)
    for treatment in treatments_of(game):
        for _, actions, _, after in random_rounds(game, treatment, SHORT):
            seen = game.observe(treatment, after, next(iter(game.information)))
            assert torch.equal(seen.previous_action.long(), actions)


@every_game
def test_record_and_statistics_describe_each_play_of_a_batch(name: str) -> None:
    game = load_game(name)
    assert set(game.statistic_units) == set(game.statistics)
    for treatment in game.treatments:
        plays = []
        for seed in range(2):
            rounds = [
                game.outcomes(before, actions, after)
                for before, actions, _, after in random_rounds(game, treatment, game.rounds, seed)
            ]
            assert all(tuple(each) == game.recorded for each in rounds)
            plays.append({n: torch.stack([r[n] for r in rounds], -1) for n in game.recorded})
        batch = {n: torch.stack([play[n] for play in plays]).double().numpy() for n in plays[0]}
        together = game.record(batch, treatment)
        for statistic in game.statistics.values():
            found = statistic(together)
            assert found.shape == (2,)
            assert np.isfinite(found).all()
            for index in range(2):
                alone = game.record({n: v[index] for n, v in batch.items()}, treatment)
                assert statistic(alone).item() == pytest.approx(found[index], rel=1e-9)


@every_game
def test_recorded_actions_are_in_natural_units(name: str) -> None:
    game = load_game(name)
    for treatment in treatments_of(game):
        for before, actions, _, after in random_rounds(game, treatment, SHORT):
            outcomes = game.outcomes(before, actions, after)
            assert torch.equal(outcomes["action"], game.action_values[actions])
            assert all(value.shape == actions.shape for value in outcomes.values())


@every_game
def test_markets_do_not_touch_one_another(name: str) -> None:
    game = load_game(name)
    for treatment, agents in treatments_of(game).items():
        generator = torch.Generator().manual_seed(3)
        actions = torch.randint(len(game.action_values), (SHORT, 5, agents), generator=generator)
        shocks = torch.rand((SHORT, 5, game.shocks), generator=generator)
        together, alone = game.start(treatment, 5), game.start(treatment, 1)
        for done, chance in zip(actions, shocks, strict=True):
            together, payoffs = game.step(treatment, together, done, chance)
            alone, payoff = game.step(treatment, alone, done[2:3], chance[2:3])
            torch.testing.assert_close(payoffs[2:3], payoff)


@pytest.mark.parametrize("name", [n for n, kind in GAMES.items() if issubclass(kind, StageGame)])
def test_stage_games_know_what_every_action_would_have_earned(name: str) -> None:
    game = load_game(name)
    assert isinstance(game, StageGame)
    generator = torch.Generator().manual_seed(4)
    for treatment, agents in game.treatments.items():
        actions = torch.randint(len(game.action_values), (MARKETS, agents), generator=generator)
        shocks = torch.rand((MARKETS, game.shocks), generator=generator)
        state = game.start(treatment, MARKETS)
        foregone = game.foregone_payoffs(treatment, state, actions, shocks)
        assert foregone.shape == (MARKETS, agents, len(game.action_values))
        _, payoff = game.step(treatment, state, actions, shocks)
        played = foregone.gather(-1, actions.unsqueeze(-1)).squeeze(-1)
        torch.testing.assert_close(played, payoff, atol=1e-5, rtol=1e-4)


@every_game
def test_limits_of_rational_play_can_be_measured(name: str) -> None:
    game = load_game(name)
    for treatment in game.training_treatments:
        rounds = [
            game.outcomes(before, actions, after)
            for before, actions, _, after in random_rounds(game, treatment, game.rounds)
        ]
        play = {n: torch.stack([r[n] for r in rounds], -1).double().numpy() for n in rounds[0]}
        limits = game.rational_limits(treatment)
        assert limits
        assert len({limit.quantity for limit in limits}) == len(limits)
        for limit in limits:
            assert np.isfinite(limit.measure(play))
            assert limit.low <= limit.high
            assert np.isfinite([limit.low, limit.high]).any() or limit.rule is not None
