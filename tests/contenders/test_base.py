"""Parameters of contenders, their theta, and normal numbers."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.stats import norm

from satisfice.contenders.base import normal
from satisfice.contenders.beer_game import PublishedSterman
from satisfice.contenders.cournot import NoisyBestReply
from satisfice.contenders.general import Equilibrium
from satisfice.games.beer_game import BeerGame
from satisfice.games.cournot import Cournot
from satisfice.randomness import seed_sequence
from satisfice.simulation.simulator import Experiment, simulate


def test_points_of_the_cube_become_parameters_in_their_order() -> None:
    contender = NoisyBestReply(Cournot())
    assert contender.free == ("inertia", "noise_sd", "first", "first_spread")
    cube = np.zeros((3, 4))
    cube[:, 2] = 0.5
    theta = contender.from_unit(cube)
    np.testing.assert_allclose(theta, np.tile([0.0, 0.005, 1.0, 0.02], (3, 1)))
    # Where a parameter is logarithmic, its middle is the geometric mean.
    np.testing.assert_allclose(contender.from_unit(np.full((1, 4), 0.5))[0, 1], 0.05)


@pytest.mark.parametrize("contender", [Equilibrium(BeerGame()), PublishedSterman(BeerGame())])
def test_who_has_nothing_to_fit_has_no_column(contender: Equilibrium) -> None:
    assert contender.free == ()
    theta = contender.from_unit(np.empty((5, 0)))
    assert theta.shape == (5, 0)
    experiment = Experiment(contender.game, {"step": 2})
    found, _ = contender.simulate(experiment, theta, seed_sequence(1, "test"))
    assert found.shape == (5, len(experiment.labels))
    same, _ = simulate(experiment, contender.play, theta, seed_sequence(1, "test"))
    np.testing.assert_array_equal(found, same)


def test_uniform_numbers_become_normal_ones() -> None:
    levels = torch.tensor([0.025, 0.5, 0.8])
    assert normal(levels).tolist() == pytest.approx(norm.ppf(levels.numpy()), abs=1e-5)
    assert normal(torch.tensor([0.0, 1.0])).isfinite().all()
