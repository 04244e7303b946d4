"""The file paths.npz."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from satisfice.games.base import Game
from satisfice.games.beer_game import BeerGame
from satisfice.games.cobweb import Cobweb
from satisfice.io.played_paths import LEVELS, PlayedPath, read_paths, write_paths


def played(game: Game) -> list[PlayedPath]:
    """All that a game shows, with a number of its own in every array."""
    found = []
    for number, shown in enumerate(game.paths):
        arrays = [np.full((rows, 4), number + rows / 10) for rows in (len(LEVELS), 2)]
        means = {"rational": np.full(4, number + 0.7), "equilibrium": np.full(4, number + 0.8)}
        found.append(PlayedPath(shown, next(iter(game.treatments)), arrays[0], arrays[1], means))
    return found


def test_what_is_written_is_read(tmp_path: Path) -> None:
    game = BeerGame()
    written = played(game)
    write_paths(tmp_path / "paths.npz", written)
    read = read_paths(tmp_path / "paths.npz", BeerGame())
    assert [(each.shown.name, each.shown.who, each.treatment) for each in read] == [
        (each.shown.name, each.shown.who, each.treatment) for each in written
    ]
    for one, two in zip(read, written, strict=True):
        np.testing.assert_array_equal(one.quantiles, two.quantiles)
        np.testing.assert_array_equal(one.singles, two.singles)
        assert list(one.means) == ["rational", "equilibrium"]
        for model, mean in two.means.items():
            np.testing.assert_array_equal(one.means[model], mean)


def test_a_game_may_show_nothing(tmp_path: Path) -> None:
    write_paths(tmp_path / "paths.npz", [])
    assert read_paths(tmp_path / "paths.npz", Cobweb()) == []
