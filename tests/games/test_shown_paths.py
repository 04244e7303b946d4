"""What games show over time is what their human statistics are computed of."""

from __future__ import annotations

import numpy as np
import pytest

from satisfice.games import load_game
from satisfice.games.base import Game
from satisfice.games.shown_paths import Extreme, MeanOverRounds, ShownPath

NAMES = ("cournot", "cobweb", "beer_game", "newsvendor")
SIMULATIONS, MARKETS = 3, 2


def recorded(game: Game, treatment: str) -> dict[str, np.ndarray]:
    """Any numbers as recorded play; what a market has in common is the same for its agents."""
    generator = np.random.default_rng(len(treatment))
    agents = game.treatments[treatment]
    shape = (SIMULATIONS, MARKETS, agents, game.rounds)
    play = {name: 10 * generator.random(shape) for name in game.recorded}
    if "price" in play:
        play["price"][:] = play["price"][:, :, :1]
    return game.record(play, treatment)


def by_simulation(shown: ShownPath, record: dict[str, np.ndarray]) -> np.ndarray:
    """Paths of shape (simulations, paths of each, rounds)."""
    paths = shown.of(record)
    return paths.reshape(SIMULATIONS, -1, paths.shape[-1])


CASES = [(name, treatment) for name in NAMES for treatment in load_game(name).treatments]


@pytest.mark.parametrize(("name", "treatment"), CASES)
def test_marks_are_statistics_of_the_path_that_they_stand_beside(name: str, treatment: str) -> None:
    game = load_game(name)
    record = recorded(game, treatment)

    def value(statistic: str) -> np.ndarray:
        return np.asarray(game.statistics[statistic](record))

    seen = 0
    for shown in game.paths:
        paths = by_simulation(shown, record)
        for mark in shown.marks:
            if isinstance(mark, MeanOverRounds):
                stretch = paths[..., mark.first - 1 : mark.last]
                np.testing.assert_allclose(stretch.mean(axis=(1, 2)), value(mark.statistic))
                if mark.variance:
                    variance = stretch.var(axis=-1, ddof=1).mean(axis=1)
                    np.testing.assert_allclose(variance, value(mark.variance))
            else:
                assert isinstance(mark, Extreme)
                lowest = "lowest" in mark.statistic
                extremes = paths.min(axis=-1) if lowest else paths.max(axis=-1)
                np.testing.assert_allclose(extremes.mean(axis=1), value(mark.statistic))
                if mark.time:
                    at = 1 + (paths.argmin(axis=-1) if lowest else paths.argmax(axis=-1))
                    np.testing.assert_allclose(at.mean(axis=1), value(mark.time))
            seen += 1
    assert seen == {"cournot": 3, "cobweb": 1, "beer_game": 12, "newsvendor": 2}[name]


@pytest.mark.parametrize(
    ("name", "paths", "rounds", "each"),
    [("cournot", 1, 25, 1), ("cobweb", 1, 50, MARKETS), ("beer_game", 8, 36, MARKETS)],
)
def test_paths_are_as_long_as_people_played(name: str, paths: int, rounds: int, each: int) -> None:
    game = load_game(name)
    assert len({(shown.name, shown.who) for shown in game.paths}) == len(game.paths) == paths
    for shown in game.paths:
        record = recorded(game, next(iter(game.treatments)))
        assert by_simulation(shown, record).shape == (SIMULATIONS, each, rounds)


def test_units_are_those_of_the_marks() -> None:
    for name in NAMES:
        game = load_game(name)
        for shown in game.paths:
            units = {game.statistic_units[mark.statistic] for mark in shown.marks}
            assert units == {shown.unit or shown.name}


def test_a_mark_names_all_that_it_draws() -> None:
    assert MeanOverRounds("mean", 1, 8).statistics == ("mean",)
    assert MeanOverRounds("mean", 1, 8, "variance").statistics == ("mean", "variance")
    assert Extreme("peak").statistics == ("peak",)
    assert Extreme("peak", "week").statistics == ("peak", "week")
