"""The equilibrium as a player."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from satisfice.evaluation.rivals import KL_FREE, equilibrium_player
from satisfice.games.cournot import Cournot
from satisfice.inference.simulator import Experiment, simulate
from satisfice.randomness import seed_sequence

GAME = Cournot()
SIMULATIONS = 64


@pytest.fixture(scope="module")
def play() -> dict[str, np.ndarray]:
    experiment = Experiment(GAME, dict.fromkeys(GAME.treatments, 4))
    theta = np.tile(KL_FREE, (SIMULATIONS, 1))
    _, kept = simulate(
        experiment, equilibrium_player(GAME), theta, seed_sequence(1, "test"), keep_play=True
    )
    return kept


@pytest.mark.parametrize("firms", [2, 3, 4, 5])
def test_the_mean_quantity_is_nash(play: dict[str, np.ndarray], firms: int) -> None:
    actions = play[str(firms)].astype(float)
    nash = 99 / (firms + 1)
    share = nash % 1
    error = np.sqrt(share * (1 - share) / actions.size)
    assert abs(actions.mean() - nash) <= 4 * error
    assert error < 0.005


@pytest.mark.parametrize(
    ("firms", "neighbours"), [(2, {33}), (3, {24, 25}), (4, {19, 20}), (5, {16, 17})]
)
def test_only_the_neighbours_of_nash_are_played(
    play: dict[str, np.ndarray], firms: int, neighbours: set[int]
) -> None:
    assert set(np.unique(play[str(firms)]).tolist()) == neighbours


def test_rounds_and_agents_mix_independently(play: dict[str, np.ndarray]) -> None:
    high = (play["5"] == 17).astype(float).reshape(-1, 5, 25)
    assert abs(np.corrcoef(high[:, 0].ravel(), high[:, 1].ravel())[0, 1]) < 0.05
    assert abs(np.corrcoef(high[..., :-1].ravel(), high[..., 1:].ravel())[0, 1]) < 0.03


class Edge(Cournot):
    """A game whose equilibrium lies at an end of the grid."""

    def __init__(self, wanted: float) -> None:
        super().__init__()
        self.wanted = wanted

    def equilibrium_actions(self, treatment: str) -> torch.Tensor:
        return torch.full((self.treatments[treatment],), self.wanted)


@pytest.mark.parametrize("wanted", [0.0, 1.0, 99.0, 100.0])
def test_equilibria_on_the_grid_are_played_exactly(wanted: float) -> None:
    experiment = Experiment(GAME, {"2": 2})
    player = equilibrium_player(Edge(wanted))
    sequence = seed_sequence(1, "test")
    _, kept = simulate(experiment, player, np.tile(KL_FREE, (3, 1)), sequence, keep_play=True)
    assert (kept["2"] == wanted).all()
