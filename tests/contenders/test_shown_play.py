"""What predicted play looks like over time."""

from __future__ import annotations

import numpy as np

from satisfice.contenders.shown_play import SINGLES, evenly_spaced, panels_of, summarise
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.io.played_paths import LEVELS

GENERATOR = np.random.default_rng(0)


def test_few_paths_lie_evenly_within() -> None:
    paths = np.arange(10.0)[:, None] + np.zeros(3)
    np.testing.assert_array_equal(evenly_spaced(paths, 2)[:, 0], [3, 6])
    np.testing.assert_array_equal(evenly_spaced(paths[:1], 2)[:, 0], [0, 0])


def test_the_first_contender_is_shown_whole_and_others_by_their_means() -> None:
    panels = {("2", 0): GENERATOR.random((7, 25)), ("3", 0): GENERATOR.random((9, 25))}
    others = {panel: np.full_like(paths, 2.0) for panel, paths in panels.items()}
    played = summarise(Cournot(), {"bounded": panels, "equilibrium": others})
    assert [each.treatment for each in played] == ["2", "3"]
    for each, paths in zip(played, panels.values(), strict=True):
        np.testing.assert_array_equal(each.quantiles, np.quantile(paths, LEVELS, axis=0))
        assert each.singles.shape == (SINGLES, 25)
        assert {name: mean.tolist() for name, mean in each.means.items()} == {
            "equilibrium": [2.0] * 25
        }


def test_every_path_of_a_game_has_a_panel_of_all_its_rounds() -> None:
    game = BeerGame()
    play = {"step": {name: GENERATOR.random((3, 2, 4, 32)) for name in game.recorded}}
    panels = panels_of(game, play)
    assert list(panels) == [("step", number) for number in range(len(game.paths))]
    assert all(paths.shape == (6, 36) for paths in panels.values())
