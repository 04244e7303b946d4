"""Every game is an environment by PettingZoo's own tests, and pays what the simulator pays."""

from __future__ import annotations

import importlib
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from gymnasium.utils.seeding import np_random
from pettingzoo.test import parallel_api_test, parallel_seed_test

from satisfice.adapters.pettingzoo import parallel_env
from satisfice.errors import SatisficeError
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.learning.rollout import Chance, Population, rounds_of_play
from satisfice.population.beliefs import UniformBelief
from satisfice.population.policy import Traits
from satisfice.population.supertypes import Supertypes

TREATMENTS = {
    "cournot": "3",
    "cobweb": "unstable",
    "beer_game": "uncertain",
    "newsvendor": "classic",
    "public_goods": "low",
}


@pytest.fixture(params=TREATMENTS)
def game(
    request: pytest.FixtureRequest, root: Path, examples: Callable[[str], dict[str, str]]
) -> Game:
    """The games of the package, and the one of the tutorial."""
    if request.param != "public_goods":
        return load_game(request.param)
    text = (root / "docs/own_game.md").read_text(encoding="utf-8")
    source = examples(text.replace("<!-- file:", "<!-- example:"))["my_games/public_goods.py"]
    module: dict[str, type[Game]] = {}
    exec(source, module)  # type: ignore[arg-type]
    return module["PublicGoods"]()


def test_passes_the_tests_of_pettingzoo(game: Game) -> None:
    treatment = TREATMENTS[game.name]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        parallel_api_test(parallel_env(game, treatment), num_cycles=100)
        parallel_seed_test(lambda: parallel_env(game, treatment), num_cycles=100)


def test_pays_and_shows_what_the_batched_simulator_does(game: Game) -> None:
    treatment, markets = TREATMENTS[game.name], 3
    information = list(game.information)[-1]
    agents = {**game.training_treatments, **game.treatments}[treatment]
    rounds = game.rounds if treatment in game.treatments else game.training_rounds
    random = [np_random(seed)[0] for seed in range(markets)]
    shocks = [
        [drawn.random(game.shocks, dtype=np.float32) for drawn in random] for _ in range(rounds)
    ]
    generator = torch.Generator().manual_seed(1)
    drawn = Chance.draw(game, agents, markets, rounds, generator)
    chance = Chance(drawn.skills, drawn.actions, torch.from_numpy(np.array(shocks)))
    actions = len(game.action_values)
    population = Population(
        game,
        lambda inputs, cost: torch.zeros(*cost.shape, actions),
        UniformBelief(game.action_values),
        information,
    )
    theta = np.tile([0.5, 0.2, 0.3], (markets, 1))
    traits = Traits.draw(Supertypes.from_array(theta), chance.skills)
    played = list(rounds_of_play(population, treatment, traits, chance))
    told = game.treatment_features(treatment)
    for market in range(markets):
        environment = parallel_env(game, treatment, information=information)
        seen, _ = environment.reset(seed=market)
        for number, each in enumerate(played):
            features = game.observe(treatment, each.before, information).features[market]
            for own, agent in zip(features, environment.agents, strict=True):
                np.testing.assert_array_equal(seen[agent], torch.cat([told, own]))
            names = environment.agents
            chosen = dict(zip(names, each.action[market].tolist(), strict=True))
            seen, rewards, terminated, truncated, _ = environment.step(chosen)
            expected = dict(zip(names, each.payoff[market].tolist(), strict=True))
            assert rewards == pytest.approx(expected, rel=1e-6)
            assert set(terminated.values()) == {number == rounds - 1}
            assert set(truncated.values()) == {False}
        assert not environment.agents


def test_another_seed_brings_another_price() -> None:
    rewards = []
    for seed in (1, 2, 1):
        environment = parallel_env("cobweb")
        environment.reset(seed=seed)
        rewards.append(environment.step(dict.fromkeys(environment.agents, 110))[1])
    assert rewards[0] == rewards[2] != rewards[1]


def test_without_a_seed_the_chance_goes_on() -> None:
    environment = parallel_env("cobweb")
    environment.reset(seed=1)
    first = environment.step(dict.fromkeys(environment.agents, 110))[1]
    environment.reset()
    assert environment.step(dict.fromkeys(environment.agents, 110))[1] != first


def test_who_learns_in_it_does_not_know_when_the_game_will_end() -> None:
    game = load_game("beer_game")
    lengths = []
    for treatment in ("step", "uncertain"):
        environment = parallel_env(game, treatment)
        environment.reset(seed=1)
        while environment.agents:
            environment.step(dict.fromkeys(environment.agents, 4))
        lengths.append(environment._round)
    assert lengths == [game.rounds, game.training_rounds]
    assert game.training_rounds > game.rounds


def test_agents_have_the_names_of_their_roles() -> None:
    assert parallel_env("beer_game").possible_agents == list(load_game("beer_game").roles)
    assert parallel_env("cournot", "2").possible_agents == ["agent_0", "agent_1"]


@pytest.mark.parametrize("action", [-1, 101, None, 2.5])
def test_impossible_actions_are_refused_by_name(action: object) -> None:
    environment = parallel_env("cournot")
    environment.reset()
    with pytest.raises(ValueError, match="agent_1"):
        environment.step({"agent_0": 1, "agent_1": action})


@pytest.mark.parametrize(
    "choice", [{"treatment": "seven"}, {"information": "all"}, {"game": "chess"}]
)
def test_what_is_unknown_is_told_with_what_is_known(choice: dict[str, str]) -> None:
    with pytest.raises(SatisficeError, match=r"unknown.*Use one of: "):
        parallel_env(**{"game": "cournot", **choice})


def test_the_example_of_the_documentation_plays_a_whole_game(
    root: Path, examples: Callable[[str], dict[str, str]]
) -> None:
    found = examples((root / "docs/own_game.md").read_text(encoding="utf-8"))
    names: dict[str, Any] = {}
    exec(found["other_learners.py"], names)
    assert set(names["earned"]) == {"agent_0", "agent_1", "agent_2"}
    assert all(names["terminated"].values()) and all(names["earned"].values())


def test_without_pettingzoo_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pettingzoo", None)
    monkeypatch.delitem(sys.modules, "satisfice.adapters.pettingzoo")
    with pytest.raises(ImportError, match=r"pip install 'satisfice\[pettingzoo\]'"):
        importlib.import_module("satisfice.adapters.pettingzoo")
