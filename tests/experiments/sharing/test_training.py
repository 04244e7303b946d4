"""The comparison of shared and individual training: accounting, clock and measures."""

from __future__ import annotations

import time
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from experiments.sharing import training
from experiments.sharing.training import METHODS, Market, Watch, train_once
from satisfice.learning.problem import CurvePoint

THETA = np.array([0.5, 0.2, 0.3])
FEW = Market.of(5, THETA)
WEIGHTS = (9 + 1) * 32 + (32 + 1) * 32 + (32 + 1) * 16  # nine inputs, width 32, 16 functions


@pytest.mark.parametrize(
    ("method", "policies", "decisions", "per_policy"),
    [
        ("shared", 1, 100, 100),
        ("individual", 5, 500, 100),
        ("shared_more_play", 1, 500, 500),
        ("individual_less_play", 5, 100, 20),
    ],
)
def test_what_each_method_costs(
    method: str, policies: int, decisions: int, per_policy: int
) -> None:
    found = train_once(FEW, METHODS[method], 100, iterations=7, seed=3)
    assert found["policies"] == policies
    assert found["decisions_per_iteration"] == decisions
    assert found["decisions_per_policy_and_iteration"] == per_policy
    assert found["decisions"] == 7 * decisions
    assert found["parameters"] == policies * WEIGHTS
    assert found["exact_net_return"] == pytest.approx(FEW.returns(FEW.exact.policy).net.mean())
    assert found["total_variation"] <= found["largest_total_variation"] < 1
    assert found["regret"] > 0
    assert found["cpu_seconds"] > 0


@pytest.mark.parametrize(("agents", "markets"), [(2, 50), (7, 14), (60, 2), (300, 1)])
def test_sharing_plays_whole_markets(agents: int, markets: int) -> None:
    assert METHODS["shared"].markets(100, agents) == markets
    assert METHODS["individual"].markets(100, agents) == 100


def test_measured_market_is_in_equilibrium() -> None:
    assert FEW.exact.residual < 1e-8
    assert FEW.exact.policy.shape == (5, 101)
    earned = FEW.returns(FEW.exact.policy)
    np.testing.assert_allclose(earned.regret, 0, atol=1e-9)
    # The more skilled an agent, the less its thinking costs and the more it earns, net.
    assert (np.diff(FEW.agents.processing_cost) < 0).all()
    assert (np.diff(earned.net) > 0).all()


def test_distance_is_the_total_variation_of_each_agent() -> None:
    learnt = FEW.exact.policy.copy()
    learnt[1, [10, 20]] += [0.003, -0.003]
    learnt[4] = np.eye(101)[100]
    agents = SimpleNamespace(policies=lambda policy: learnt)
    found = Market(FEW.game, agents, FEW.exact).distances(torch.add)  # type: ignore[arg-type]
    np.testing.assert_allclose(found, [0, 0.003, 0, 0, 1 - FEW.exact.policy[4, 100]], atol=1e-12)


def test_the_clock_stops_while_distances_are_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "process_time", lambda: now[0])

    def measure(policy: object) -> np.ndarray:
        now[0] += 100.0
        return np.array([0.2, 0.4])

    monkeypatch.setattr(training, "CURVE_STEP", 2)
    watch = Watch(SimpleNamespace(distances=measure))  # type: ignore[arg-type]
    for iteration in range(1, 5):
        now[0] += 50.0 if iteration == 1 else 1.0  # the first one sets the libraries up
        watch(CurvePoint(10 * iteration, 0, 0, 0, 0, 0, iteration=iteration, seconds=0), torch.add)
    now[0] += 0.5
    watch.stop()
    assert watch.seconds == pytest.approx(3.5)
    assert watch.decisions == 40
    assert watch.curve == [(20, pytest.approx(0.3)), (40, pytest.approx(0.3))]
