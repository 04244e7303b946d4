"""Sampling by inversion, and what a played batch records."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from satisfice.errors import SatisficeError
from satisfice.games.base import Game, StageGame
from satisfice.games.beer_game import BeerGame, BeerGameState
from satisfice.games.cobweb import Cobweb, clearing_price, noise, supply
from satisfice.games.cournot import Cournot
from satisfice.games.newsvendor import Newsvendor
from satisfice.learning.problem import LearningProblem, LearningSettings
from satisfice.learning.rollout import (
    Chance,
    Decisions,
    Population,
    draw_actions,
    mean_foregone_payoffs,
    play,
    play_outcomes,
    play_rule,
    rounds_of_play,
    sample_actions,
)
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.policy import PolicyNetwork, Traits, tilted
from satisfice.population.supertypes import Supertypes

LARGEST_UNIFORM = 1 - 2**-24
ROUNDS = 5
weights = st.lists(st.integers(0, 9), min_size=1, max_size=12).filter(lambda w: sum(w) > 0)
uniforms = st.one_of(
    st.just(0.0), st.just(LARGEST_UNIFORM), st.floats(0, LARGEST_UNIFORM, width=32)
)


def log_probabilities(weight: list[int]) -> Tensor:
    return (torch.tensor(weight, dtype=torch.float32) / sum(weight)).log()


@given(weight=weights)
@settings(deadline=None, max_examples=100, derandomize=True)
def test_inversion_reproduces_the_probabilities(weight: list[int]) -> None:
    draws = 20_000
    grid = (torch.arange(draws) + 0.5) / draws
    actions = sample_actions(log_probabilities(weight).expand(draws, -1), grid)
    counts = torch.bincount(actions, minlength=len(weight)).numpy()
    np.testing.assert_allclose(counts, draws * np.array(weight) / sum(weight), atol=2)
    assert (actions.diff() >= 0).all()


@given(weight=weights, uniform=uniforms)
@settings(deadline=None, max_examples=300, derandomize=True)
def test_impossible_actions_are_never_chosen(weight: list[int], uniform: float) -> None:
    action = sample_actions(log_probabilities(weight), torch.tensor(uniform))
    assert weight[int(action)] > 0


@given(
    logit=st.lists(st.floats(-90, 90, width=32), min_size=2, max_size=101),
    uniform=uniforms,
    excluded=st.integers(0, 100),
)
@settings(deadline=None, max_examples=200, derandomize=True)
def test_rounding_of_the_sum_does_not_select_an_impossible_action(
    logit: list[float], uniform: float, excluded: int
) -> None:
    scores = torch.tensor(logit)
    scores[excluded % len(logit)] = -torch.inf
    log_policy = torch.log_softmax(scores, -1)
    action = sample_actions(log_policy, torch.tensor(uniform))
    assert log_policy.exp()[action] > 0


def test_a_draw_on_the_border_belongs_to_the_next_action() -> None:
    cumulative = torch.tensor([0.5, 0.5, 1.0])
    below, border = draw_actions(cumulative, torch.tensor([0.5 - 1e-6, 0.5])).tolist()
    assert (below, border) == (0, 2)


def test_random_draws_have_the_policy_frequencies() -> None:
    probability = torch.tensor([0.05, 0.0, 0.6, 0.35])
    drawn = torch.rand(100_000, generator=torch.Generator().manual_seed(0))
    actions = sample_actions(probability.log().expand(100_000, -1), drawn)
    share = torch.bincount(actions, minlength=4) / 100_000
    error = (probability * (1 - probability) / 100_000).sqrt()
    assert ((share - probability).abs() <= 4 * error).all()


def test_sampling_leaves_the_log_probabilities_alone() -> None:
    log_policy = log_probabilities([1, 2, 3])
    before = log_policy.clone()
    sample_actions(log_policy, torch.tensor(0.5))
    assert torch.equal(log_policy, before)


def habit(game: Game | None = None) -> HabitBelief:
    grid = (game or Cournot()).action_values
    return HabitBelief(grid, stay=0.4, explore=0.1, reach=0.05)


def uniform() -> UniformBelief:
    return UniformBelief(Cournot().action_values)


def no_supertypes(number: int, generator: torch.Generator) -> Supertypes:
    return Supertypes.from_array(np.array([0.5, 0.2, 0.3]))


def example_population(
    belief: PriorBelief, information: str = "market", game: Game | None = None
) -> Population:
    """A population whose network departs from the prior belief."""
    problem = LearningProblem(game or Cournot(), belief, information, no_supertypes)
    torch.manual_seed(1)
    policy = PolicyNetwork(problem.policy_shape(LearningSettings(hidden=16)))
    nn.init.normal_(policy.head.weight, std=0.3)
    return Population(problem.game, policy, belief, information)


def example_traits(agents: int = 3) -> Traits:
    """Some agents in each of four markets."""
    theta = np.array([[0.3, 0.2, 0.5], [0.9, 0.1, 1.0], [0.6, 0.4, 2.0], [0.5, 0.02, 0.1]])
    drawn = torch.rand((4, agents), generator=torch.Generator().manual_seed(2))
    return Traits.draw(Supertypes.from_array(theta), drawn)


def played(
    belief: PriorBelief, seed: int = 0, information: str = "market", rounds: int = ROUNDS
) -> Decisions:
    generator = torch.Generator().manual_seed(seed)
    population = example_population(belief, information)
    return play(population, "3", example_traits(), rounds, generator)


def columns_of(decisions: Decisions) -> dict[str, Tensor]:
    """All tensors by name."""
    others = {name: each for name, each in vars(decisions).items() if name != "traits"}
    return {**decisions.traits, **others}


def test_play_records_every_decision() -> None:
    decisions = played(habit())
    leading = (ROUNDS, 4, 3)
    for scalar in ("processing_cost", "action", "payoff", "divergence", "net_payoff"):
        assert getattr(decisions, scalar).shape == leading
    for per_action in ("log_prior", "tilt", "log_policy", "foregone"):
        assert getattr(decisions, per_action).shape == (*leading, 101)
    assert decisions.inputs.shape[:3] == leading


def test_play_is_determined_by_the_generator() -> None:
    first, again, other = played(habit(), seed=7), played(habit(), seed=7), played(habit(), seed=8)
    repeated = columns_of(again)
    assert "skill" in repeated
    for name, column in columns_of(first).items():
        assert torch.equal(column, repeated[name])
    assert not torch.equal(first.action, other.action)


@pytest.mark.parametrize("belief", [habit(), uniform()])
def test_policy_is_the_tilted_prior_and_its_divergence_is_recorded(belief: PriorBelief) -> None:
    decisions = played(belief)
    torch.testing.assert_close(decisions.log_policy, tilted(decisions.log_prior, decisions.tilt))
    divergence = nn.functional.kl_div(
        decisions.log_prior, decisions.log_policy, reduction="none", log_target=True
    ).sum(-1)
    torch.testing.assert_close(decisions.divergence, divergence)
    assert (decisions.divergence > 0).all()


def test_payoff_is_the_foregone_payoff_of_the_action_played() -> None:
    decisions = played(habit())
    chosen = decisions.foregone.gather(-1, decisions.action.unsqueeze(-1)).squeeze(-1)
    torch.testing.assert_close(decisions.payoff, chosen)


def test_payoffs_are_those_of_the_game_replayed() -> None:
    game, decisions = Cournot(), played(habit())
    state = game.start("3", 4)
    for number in range(ROUNDS):
        state, payoff = game.step("3", state, decisions.action[number])
        torch.testing.assert_close(decisions.payoff[number], payoff)


def test_net_payoff_pays_for_the_divergence() -> None:
    decisions = played(habit())
    cost = decisions.payoff - decisions.net_payoff
    torch.testing.assert_close(cost, decisions.processing_cost * decisions.divergence)
    assert (cost > 0).all()


def test_processing_cost_is_the_same_in_every_round() -> None:
    decisions = played(habit())
    assert torch.equal(decisions.processing_cost[0], decisions.processing_cost[-1])
    assert len(set(decisions.processing_cost[0].flatten().tolist())) == 12


def test_yesterdays_action_is_todays_habit() -> None:
    belief, decisions = habit(), played(habit())
    torch.testing.assert_close(decisions.log_prior[0].exp(), torch.full((4, 3, 101), 1 / 101))
    kernel = belief.expectation()(torch.eye(101)).T
    torch.testing.assert_close(decisions.log_prior[1:].exp(), kernel[decisions.action[:-1]])


def test_agents_without_information_play_the_same_policy_in_every_round() -> None:
    decisions = played(uniform(), information="none")
    for number in range(1, ROUNDS):
        torch.testing.assert_close(decisions.log_policy[number], decisions.log_policy[0])
    assert not torch.equal(decisions.action[0], decisions.action[1])


def test_play_keeps_no_gradients() -> None:
    decisions = played(habit())
    assert not any(column.requires_grad for column in columns_of(decisions).values())


def chance_as_in_play(game: Game, agents: int, seed: int) -> Chance:
    """The numbers that :func:`play` draws for a whole game of four markets."""
    generator = torch.Generator().manual_seed(seed)
    rounds = [
        (
            torch.rand((4, agents), generator=generator),
            torch.rand((4, game.shocks), generator=generator),
        )
        for _ in range(game.rounds)
    ]
    actions, shocks = (torch.stack(part) for part in zip(*rounds, strict=True))
    return Chance(torch.empty(4, agents), actions, shocks)


@pytest.mark.parametrize("belief", [habit(), uniform()])
@pytest.mark.parametrize("information", ["none", "round", "market"])
def test_outcomes_alone_are_those_of_the_full_record(belief: PriorBelief, information: str) -> None:
    population = example_population(belief, information)
    chance = chance_as_in_play(population.game, 3, seed=9)
    outcomes = play_outcomes(population, "3", example_traits(), chance)
    recorded = played(belief, 9, information, rounds=population.game.rounds)
    assert tuple(outcomes) == ("action",)
    assert outcomes["action"].shape == (4, 3, 25)
    quantities = population.game.action_values[recorded.action]
    assert torch.equal(outcomes["action"], quantities.permute(1, 2, 0))


@pytest.mark.parametrize("information", ["none", "market"])
def test_outcomes_of_a_game_with_chance_are_those_of_the_full_record(information: str) -> None:
    game = Cobweb()
    population = example_population(habit(game), information, game)
    traits = example_traits(agents=6)
    outcomes = play_outcomes(population, "stable", traits, chance_as_in_play(game, 6, seed=9))
    generator = torch.Generator().manual_seed(9)
    recorded = play(population, "stable", traits, game.rounds, generator)
    assert outcomes["action"].shape == outcomes["price"].shape == (4, 6, 50)
    forecasts = game.action_values[recorded.action].permute(1, 2, 0)
    assert torch.equal(outcomes["action"], forecasts)
    earned = (1 - 0.2 * (outcomes["price"] - forecasts) ** 2).clamp(min=0)
    torch.testing.assert_close(recorded.payoff.permute(1, 2, 0), earned)


def test_a_game_with_chance_is_the_same_only_for_the_same_shocks() -> None:
    game = Cobweb()
    population = example_population(habit(game), "market", game)
    assert isinstance(population.game, StageGame)
    chance = chance_as_in_play(game, 6, seed=1)
    other = Chance(chance.skills, chance.actions, chance.shocks.flip(0))
    first, again, shocked = (
        play_outcomes(population, "stable", example_traits(agents=6), each)["price"]
        for each in (chance, chance, other)
    )
    assert torch.equal(first, again)
    assert not torch.allclose(first, shocked)


def test_rounds_of_play_follow_one_another() -> None:
    game = BeerGame()
    population = example_population(habit(game), "local", game)
    chance = Chance.draw(game, 4, 4, 6, torch.Generator().manual_seed(3))
    rounds = list(rounds_of_play(population, "uncertain", example_traits(agents=4), chance))
    assert len(rounds) == 6
    for number, now in enumerate(rounds):
        after, payoff = game.step("uncertain", now.before, now.action, chance.shocks[number])
        assert torch.equal(now.payoff, payoff)
        assert torch.equal(now.after.net_inventory, after.net_inventory)
        assert torch.equal(
            now.action, sample_actions(now.choice.log_policy, chance.actions[number])
        )
        decided = population.decide("uncertain", now.before, example_traits(agents=4))
        assert torch.equal(now.choice.log_policy, decided.log_policy)
        if number:
            assert now.before is rounds[number - 1].after
            # Roles whose stock differs decide differently.
            assert not torch.equal(now.choice.log_policy, rounds[0].choice.log_policy)


def test_memoryless_agents_decide_once() -> None:
    population = example_population(uniform(), "none")
    chance = Chance.draw(population.game, 3, 4, 5, torch.Generator().manual_seed(3))
    rounds = list(rounds_of_play(population, "3", example_traits(), chance))
    assert all(now.choice is rounds[0].choice for now in rounds)
    assert not torch.equal(rounds[0].action, rounds[1].action)


def test_chance_has_numbers_for_all_and_is_determined_by_the_generator() -> None:
    game = BeerGame()
    first, again, other = (
        Chance.draw(game, 4, 5, 6, torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)
    )
    assert first.skills.shape == (5, 4)
    assert first.actions.shape == (6, 5, 4)
    assert first.shocks.shape == (6, 5, 2)
    for name, numbers in vars(first).items():
        assert torch.equal(numbers, getattr(again, name))
        assert not torch.equal(numbers, getattr(other, name))
        assert ((numbers >= 0) & (numbers < 1)).all()
    assert Chance.draw(Cournot(), 2, 5, 6, torch.Generator()).shocks.shape == (6, 5, 0)


def test_a_rule_sees_the_state_that_its_own_play_leads_to() -> None:
    """A rule that orders one unit more than was ordered last."""
    game = BeerGame()

    def one_more(treatment: str, state: BeerGameState, uniforms: Tensor) -> Tensor:
        assert treatment == "step"
        return state.previous.long() + 1 + (uniforms > 0.5).long()

    chance = Chance.draw(game, 4, 3, 8, torch.Generator().manual_seed(0))
    outcomes = play_rule(game, one_more, "step", chance)
    assert tuple(outcomes) == game.recorded
    more = 1 + (chance.actions > 0.5).long()
    assert torch.equal(outcomes["action"].long(), 4 + more.cumsum(0).permute(1, 2, 0))
    assert (outcomes["net_inventory"][..., 0] == torch.tensor([8.0, 12.0, 12.0, 12.0])).all()


def test_each_market_of_a_rule_meets_its_own_shocks() -> None:
    game = Cobweb()
    chance = Chance.draw(game, 6, 3, game.rounds, torch.Generator().manual_seed(0))
    outcomes = play_rule(game, game.play_equilibrium, "stable", chance)
    supplied = supply(outcomes["action"], 0.22).sum(1)
    expected = clearing_price(supplied) + noise(chance.shocks.reshape(-1, 1)).reshape(50, 3).T
    torch.testing.assert_close(outcomes["price"][:, 0], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize(
    ("belief", "information", "memoryless"),
    [
        (uniform(), "none", True),
        (uniform(), "round", False),
        (habit(), "none", False),
        (habit(), "market", False),
    ],
)
def test_population_is_memoryless_without_habit_and_observations(
    belief: PriorBelief, information: str, memoryless: bool
) -> None:
    assert example_population(belief, information).memoryless is memoryless


def newsvendor_mean(shocks: Tensor, draws: int) -> Tensor:
    game = Newsvendor()
    markets = len(shocks)
    start, actions = game.start("expedite_4", markets), torch.zeros(markets, 1, dtype=torch.long)
    return mean_foregone_payoffs(game, "expedite_4", start, actions, shocks, draws)


def test_one_draw_of_chance_is_what_was_played() -> None:
    game, shocks = Newsvendor(), torch.rand((50, 1), generator=torch.Generator().manual_seed(0))
    start, actions = game.start("expedite_4", 50), torch.zeros(50, 1, dtype=torch.long)
    played = game.foregone_payoffs("expedite_4", start, actions, shocks)
    assert torch.equal(newsvendor_mean(shocks, 1), played)


def test_draws_of_chance_are_spread_evenly_from_the_one_that_was_played() -> None:
    game, shocks = Newsvendor(), torch.tensor([[0.101], [0.902]])
    start, actions = game.start("expedite_4", 2), torch.zeros(2, 1, dtype=torch.long)
    by_hand = [
        game.foregone_payoffs("expedite_4", start, actions, torch.tensor(all_markets))
        for all_markets in (
            [[0.101], [0.902]],
            [[0.351], [0.152]],
            [[0.601], [0.402]],
            [[0.851], [0.652]],
        )
    ]
    expected = torch.stack(by_hand).mean(0)
    torch.testing.assert_close(newsvendor_mean(shocks, 4), expected)


def test_more_draws_of_chance_leave_the_mean_and_take_the_noise() -> None:
    shocks = torch.rand((4000, 1), generator=torch.Generator().manual_seed(0))
    expected = torch.from_numpy(Newsvendor().expected_payoffs("expedite_4", np.ones(101)).copy())
    spread = {}
    for draws in (1, 10, 300):
        found = newsvendor_mean(shocks, draws).double()[:, 0]
        error = (found.mean(0) - expected).abs() / (found.std(0) / 4000**0.5 + 1e-5)
        assert error.max() < 5
        spread[draws] = found.std(0).max().item()
    # Independent draws would have it fall by the root of ten.
    assert spread[10] < spread[1] / 7
    assert spread[300] < 1e-3


@pytest.mark.parametrize("number", [torch.nan, torch.inf])
def test_a_policy_that_is_no_number_is_told(number: float) -> None:
    population = example_population(habit())
    assert isinstance(population.policy, PolicyNetwork)
    nn.init.constant_(population.policy.head.bias, number)
    state = population.game.start("2", 4)
    chance = Chance.draw(population.game, 2, 4, 5, torch.Generator())
    with pytest.raises(SatisficeError, match="policy: its probabilities are not finite"):
        population.decide("2", state, example_traits(2))
    with pytest.raises(SatisficeError, match="policy: its probabilities are not finite"):
        play_outcomes(population, "2", example_traits(2), chance)


@pytest.mark.parametrize("game", [Cournot(), Cobweb(), BeerGame(), Newsvendor()])
def test_the_next_state_is_that_of_the_step(game: Game) -> None:
    treatment, agents = next(iter(game.treatments.items()))
    chance = Chance.draw(game, agents, 4, 2, torch.Generator().manual_seed(1))
    state = game.start(treatment, 4)
    for uniforms, shocks in zip(chance.actions, chance.shocks, strict=True):
        actions = (uniforms * len(game.action_values)).long()
        alone = game.next_state(treatment, state, actions, shocks)
        state, _ = game.step(treatment, state, actions, shocks)
        for name, value in vars(state).items():
            torch.testing.assert_close(getattr(alone, name), value, rtol=0, atol=0)
