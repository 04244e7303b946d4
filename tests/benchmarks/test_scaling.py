"""What is simulated at each size; how long it takes is not tested."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from benchmarks.scaling import (
    decisions_of,
    enough,
    exponents,
    measure_settings,
    settings_to_measure,
    untrained,
)
from benchmarks.settings import Scaling
from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.learning.rollout import Population
from satisfice.population.supertypes import SKILL_SPACE
from satisfice.simulation.simulator import Experiment

WANTED = Scaling(
    agents=[2, 7], markets=[1, 3], simulations=[5, 70], recorded=[1, 3], decisions=3000
)
HUMAN = {
    "cournot": {"2": 2, "3": 1},
    "cobweb": {"unstable": 2},
    "beer_game": {"step": 3},
}


@pytest.mark.parametrize("game", HUMAN)
def test_agents_markets_and_simulations_vary_one_at_a_time(game: str) -> None:
    found = list(settings_to_measure(load_game(game), HUMAN[game], WANTED))
    first = load_game(game).treatments[next(iter(HUMAN[game]))] * load_game(game).rounds
    sizes = {
        "agents": [2, 7],
        "markets": [1, 3],
        "simulations": [5, 70],
        "recorded": [first, 3 * first],
    }
    if game == "beer_game":  # has its four roles
        del sizes["agents"]
    assert [(each.varied, each.size) for each in found] == [
        (varied, size) for varied, each in sizes.items() for size in each
    ]
    for each in found:
        markets, agents = each.experiment.markets, each.experiment.game.treatments
        if each.varied == "agents":
            assert sum(markets.values()) == 1
            assert agents[next(iter(markets))] == each.size
        elif each.varied == "markets":
            assert dict(markets) == {next(iter(HUMAN[game])): each.size}
        elif each.varied == "recorded":
            assert (decisions_of(each.experiment), each.simulations) == (each.size, 1)
        else:
            assert (dict(markets), each.simulations) == (HUMAN[game], each.size)


def test_decisions_are_counted_over_treatments() -> None:
    assert decisions_of(Experiment(load_game("cournot"), HUMAN["cournot"])) == (4 + 3) * 25


def test_large_designs_are_simulated_fewer_times() -> None:
    small = Experiment(load_game("cournot"), {"2": 1})
    assert enough(small, 50 * 50) == small.block == 64  # whole blocks only
    large = Experiment(load_game("cournot"), {"5": 1000})
    assert large.block == 4
    assert [enough(large, 125_000 * number) for number in (1, 4, 11, 1000)] == [4, 4, 8, 64]


@pytest.mark.parametrize("game", ["cournot", "cobweb"])
def test_settings_are_measured_with_the_simulator(game: str, variants: dict[str, Any]) -> None:
    def build(played: Game) -> Population:
        return untrained(played, variants["uniform"], SKILL_SPACE)

    settings = list(settings_to_measure(load_game(game), HUMAN[game], WANTED))
    table = measure_settings(settings, build, [0.5, 0.2, 0.3], repeats=1, window=0.001)
    rounds = load_game(game).rounds
    assert table.agents[:2].tolist() == [2, 7]
    assert table.decisions[:2].tolist() == [
        number * agents * rounds for number, agents in zip(table.simulations, (2, 7), strict=False)
    ]
    assert (table.seconds > 0).all()
    assert (table.slowest_seconds >= table.seconds).all()
    told = 1e6 * table.seconds / table.decisions
    pd.testing.assert_series_equal(table.microseconds_per_decision, told, check_names=False)


def test_each_cost_is_fitted_against_what_varied() -> None:
    sizes = [10, 100, 1000, 10_000]
    parts = [
        pd.DataFrame(
            {"game": "g", "varied": varied, "size": sizes, "seconds": [0.1 * n for n in sizes],
             "seconds_per_simulation": [0.1 * n**0.5 for n in sizes]}
        )
        for varied in ("agents", "simulations")
    ]  # fmt: skip
    found = exponents(pd.concat(parts)).set_index("varied")
    assert found.exponent["agents"] == pytest.approx(0.5)
    assert found.exponent["simulations"] == pytest.approx(1.0)
    assert found.cost["simulations"] == "seconds"
