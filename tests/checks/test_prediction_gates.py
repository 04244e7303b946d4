"""Gates about patterns and prediction."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from satisfice.checks.prediction_gates import prediction_gate, stylised_fact_gates
from satisfice.games.base import StylisedFact

FIRST, SECOND = ("a", "price"), ("b", "price")
FACTS: dict[str, StylisedFact] = {
    "prices rise": lambda statistics: statistics[SECOND] > statistics[FIRST],
    "prices fall": lambda statistics: statistics[SECOND] < statistics[FIRST],
    "prices are high": lambda statistics: statistics[FIRST] > 0.5,
    "treatment c is highest": lambda statistics: statistics["c", "price"] > statistics[FIRST],
}


def human_prices(first: float, second: float) -> pd.DataFrame:
    rows = [["a", "price", first], ["b", "price", second]]
    return pd.DataFrame(rows, columns=["treatment", "statistic", "value"])


@pytest.mark.parametrize(("rising", "passed"), [(10, True), (11, True), (9, False), (0, False)])
def test_the_share_of_predictions_that_show_a_pattern(rising: int, passed: bool) -> None:
    draws = 10 if rising == 10 else 20  # all of ten
    predictive = np.tile([2.0, 1.0], (draws, 1))
    predictive[:rising, 1] = 3.0
    (gate,) = stylised_fact_gates(FACTS, human_prices(0.1, 0.2), predictive)
    assert gate.name == "stylised_facts"
    assert gate.value == pytest.approx(rising / draws)
    assert gate.threshold == 0.5
    assert gate.passed == passed
    assert f"prices rise: {rising / draws:.0%}." in gate.meaning
    # Humans show neither of these.
    assert "prices fall" not in gate.meaning
    assert "prices are high" not in gate.meaning


def test_the_rarest_pattern_decides() -> None:
    predictive = np.array([[1.0, 2.0], [0.1, 2.0], [0.2, 2.0], [0.1, 2.0]])
    (gate,) = stylised_fact_gates(FACTS, human_prices(0.8, 0.9), predictive)
    assert gate.value == 0.25
    assert not gate.passed
    assert "prices rise: 100%; prices are high: 25%." in gate.meaning


def test_a_pattern_that_humans_do_not_show_gives_no_gate() -> None:
    predictive = np.array([[1.0, 2.0]])
    assert stylised_fact_gates({}, human_prices(0.1, 0.2), predictive) == []
    falling = {"prices fall": FACTS["prices fall"]}
    assert stylised_fact_gates(falling, human_prices(0.1, 0.2), predictive) == []
    assert len(stylised_fact_gates(falling, human_prices(0.2, 0.1), predictive)) == 1


def test_a_pattern_of_treatments_that_nobody_played_gives_no_gate() -> None:
    unplayed = {"treatment c is highest": FACTS["treatment c is highest"]}
    assert stylised_fact_gates(unplayed, human_prices(0.1, 0.2), np.array([[1.0, 2.0]])) == []


def scored(**crps: float) -> pd.DataFrame:
    rows = [
        [name, part, score, value if (part, score) == ("held_out", "crps") else 99.0]
        for name, value in crps.items()
        for part in ("fit", "held_out")
        for score in ("crps", "rmse")
    ]
    return pd.DataFrame(rows, columns=["contender", "part", "score", "value"])


def test_prediction_compares_the_default_belief_with_the_best_rival() -> None:
    """Which belief predicts best is known only from what was held out."""
    gate = prediction_gate(scored(bounded=1.0, bounded_uniform=0.5, rational=4.0, equilibrium=2.5))
    assert gate.value == pytest.approx(0.4)
    assert gate.passed
    assert "divided by that of equilibrium, the best" in gate.meaning
    assert not prediction_gate(scored(bounded=2.0, rational=3.0, equilibrium=9.0)).passed
    assert prediction_gate(scored(bounded=1.0, rational=2.0, equilibrium=9.0)).passed  # just
    by_ppo = prediction_gate(scored(bounded=1.0, rational=4.0, ppo=1.5, equilibrium=2.5))
    assert "divided by that of ppo" in by_ppo.meaning
    assert not by_ppo.passed
