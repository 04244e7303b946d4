"""The stages as functions, on a tiny run."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest
import torch

import satisfice
from satisfice.errors import SatisficeError
from satisfice.games.beer_game import BeerGame
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import RecombinationSettings
from satisfice.io.decisions import read_decisions
from satisfice.io.files import read_arrays
from satisfice.io.observed import read_observed
from satisfice.population.parameters import Fitted, Parameter

THETA = [0.6, 0.2, 0.3]
SETTINGS = EstimatorSettings(estimator="mdn", hidden=16, components=2, batch=50, most_epochs=3)


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


def test_decisions_alone_can_be_loaded(model: satisfice.Model, tmp_path: Path) -> None:
    table = satisfice.play(model, THETA, {"2": 2, "3": 3}, seed=1)
    table.to_csv(tmp_path / "decisions.csv", index=False)
    (tmp_path / "dataset.yaml").write_text("citation: x\nlicence: y\n", encoding="utf-8")
    data = satisfice.load_data(tmp_path, model)
    assert data.markets == {"2": 2, "3": 3}
    assert data.decisions is not None
    assert data.decisions.action.to_list() == table.action.to_list()


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


NAMED = {"mu": 0.6, "sigma": 0.2, "beta": 0.3}


@pytest.mark.parametrize(
    "theta",
    [
        NAMED,
        dict(reversed(NAMED.items())),
        pd.Series(NAMED)[["sigma", "beta", "mu"]],
        pd.DataFrame([NAMED])[["beta", "mu", "sigma"]],
        {name: [value] for name, value in NAMED.items()},
    ],
)
def test_theta_may_have_names_in_any_order(model: satisfice.Model, theta: Any) -> None:
    expected = satisfice.simulate(model, THETA, {"2": 2}, seed=1)
    pd.testing.assert_frame_equal(satisfice.simulate(model, theta, {"2": 2}, seed=1), expected)
    played = satisfice.play(model, theta, {"2": 2}, seed=1)
    pd.testing.assert_frame_equal(played, satisfice.play(model, THETA, {"2": 2}, seed=1))


def test_many_thetas_may_have_names(model: satisfice.Model) -> None:
    rows = np.array([THETA, [0.1, 0.4, 1.5], [0.9, 0.05, 0.1]])
    expected = satisfice.simulate(model, rows, {"2": 2}, seed=1)
    table = pd.DataFrame(rows, columns=list(model.parameters), index=[7, 3, 9])
    turned = table[["beta", "sigma", "mu"]]
    columns = {name: table[name].to_numpy() for name in turned}
    for theta in (table, turned, columns):
        found = satisfice.simulate(model, theta, {"2": 2}, seed=1)
        pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize(
    ("theta", "told"),
    [
        ({"mu": 0.6, "sigma": 0.2}, "has the columns mu, sigma"),
        ({**NAMED, "kappa": 1.0}, "has the columns mu, sigma, beta, kappa"),
        ({"mu": 0.6, "sigma": 0.2, "Beta": 0.3}, "has the columns mu, sigma, Beta"),
        ({}, "has the columns of nothing"),
        (pd.DataFrame([THETA]), "has the columns 0, 1, 2"),
        (pd.DataFrame([[*THETA, 0.3]], columns=["mu", "sigma", "beta", "beta"]), "beta, beta"),
    ],
)
def test_wrong_names_are_told(model: satisfice.Model, theta: Any, told: str) -> None:
    with pytest.raises(SatisficeError, match=f"theta: .*{told}") as caught:
        satisfice.simulate(model, theta, {"2": 2}, seed=1)
    assert caught.value.remedy == "Give one for each of mu, sigma, beta, and no other."


def test_named_values_beyond_the_prior_are_told(model: satisfice.Model) -> None:
    wrong = {"beta": 2.1, "mu": 0.5, "sigma": 0.1}
    with pytest.raises(SatisficeError, match=r"beta = 2\.1 lies beyond"):
        satisfice.simulate(model, wrong, {"2": 2}, seed=1)


@pytest.mark.parametrize("belief", ["habit", "uniform"])
def test_a_fit_is_the_posterior_of_the_workflow(tiny_run: Any, belief: str) -> None:
    """With the settings of the run, number for number; and nobody else's randomness changes."""
    model = satisfice.load_model(tiny_run.policies[belief])
    assert model.name == belief
    data = satisfice.load_data(tiny_run.dataset, model)
    before, numpy_before = torch.get_rng_state(), np.random.get_state()  # noqa: NPY002
    found = satisfice.fit(
        model,
        data,
        tiny_run.held_out,
        simulations=tiny_run.simulations,
        reserved=tiny_run.reserved,
        members=2,
        draws=100,
        seed=7,
        settings=EstimatorSettings(hidden=8, components=2, batch=50, most_epochs=2),
        recombination=RecombinationSettings(neighbours=1),
    )
    written = read_arrays(tiny_run.folder / "inference" / belief / "posterior.npz")
    np.testing.assert_array_equal(found.theta, written["theta"])
    assert model.space.as_json() == str(written["space"])
    assert torch.equal(torch.get_rng_state(), before)
    for one, other in zip(np.random.get_state(), numpy_before, strict=True):  # noqa: NPY002
        np.testing.assert_array_equal(one, other)
    # The table of statistics is observed.csv.
    observed = read_observed(tiny_run.observed)
    pd.testing.assert_frame_equal(found.observed, observed, check_dtype=False)


