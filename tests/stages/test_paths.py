"""Rule paths: the very play behind the stored predictions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from satisfice.stages.paths import SINGLES, evenly_spaced

from satisfice.games import load_game
from satisfice.io.files import read_arrays
from satisfice.io.played_paths import LEVELS, PlayedPath, read_paths

STRETCHES = {"mean_rounds_1_8": (0, 8), "mean_rounds_9_16": (8, 16), "mean_rounds_17_25": (16, 25)}


def read(run: Any) -> list[PlayedPath]:
    return read_paths(run.paths, load_game(run.game))


@pytest.mark.parametrize(
    ("name", "panels", "rounds"), [("tiny_run", 2, 25), ("tiny_cobweb", 3, 50)]
)
def test_every_treatment_has_its_paths(
    request: pytest.FixtureRequest, name: str, panels: int, rounds: int
) -> None:
    played = read(request.getfixturevalue(name))
    assert len({each.treatment for each in played}) == len(played) == panels
    for each in played:
        assert each.quantiles.shape == (len(LEVELS), rounds)
        assert each.singles.shape == (SINGLES, rounds)
        assert (np.diff(each.quantiles, axis=0) >= 0).all()
        assert list(each.means) == ["ppo", "equilibrium"]


def test_single_paths_are_those_of_stored_predictions(tiny_run: Any) -> None:
    x = read_arrays(tiny_run.predictive["bounded"])["x"]
    names = list(load_game("cournot").statistics)
    rows = evenly_spaced(np.arange(len(x))[:, None], SINGLES)[:, 0]
    for number, each in enumerate(read(tiny_run)):
        for name, (first, last) in STRETCHES.items():
            stored = x[rows, number * len(names) + names.index(name)]
            np.testing.assert_allclose(each.singles[:, first:last].mean(axis=1), stored)


@pytest.mark.parametrize("model", ["ppo", "equilibrium"])
def test_mean_paths_are_those_of_stored_predictions(tiny_cobweb: Any, model: str) -> None:
    x = read_arrays(tiny_cobweb.predictive[model])["x"]
    for number, each in enumerate(read(tiny_cobweb)):
        np.testing.assert_allclose(each.means[model].mean(), x[:, 2 * number].mean())


def test_paths_of_roles_have_all_weeks(tiny_beer_game: Any) -> None:
    played = read(tiny_beer_game)
    assert len(played) == 8
    for each in played:
        fixed = {"orders": 4.0, "net inventory": 12.0}[each.shown.name]
        np.testing.assert_array_equal(each.quantiles[:, :4], fixed)
        assert each.quantiles.shape == (len(LEVELS), 36)


def test_few_paths_lie_evenly_within() -> None:
    paths = np.arange(10.0)[:, None] + np.zeros(3)
    np.testing.assert_array_equal(evenly_spaced(paths, 2)[:, 0], [3, 6])
    np.testing.assert_array_equal(evenly_spaced(paths[:1], 2)[:, 0], [0, 0])
