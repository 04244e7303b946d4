"""The newsvendor who orders once: what they ordered yesterday."""

from __future__ import annotations

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.single_agent.one_order import TREATMENTS, OneOrder
from satisfice.games.newsvendor import Newsvendor

ACTIONS = 101


@given(markets=st.integers(1, 4 * ACTIONS))
@settings(deadline=None, max_examples=40, derandomize=True)
def test_yesterdays_orders_are_dealt_evenly(markets: int) -> None:
    dealt = OneOrder().start("classic", markets).previous
    assert dealt.shape == (markets, 1)
    counts = np.bincount(dealt[:, 0].numpy(), minlength=ACTIONS)
    assert counts.min() == markets // ACTIONS
    assert counts.max() == -(-markets // ACTIONS)
    if 8 <= markets < ACTIONS:
        # No hole that is much larger than even spacing would leave.
        gaps = np.diff(np.flatnonzero(counts), prepend=-1, append=ACTIONS)
        assert gaps.max() <= 3 * ACTIONS / markets + 1


def test_best_orders_are_as_far_above_the_mean_demand_as_below() -> None:
    once, game = OneOrder(), Newsvendor()
    assert tuple(once.treatments) == TREATMENTS
    best = [once.equilibrium_action(treatment) for treatment in TREATMENTS]
    assert best == [game.equilibrium_action(treatment) for treatment in TREATMENTS]
    assert best[0] - 50 == 50 - best[1]
    assert once.rounds == 1 and once.side_by_side(3) is None
    assert torch.equal(once.action_values, game.action_values)
