"""The stages as functions, on a tiny run."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest

import satisfice
from satisfice.errors import SatisficeError
from satisfice.games.beer_game import BeerGame
from satisfice.inference.density_training import EstimatorSettings
from satisfice.io.decisions import read_decisions

THETA = [0.6, 0.2, 0.3]
SETTINGS = EstimatorSettings("mdn", hidden=16, components=2, batch=50, most_epochs=3)


@pytest.fixture(scope="module")
def model(tiny_run: Any) -> satisfice.Model:
    return satisfice.load_model(tiny_run.policies["uniform"])


@pytest.fixture(scope="module")
def fitted(tiny_run: Any, model: satisfice.Model) -> satisfice.Fit:
    data = satisfice.load_data(tiny_run.dataset, model)
    held_out = {"treatments": ["3"], "statistics": []}
    return satisfice.fit(
        model, data, held_out, simulations=192, draws=50, seed=1, settings=SETTINGS
    )


def test_simulations_are_tables_of_statistics(model: satisfice.Model) -> None:
    assert model.parameters == ("mu", "sigma", "beta")
    table = satisfice.simulate(model, [THETA, THETA], {"2": 2, "3": 3}, seed=1)
    assert table.shape == (2, 20)
    assert table.columns.names == ["treatment", "statistic"]
    assert np.isfinite(table.to_numpy()).all()
    again = satisfice.simulate(model, THETA, {"2": 2, "3": 3}, seed=1)
    pd.testing.assert_frame_equal(again, table[:1])
    other = satisfice.simulate(model, THETA, {"2": 2, "3": 3}, seed=2)
    assert not other.equals(again)


def test_play_is_what_an_experimenter_records(model: satisfice.Model, tmp_path: Path) -> None:
    table = satisfice.play(model, THETA, {"2": 2, "3": 3}, seed=1)
    assert len(table) == 25 * (2 * 2 + 3 * 3)
    table.to_csv(tmp_path / "decisions.csv", index=False)
    game = model.population.game
    read = read_decisions(tmp_path / "decisions.csv", game)
    # The statistics of the decisions are those of the simulation with the same seed.
    panel = read[read.treatment == "3"].sort_values(["market", "agent", "period"]).action
    play = game.record({"action": panel.to_numpy(dtype=float).reshape(3, 3, 25)}, "3")
    simulated = satisfice.simulate(model, THETA, {"2": 2, "3": 3}, seed=1)
    for name, statistic in game.statistics.items():
        assert float(statistic(play)) == pytest.approx(simulated["3", name].item(), rel=1e-5)


def test_periods_are_numbered_as_in_the_experiment() -> None:
    assert BeerGame().first_period == 5


def test_a_fit_is_an_arviz_posterior(fitted: satisfice.Fit) -> None:
    data = fitted.to_inference_data()
    assert data["posterior"].sizes == {"chain": 2, "draw": 50}
    assert {"mu", "sigma", "beta", "mean_lambda"} <= set(data["posterior"].data_vars)
    summary: Any = az.summary(data, var_names=["mu", "beta"])
    assert np.isfinite(summary["mean"]).all()
    assert set(fitted.observed.split[fitted.observed.treatment == "3"]) == {"held_out"}


def test_predictions_stand_beside_what_people_showed(fitted: satisfice.Fit) -> None:
    table = satisfice.predict(fitted, draws=64, seed=3)
    assert len(table) == 20
    assert (table.low <= table["median"]).all() and (table["median"] <= table.high).all()
    pd.testing.assert_frame_equal(table[fitted.observed.columns], fitted.observed)
    pd.testing.assert_frame_equal(satisfice.predict(fitted, draws=64, seed=3), table)


@pytest.mark.parametrize("theta", [[0.5, 0.2], [[[0.5, 0.2, 0.3]]], 0.5])
def test_theta_of_another_shape_is_told(model: satisfice.Model, theta: Any) -> None:
    with pytest.raises(SatisficeError, match="one column for each of mu, sigma, beta"):
        satisfice.simulate(model, theta, {"2": 2}, seed=1)


@pytest.mark.parametrize(
    ("theta", "told"),
    [
        (
            [1.1, 0.2, 0.3],
            "mu = 1.1 lies beyond the prior. Remedy: The policy was trained from 0 to 1",
        ),
        ([0.5, 0.0, 0.3], "sigma = 0 lies beyond"),
        ([0.5, 0.2, 2.1], "beta = 2.1 lies beyond"),
        ([0.5, 0.2, 0.01], "beta = 0.01 lies beyond"),
        ([0.5, float("nan"), 0.3], "sigma = nan lies beyond"),
    ],
)
def test_theta_beyond_the_prior_is_told(
    model: satisfice.Model, theta: list[float], told: str
) -> None:
    for function in (satisfice.simulate, satisfice.play):
        with pytest.raises(SatisficeError, match=told):
            function(model, theta, {"2": 2}, seed=1)


def test_the_bounds_of_the_prior_and_no_kl_cost_can_be_simulated(model: satisfice.Model) -> None:
    bounds = model.space.from_unit(np.array([[0.0] * 3, [1.0] * 3]))
    theta = np.concatenate([bounds, bounds * [1, 1, 1 + 1e-12], [[0.5, 0.25, 0.0]]])
    assert np.isfinite(satisfice.simulate(model, theta, {"2": 2}, seed=1).to_numpy()).all()


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import satisfice, sys; print([n for n in ('torch', 'pandas') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(satisfice.__all__) <= set(dir(satisfice))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = satisfice.nothing  # type: ignore[attr-defined]
