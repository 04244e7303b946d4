"""Rules of the newsvendor against orders worked out on their own."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from satisfice.contenders.base import Turn
from satisfice.contenders.newsvendor import DemandChasing, MeanAnchoring
from satisfice.games.newsvendor import Newsvendor, NewsvendorState


@pytest.mark.parametrize(("weight", "mean"), [(0.0, 75.0), (0.4, 65.2), (1.0, 50.5)])
def test_orders_are_pulled_towards_mean_demand(
    weight: float, mean: float, columns: Any, even: torch.Tensor
) -> None:
    rule = MeanAnchoring(Newsvendor())
    theta = columns(len(even), {"weight": weight, "noise_sd": 4.0})
    order = rule.act(Turn("classic", None, theta, even, even)).double()
    assert order.mean().item() == pytest.approx(mean, abs=0.05)
    assert order.std().item() == pytest.approx(4.0, abs=0.05)


@pytest.mark.parametrize(("weight", "order"), [(0.0, 20), (0.25, 35), (1.0, 80)])
def test_orders_chase_the_last_demand(
    weight: float, order: int, columns: Any, even: torch.Tensor
) -> None:
    last = torch.full((len(even), 1), 20)
    state = NewsvendorState(last, torch.full((len(even), 1), 80.0), 1)
    theta = columns(len(even), {"weight": weight, "noise_sd": 1e-6, "first_spread": 9.0})
    chosen = DemandChasing(Newsvendor()).act(Turn("expedite_30", state, theta, even, even))
    assert set(chosen.flatten().tolist()) == {order}


def test_the_first_order_is_near_mean_demand(columns: Any, even: torch.Tensor) -> None:
    game = Newsvendor()
    state = game.start("classic", len(even))
    theta = columns(len(even), {"weight": 0.5, "noise_sd": 1.0, "first_spread": 9.0})
    order = DemandChasing(game).act(Turn("classic", state, theta, even, even)).double()
    assert order.mean().item() == pytest.approx(50.5, abs=0.05)
    assert order.std().item() == pytest.approx(9.0, abs=0.05)
