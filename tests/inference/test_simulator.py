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

from satisfice.behaviour.policy import PolicyNetwork, PolicyShape
from satisfice.behaviour.prior_beliefs import HabitBelief, PriorBelief, UniformBelief
from satisfice.games.cournot import Cournot
from satisfice.inference.simulator import (
    BLOCK,
    Experiment,
    failure_reasons,
    population_player,
    simulate,
)
from satisfice.learning.rollout import Population
from satisfice.randomness import seed_sequence

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
        for treatment, actions in play.items():
            joined = np.concatenate([part[1][treatment] for part in parts])
            np.testing.assert_array_equal(joined, actions)
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
    assert EXPERIMENT.agents_played("3") == 6
    assert EXPERIMENT.uniforms_needed == (6 + 4) * 26
    generator = np.random.default_rng(0)
    played = {t: generator.integers(0, 101, (4, 2, int(t), 25)) for t in ("2", "3")}
    found = EXPERIMENT.summarise(played)
    assert found.shape == (4, 20)
    for column, (treatment, name) in enumerate(EXPERIMENT.labels):
        for simulation in range(4):
            record = GAME.record(played[treatment][simulation].astype(float), treatment)
            expected = float(GAME.statistics[name](record))
            assert found[simulation, column] == pytest.approx(expected)


def test_statistics_are_those_of_the_play_that_is_kept(restless_policy: Build) -> None:
    player = population_player(Population(GAME, restless_policy(), belief_of("uniform"), "none"))
    statistics, play = simulate(EXPERIMENT, player, theta_of(9), SEED, keep_play=True)
    assert {name: part.shape for name, part in play.items()} == {
        "3": (9, 2, 3, 25),
        "2": (9, 2, 2, 25),
    }
    np.testing.assert_allclose(EXPERIMENT.summarise(play), statistics)
    _, none_kept = simulate(EXPERIMENT, player, theta_of(2), SEED)
    assert none_kept == {}


def test_agents_and_treatments_have_numbers_of_their_own() -> None:
    seen: dict[str, list[np.ndarray]] = {"3": [], "2": []}

    def player(
        treatment: str, theta: np.ndarray, skills: Tensor, actions: Callable[[int], Tensor]
    ) -> Tensor:
        rounds = [actions(step) for step in range(GAME.rounds)]
        seen[treatment] += [skills.numpy(), *(part.numpy() for part in rounds)]
        np.testing.assert_array_equal(theta, np.repeat(theta[::2], 2, axis=0))
        return torch.zeros((*skills.shape, GAME.rounds), dtype=torch.long)

    simulate(EXPERIMENT, player, theta_of(BLOCK), SEED)
    numbers = np.concatenate([part.ravel() for parts in seen.values() for part in parts])
    assert numbers.size == BLOCK * EXPERIMENT.uniforms_needed
    assert numbers.min() >= 0
    assert numbers.max() < 1
    # Single precision makes a few numbers equal by chance, but none is handed out twice.
    assert len(np.unique(numbers)) > 0.99 * numbers.size


def test_the_shortcut_for_memoryless_agents_changes_nothing(restless_policy: Build) -> None:
    policy = restless_policy()
    results = []
    for kind in (Population, GeneralPath):
        population = kind(GAME, policy, belief_of("uniform"), "none")
        assert population.memoryless == (kind is Population)
        player = population_player(population)
        results.append(simulate(EXPERIMENT, player, theta_of(80), SEED, keep_play=True))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    for treatment, actions in results[0][1].items():
        np.testing.assert_array_equal(actions, results[1][1][treatment])


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
    kernel: Any = belief_of(name).kernel
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
    for actions in play.values():
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