def test_predictions_are_those_of_the_workflow(tiny_run: Any) -> None:
    """The same posterior, contender, draws and seed: the same simulated experiments."""
    belief = tiny_run.beliefs[0]
    model = satisfice.load_model(tiny_run.policies[belief])
    data = satisfice.load_data(tiny_run.dataset, model)
    theta = read_arrays(tiny_run.folder / "inference" / belief / "posterior.npz")["theta"]
    observed = read_observed(tiny_run.observed)
    fitted = satisfice.Fit(model, theta, observed, data.markets)
    found = satisfice.predict(fitted, draws=100, seed=7, name="bounded")
    x = read_arrays(tiny_run.predictive["bounded"])["x"]
    np.testing.assert_array_equal(found["median"], np.quantile(x, 0.5, axis=0))
    np.testing.assert_array_equal(found["low"], np.quantile(x, 0.05, axis=0))


def test_rational_agents_are_simulated_without_a_theta(tiny_run: Any) -> None:
    model = satisfice.load_model(tiny_run.policies["rational"])
    assert model.parameters == ()
    nobody: tuple[Any, ...] = ([], {}, pd.DataFrame(index=[0]), np.empty((1, 0)))
    tables = [satisfice.simulate(model, theta, {"2": 2}, seed=1) for theta in nobody]
    for table in tables:
        pd.testing.assert_frame_equal(table, tables[0])
    with pytest.raises(SatisficeError, match="Give one column for each of no parameters"):
        satisfice.simulate(model, THETA, {"2": 2}, seed=1)


def test_columns_of_different_lengths_are_told(model: satisfice.Model) -> None:
    theta = {"mu": 0.5, "sigma": [0.2, 0.3], "beta": [0.5, 0.6, 0.7]}
    with pytest.raises(SatisficeError, match=r"columns of different lengths \(1, 2, 3\)"):
        satisfice.simulate(model, theta, {"2": 2}, seed=1)
    theta = {"mu": 0.5, "sigma": [0.2, 0.3], "beta": [0.5, 0.6]}  # one value serves all
    assert len(satisfice.simulate(model, theta, {"2": 2}, seed=1)) == 2


def test_one_play_has_one_population(model: satisfice.Model) -> None:
    with pytest.raises(SatisficeError, match="has 2 rows, and one play has one population"):
        satisfice.play(model, [THETA, THETA], {"2": 2}, seed=1)


def test_bounds_below_zero_can_be_simulated(model: satisfice.Model) -> None:
    lean = Fitted(Parameter("mu", (-1.0, 1.0), "lean"), -1.0, 1.0)
    space = replace(model.space, fitted=(lean, *model.space.fitted[1:]))
    shifted = satisfice.Model(replace(model.population, space=space), model.name)
    sigma = 0.5
    for mu in (-1.0, 1.0):
        assert len(satisfice.simulate(shifted, [mu, sigma, 0.3], {"2": 2}, seed=1)) == 1
    with pytest.raises(SatisficeError, match=r"mu = -1\.1 lies beyond the prior"):
        satisfice.simulate(shifted, [-1.1, sigma, 0.3], {"2": 2}, seed=1)


def test_a_fit_does_not_depend_on_what_was_drawn_before(
    tiny_run: Any, model: satisfice.Model, fitted: satisfice.Fit
) -> None:
    torch.manual_seed(123)
    torch.rand(7)
    np.random.seed(5)  # noqa: NPY002
    data = satisfice.load_data(tiny_run.dataset, model)
    again = satisfice.fit(
        model, data, tiny_run.held_out, simulations=192, draws=50, seed=1, settings=SETTINGS
    )
    np.testing.assert_array_equal(again.theta, fitted.theta)


def test_statistics_may_be_drawn_anew_in_a_fit(tiny_run: Any, model: satisfice.Model) -> None:
    data = satisfice.load_data(tiny_run.dataset, model)
    common: Any = {"simulations": 192, "draws": 20, "seed": 1, "settings": SETTINGS}
    drawn = [
        satisfice.fit(model, data, tiny_run.held_out, recombination=recombination, **common).theta
        for recombination in (
            None,
            RecombinationSettings(neighbours=1),
            RecombinationSettings(neighbours=4),
        )
    ]
    np.testing.assert_array_equal(drawn[0], drawn[1])
    assert not np.allclose(drawn[0], drawn[2])


def test_too_few_simulations_are_told(tiny_run: Any, model: satisfice.Model) -> None:
    data = satisfice.load_data(tiny_run.dataset, model)
    with pytest.raises(SatisficeError, match="only 192 of 192 simulations are usable"):
        satisfice.fit(model, data, tiny_run.held_out, simulations=192, reserved=93)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import satisfice, sys; print([n for n in ('torch', 'pandas') if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    assert set(satisfice.__all__) <= set(dir(satisfice))
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = satisfice.nothing  # type: ignore[attr-defined]
