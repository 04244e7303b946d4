"""Rule neural_decisions."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.decision_posteriors import cost_classifier
from experiments.decision_posteriors.comparison import LIKE_PEOPLE, PEOPLE, SIMULATED
from experiments.decision_posteriors.neural_decisions import compare_posteriors
from experiments.decision_posteriors.simulated_decisions import DecisionExperiment
from satisfice.errors import SatisficeError
from satisfice.games.cournot import Cournot
from satisfice.io.files import read_json

SETTINGS = {
    "simulations": 128,
    "members": 2,
    "batch": 50,
    "most_epochs": 1,
    "draws": 60,
    "data_sets": 2,
    "like_people": 1,
    "replicates": 20,
}
SAMPLER = {"live": 20, "effective": 50}


@pytest.fixture(autouse=True)
def few_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is tested here needs no well-trained classifier of costs."""
    monkeypatch.setattr(cost_classifier, "STEPS", 100)


@pytest.fixture(scope="module")
def decided(tiny_run: Any, made_decisions: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny run's data set with decisions of one treatment, some of them between actions."""
    folder: Path = tmp_path_factory.mktemp("decided")
    shutil.copy(tiny_run.dataset / "dataset.yaml", folder)
    table = made_decisions(Cournot(), 2, ["2"])
    table["action"] = table.action.clip(upper=99) + 0.2 * (table.index % 7 == 0)
    table.to_csv(folder / "decisions.csv", index=False)
    return folder


def test_both_posteriors_are_compared(tiny_run: Any, decided: Path, tmp_path: Path) -> None:
    compare_posteriors(
        "cournot",
        policy=tiny_run.policies[tiny_run.beliefs[0]],
        dataset=decided,
        settings=SETTINGS,
        sampler=SAMPLER,
        seed=7,
        table=tmp_path / "table.csv",
        summary=tmp_path / "summary.json",
        figure=tmp_path / "figure.png",
    )
    table, summary = pd.read_csv(tmp_path / "table.csv"), read_json(tmp_path / "summary.json")
    assert table.groupby(["data_set", "number"]).size().to_dict() == {
        (PEOPLE, 1): 2, (SIMULATED, 1): 2, (SIMULATED, 2): 2, (LIKE_PEOPLE, 1): 2,
    }  # fmt: skip
    assert set(table.quantity) == {"mean_lambda", "sd_lambda"}
    shift = (table.mean_neural - table.mean_likelihood) / table.sd_likelihood
    assert table["shift"].to_numpy() == pytest.approx(shift.to_numpy())
    assert table.c2st.between(0.3, 1).all()
    assert table.unusual.between(0, 1).all()
    assert summary["c2st"][SIMULATED] == pytest.approx(
        table[table.data_set == SIMULATED].c2st.mean()
    )
    assert summary["sentence"].startswith("On simulated data sets")
    assert len(summary["validation_losses"]) == 2
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")


def test_decisions_are_those_of_the_likelihood(tiny_run: Any, decided: Path) -> None:
    of = DecisionExperiment.load(tiny_run.policies[tiny_run.beliefs[0]], decided, 7)
    assert of.experiment.markets == {"2": 2}
    (history,) = of.histories(of.people).values()
    grid = of.population.game.action_values[history.action]
    np.testing.assert_array_equal(of.people["2"]["action"], grid)
    (play,) = of.play(of.draws(3, "test"), "test")
    assert play["2"]["action"].shape == (3, 2, 2, 25)


def test_without_decisions_there_is_nothing_to_compare(tiny_run: Any) -> None:
    with pytest.raises(SatisficeError, match=r"decisions\.csv"):
        DecisionExperiment.load(tiny_run.policies[tiny_run.beliefs[0]], tiny_run.dataset, 7)
