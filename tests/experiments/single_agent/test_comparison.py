"""The comparison with the closed form: its agents, its seeds, and that it can fail."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from experiments.settings import SingleAgent
from experiments.single_agent import comparison
from experiments.single_agent.closed_form import Comparison
from experiments.single_agent.comparison import compare_belief, summary_of, table_of
from experiments.single_agent.one_order import OneOrder

SETTINGS = SingleAgent(costs=3, agents=2, iterations=5, markets=16, chance_draws=1)


def made_up(shift: float) -> Comparison:
    """One agent in one state whose policy is off by ``shift``."""
    exact = np.array([[0.5, 0.5]])
    learnt = exact[None] + np.array([shift, -shift])
    return Comparison(0.1, np.array([0.0, 5.0]), np.zeros(2), exact, learnt, exact)


@pytest.mark.parametrize(("shift", "passed"), [(0.009, True), (0.011, False)])
def test_one_spoilt_policy_anywhere_fails_the_experiment(shift: float, passed: bool) -> None:
    good = made_up(0.0)
    found = {
        "uniform": {"classic": [good, good], "expedite_4": [good, good]},
        "habit": {"classic": [good, good], "expedite_4": [good, made_up(shift)]},
    }
    summary = summary_of(found)
    assert summary["passed"] is passed
    assert summary["beliefs"]["uniform"]["total_variation_max"] == 0
    assert summary["beliefs"]["habit"]["total_variation_max"] == pytest.approx(shift)
    assert summary["beliefs"]["habit"]["total_variation_mean"] == pytest.approx(shift / 4)
    assert table_of(found).total_variation_max.tolist()[:-1] == [0.0] * 7


def test_agents_of_every_belief_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[float] = []
    draw = comparison.agents_at_cost

    def watched(*arguments: Any) -> Any:
        traits = draw(*arguments)
        seen.append(traits.skill.sum().item())
        return traits

    monkeypatch.setattr(comparison, "agents_at_cost", watched)
    game = OneOrder()
    for belief in ("uniform", "habit"):
        compare_belief(game, belief, SETTINGS, 7)
    assert seen[:3] == seen[3:]


def test_the_seed_reaches_training(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    learn = comparison.learn

    def watched(problem: Any, learning: Any, report: Any) -> Any:
        seeds.append(learning.seed)
        return learn(problem, learning, report)

    monkeypatch.setattr(comparison, "learn", watched)
    game = OneOrder()
    for belief, seed in (("uniform", 7), ("uniform", 8), ("habit", 7)):
        compare_belief(game, belief, SETTINGS, seed)
    assert len(set(seeds)) == 3
