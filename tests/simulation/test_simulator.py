"""The simulated experiment: same design, same statistics, same numbers for any split."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.games.cournot import Cournot
from satisfice.learning.rollout import Chance, Population, play_rule
from satisfice.population.anchor import AnchorBelief
from satisfice.population.beliefs import PriorBelief, UniformBelief
from satisfice.population.habit import HabitBelief
from satisfice.population.parameters import ParameterSpace
from satisfice.population.policy import PolicyNetwork, PolicyShape
from satisfice.population.supertypes import SKILL_PARAMETERS
from satisfice.randomness import seed_sequence, uniform_rows
from satisfice.simulation import simulator
from satisfice.simulation.simulator import (
    BLOCK,
    Experiment,
    Player,
    failure_reasons,
    population_player,
    simulate,
)

GAME = Cournot()
EXPERIMENT = Experiment(GAME, {"3": 2, "2": 2})
SEED = seed_sequence(1, "test")
Build = Callable[..., PolicyNetwork]


def belief_of(name: str) -> PriorBelief:
    if name == "uniform":
        return UniformBelief(GAME.action_values)
    return HabitBelief(GAME.action_values, stay=0.15, explore=0.5, reach=0.1)


def theta_of(simulations: int) -> np.ndarray:
    cube = np.random.default_rng(0).random((simulations, 3))
    return cube * [1.0, 0.4, 1.0] + [0.0, 0.02, 0.02]


def untrained(information: str = "none") -> PolicyNetwork:
    return PolicyNetwork(PolicyShape(101, 5, len(GAME.information[information]), hidden=8))


class GeneralPath(Population):
    """Decides anew in every round, although nothing has changed."""

    @property
    def memoryless(self) -> bool:
        return False


@pytest.mark.parametrize(("information", "belief"), [("none", "uniform"), ("market", "habit")])
def test_results_do_not_depend_on_the_split(
    restless_policy: Build, information: str, belief: str
) -> None:
    player = population_player(
        Population(GAME, restless_policy(information), belief_of(belief), information)
    )
    total = 2 * BLOCK + 5  # the last block is not full
    theta = theta_of(total)
    whole, play = simulate(EXPERIMENT, player, theta, SEED, keep_play=True)
    for cuts in ([0, BLOCK, 2 * BLOCK, total], [0, 2 * BLOCK, total], [0, BLOCK, total]):
        parts = [
            simulate(EXPERIMENT, player, theta[low:high], SEED, first=low, keep_play=True)
            for low, high in pairwise(cuts)
        ]
        np.testing.assert_array_equal(np.concatenate([part[0] for part in parts]), whole)
        for treatment, record in play.items():
            joined = np.concatenate([part[1][treatment]["action"] for part in parts])
            np.testing.assert_array_equal(joined, record["action"])
    # Fewer simulations are the first of many.
    short, _ = simulate(EXPERIMENT, player, theta[: BLOCK + 1], SEED)
    np.testing.assert_array_equal(short, whole[: BLOCK + 1])
    assert len(np.unique(whole[:, 0])) > total // 2


@given(extra=st.integers(1, BLOCK - 1), first=st.integers(0, 3))
@settings(deadline=None, max_examples=8, derandomize=True)
def test_any_partial_block_gives_its_own_rows(extra: int, first: int) -> None:
    population = Population(GAME, untrained(), belief_of("uniform"), "none")
    player = population_player(population)
    theta = theta_of(BLOCK)
    whole, _ = simulate(EXPERIMENT, player, theta, SEED, first=first * BLOCK)
    part, _ = simulate(EXPERIMENT, player, theta[:extra], SEED, first=first * BLOCK)
    np.testing.assert_array_equal(part, whole[:extra])


@pytest.mark.parametrize("first", [1, BLOCK - 1, BLOCK + 1])
def test_simulations_start_at_whole_blocks(first: int) -> None:
    player = population_player(Population(GAME, untrained(), belief_of("uniform"), "none"))
    with pytest.raises(ValueError, match="multiple of 64"):
        simulate(EXPERIMENT, player, theta_of(3), SEED, first=first)


def test_columns_are_treatments_as_designed_and_statistics_as_the_game_has() -> None:
    statistics = list(GAME.statistics)
    assert EXPERIMENT.labels == list(product(["3", "2"], statistics))
    assert EXPERIMENT.numbers_needed("3") == 6 * 26
    assert EXPERIMENT.uniforms_needed == (6 + 4) * 26
    generator = np.random.default_rng(0)
    played = {
        t: {"action": generator.integers(0, 101, (4, 2, int(t), 25)).astype(float)}
        for t in ("2", "3")
    }
    found = EXPERIMENT.summarise(played)
    assert found.shape == (4, 20)
    for column, (treatment, name) in enumerate(EXPERIMENT.labels):
        for simulation in range(4):
            alone = {"action": played[treatment]["action"][simulation]}
            record = GAME.record(alone, treatment)
            expected = float(GAME.statistics[name](record))
            assert found[simulation, column] == pytest.approx(expected)


def test_statistics_are_those_of_the_play_that_is_kept(restless_policy: Build) -> None:
    player = population_player(Population(GAME, restless_policy(), belief_of("uniform"), "none"))
    statistics, play = simulate(EXPERIMENT, player, theta_of(9), SEED, keep_play=True)
    shapes = {
        treatment: {name: values.shape for name, values in record.items()}
        for treatment, record in play.items()
    }
    assert shapes == {"3": {"action": (9, 2, 3, 25)}, "2": {"action": (9, 2, 2, 25)}}
    np.testing.assert_allclose(EXPERIMENT.summarise(play), statistics)
    _, none_kept = simulate(EXPERIMENT, player, theta_of(2), SEED)
    assert none_kept == {}


def dealt(experiment: Experiment) -> dict[str, Chance]:
    """The random numbers that one block of each treatment is played with."""
    seen: dict[str, Chance] = {}

    def player(treatment: str, theta: np.ndarray, chance: Chance) -> dict[str, Tensor]:
        assert treatment not in seen
        seen[treatment] = chance
        markets = experiment.markets[treatment]
        np.testing.assert_array_equal(theta, np.repeat(theta[::markets], markets, axis=0))
        shape = (*chance.skills.shape, experiment.game.rounds)
        return {name: torch.ones(shape) for name in experiment.game.recorded}

    simulate(experiment, player, theta_of(BLOCK), SEED)
    return seen


SHOCKED = Experiment(Cobweb(), {"unstable": 3, "stable": 2})
CHAIN = Experiment(BeerGame(), {"step": 4})


@pytest.mark.parametrize("experiment", [EXPERIMENT, SHOCKED, CHAIN])
def test_agents_treatments_and_markets_have_numbers_of_their_own(experiment: Experiment) -> None:
    seen = dealt(experiment)
    parts = [part.flatten() for chance in seen.values() for part in vars(chance).values()]
    numbers = torch.cat(parts).numpy()
    assert numbers.size == BLOCK * experiment.uniforms_needed
    assert numbers.min() >= 0
    assert numbers.max() < 1
    # Single precision makes a few numbers equal by chance, but none is handed out twice.
    assert len(np.unique(numbers)) > 0.99 * numbers.size


@pytest.mark.parametrize("experiment", [EXPERIMENT, SHOCKED, CHAIN])
def test_each_number_keeps_its_place_in_the_row_of_its_simulation(experiment: Experiment) -> None:
    """Skills, then actions round by round, then shocks: stored simulations depend on it."""
    game, used = experiment.game, 0
    table = uniform_rows(SEED, 0, BLOCK, experiment.uniforms_needed).astype(np.float32)
    seen = dealt(experiment)
    for treatment, markets in experiment.markets.items():
        agents, chance = game.treatments[treatment], seen[treatment]
        assert chance.skills.shape == (BLOCK * markets, agents)
        assert chance.actions.shape == (game.rounds, BLOCK * markets, agents)
        assert chance.shocks.shape == (game.rounds, BLOCK * markets, game.shocks)
        own = table[:, used : used + experiment.numbers_needed(treatment)]
        for simulation, market, agent in product((0, 7, 63), range(markets), range(agents)):
            row, place = simulation * markets + market, market * agents + agent
            assert chance.skills[row, agent].item() == own[simulation, place]
            for step in range(game.rounds):
                place += markets * agents
                assert chance.actions[step, row, agent].item() == own[simulation, place]
        of_agents = markets * agents * (1 + game.rounds)
        for simulation, market, shock in product((0, 63), range(markets), range(game.shocks)):
            row = simulation * markets + market
            for step in range(game.rounds):
                place = of_agents + (step * markets + market) * game.shocks + shock
                assert chance.shocks[step, row, shock].item() == own[simulation, place]
        used += experiment.numbers_needed(treatment)
    assert used == experiment.uniforms_needed


def by_equilibrium(game: Game) -> Player:
    """The player of a rule, whatever theta is."""
    return lambda treatment, theta, chance: play_rule(
        game, game.play_equilibrium, treatment, chance
    )


def test_markets_of_games_with_chance_differ_by_chance() -> None:
    game = SHOCKED.game
    _, play = simulate(SHOCKED, by_equilibrium(game), theta_of(5), SEED, keep_play=True)
    price = play["unstable"]["price"]
    assert price.shape == play["unstable"]["action"].shape == (5, 3, 6, 50)
    assert (price == price[:, :, :1]).all()
    assert len(np.unique(price[:, :, 0])) == 5 * 3 * 50


@pytest.mark.parametrize(
    ("experiment", "expected"),
    [
        (EXPERIMENT, {"3/mean_rounds_1_8": 1.0, "2/pooled_sd": 0.0}),
        (SHOCKED, {"stable/price_mean": 5.574, "unstable/price_variance": 0.25}),
        (CHAIN, {"step/team_cost": 204.0, "step/retailer_cost": 46.0, "step/factory_cost": 54.0}),
    ],
)
def test_rules_play_whatever_theta_is(experiment: Experiment, expected: dict[str, float]) -> None:
    game = experiment.game
    player = by_equilibrium(game)
    found, _ = simulate(experiment, player, theta_of(BLOCK), SEED)
    again, _ = simulate(experiment, player, np.empty((BLOCK, 0)), SEED)
    np.testing.assert_array_equal(found, again)
    mean = dict(zip(map("/".join, experiment.labels), found.mean(0), strict=True))
    for name, value in expected.items():
        assert mean[name] == pytest.approx(value, abs=0.02)


@pytest.mark.parametrize("firms", [2, 3, 4, 5])
def test_the_equilibrium_is_mixed_independently_and_nash_on_average(firms: int) -> None:
    experiment = Experiment(GAME, {str(firms): 4})
    player = by_equilibrium(GAME)
    _, play = simulate(experiment, player, theta_of(BLOCK), SEED, keep_play=True)
    quantity, nash = play[str(firms)]["action"], 99 / (firms + 1)
    share = nash % 1
    error = np.sqrt(share * (1 - share) / quantity.size)
    assert abs(quantity.mean() - nash) <= 4 * error
    assert error < 0.005
    if share:
        high = (quantity > nash).astype(float).reshape(-1, firms, 25)
        assert abs(np.corrcoef(high[:, 0].ravel(), high[:, 1].ravel())[0, 1]) < 0.05
        assert abs(np.corrcoef(high[..., :-1].ravel(), high[..., 1:].ravel())[0, 1]) < 0.03


def untrained_chain(roles: tuple[str, ...]) -> Population:
    """An untrained population of the beer game."""
    game, space = CHAIN.game, ParameterSpace.of(SKILL_PARAMETERS, {}, roles)
    shape = PolicyShape(61, 0, len(game.information["local"]), hidden=8, groups=space.groups)
    belief = AnchorBelief(game.action_values, spread=2.86, explore=0.02, inertia=0.0)
    return Population(game, PolicyNetwork(shape), belief, "local", space)


@pytest.mark.parametrize("roles", [(), CHAIN.game.roles])
def test_populations_by_role_are_simulated_in_any_split(roles: tuple[str, ...]) -> None:
    player = population_player(untrained_chain(roles))
    theta = np.tile(theta_of(BLOCK + 3), (1, max(1, len(roles))))
    whole, play = simulate(CHAIN, player, theta, SEED, keep_play=True)
    part, _ = simulate(CHAIN, player, theta[BLOCK:], SEED, first=BLOCK)
    np.testing.assert_array_equal(part, whole[BLOCK:])
    assert np.isfinite(whole).all()
    assert {name: values.shape for name, values in play["step"].items()} == dict.fromkeys(
        ("action", "net_inventory", "cost"), (BLOCK + 3, 4, 4, 32)
    )
    np.testing.assert_allclose(CHAIN.summarise(play), whole)


def test_the_shortcut_for_memoryless_agents_changes_nothing(restless_policy: Build) -> None:
    policy = restless_policy()
    results = []
    for kind in (Population, GeneralPath):
        population = kind(GAME, policy, belief_of("uniform"), "none")
        assert population.memoryless == (kind is Population)
        player = population_player(population)
        results.append(simulate(EXPERIMENT, player, theta_of(80), SEED, keep_play=True))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    for treatment, record in results[0][1].items():
        np.testing.assert_array_equal(record["action"], results[1][1][treatment]["action"])


def test_reports_count_simulations() -> None:
    reports: list[int] = []
    player = population_player(Population(GAME, untrained(), belief_of("uniform"), "none"))
    simulate(EXPERIMENT, player, theta_of(BLOCK + 3), SEED, report=reports.append)
    assert reports == [BLOCK, BLOCK + 3]


@pytest.mark.parametrize(("information", "belief"), [("none", "uniform"), ("market", "habit")])
def test_the_prior_beyond_its_corners_gives_finite_statistics(
    restless_policy: Build, information: str, belief: str
) -> None:
    corners = np.array(list(product([0.0, 1.0], [0.02, 0.5], [0.02, 2.0])))
    for policy in (untrained(information), restless_policy(information)):
        population = Population(GAME, policy, belief_of(belief), information)
        experiment = Experiment(GAME, {"2": 2, "5": 2})
        found, _ = simulate(experiment, population_player(population), corners, SEED)
        assert found.shape == (8, 20)
        assert np.isfinite(found).all()
        assert (failure_reasons(found, experiment.labels) == "").all()


def exact_mean(name: str) -> float:
    """Mean quantity of the prior belief over 25 rounds, the first of which is uniform."""
    grid = GAME.action_values.double().numpy()
    mix = np.full(len(grid), 1 / len(grid))
    belief = belief_of(name)
    kernel: Any = belief.expectation()(torch.eye(len(grid))).T if belief.remembers else None
    means = []
    for _ in range(GAME.rounds):
        means.append(mix @ grid)
        mix = mix if kernel is None else mix @ kernel.double().numpy()
    return float(np.mean(means))


@pytest.mark.parametrize(("information", "belief"), [("none", "uniform"), ("market", "habit")])
def test_untrained_agents_follow_their_prior_belief(information: str, belief: str) -> None:
    population = Population(GAME, untrained(information), belief_of(belief), information)
    _, play = simulate(
        EXPERIMENT, population_player(population), theta_of(4 * BLOCK), SEED, keep_play=True
    )
    expected = exact_mean(belief)
    assert expected == pytest.approx(50.0, abs=1e-4)  # both beliefs are symmetric
    for record in play.values():
        actions = record["action"]
        own = actions.reshape(-1, GAME.rounds).mean(-1)  # agents are independent
        error = own.std(ddof=1) / np.sqrt(len(own))
        assert abs(own.mean() - expected) < 4 * error
        assert error < 0.5
        assert {int(actions.min()), int(actions.max())} <= {0, 1, 99, 100}


def test_failures_are_explained() -> None:
    statistics = np.zeros((4, 20))
    statistics[1, 0] = np.nan
    statistics[3, [3, 19]] = [np.inf, -np.inf]
    assert list(failure_reasons(statistics, EXPERIMENT.labels)) == [
        "",
        "not finite: 3/mean_rounds_1_8",
        "",
        "not finite: 3/pooled_sd, 2/mean_absolute_change",
    ]
    assert len(failure_reasons(statistics[:0], EXPERIMENT.labels)) == 0


@pytest.mark.parametrize(("firms", "block"), [(5, 64), (400, 32), (10_000, 2), (50_000, 1)])
def test_large_markets_are_played_a_few_at_a_time(firms: int, block: int) -> None:
    assert Experiment(Cournot((firms,)), {str(firms): 1}).block == block


def test_small_blocks_do_not_depend_on_the_split(monkeypatch: pytest.MonkeyPatch) -> None:
    player, theta = by_equilibrium(GAME), theta_of(BLOCK + 5)
    usual, _ = simulate(EXPERIMENT, player, theta, SEED)
    monkeypatch.setattr(simulator, "NUMBERS_AT_ONCE", 9 * EXPERIMENT.uniforms_needed)
    assert EXPERIMENT.block == 8
    whole, _ = simulate(EXPERIMENT, player, theta, SEED)
    last, _ = simulate(EXPERIMENT, player, theta[BLOCK:], SEED, first=BLOCK)
    np.testing.assert_array_equal(whole[BLOCK:], last)
    np.testing.assert_allclose(whole, usual, atol=1e-12)  # a rule's arithmetic is the same
