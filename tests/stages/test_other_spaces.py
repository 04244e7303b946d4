"""All stages with parameters of the prior belief that are fitted, and one of the skills' fixed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import arviz as az
import numpy as np
import pandas as pd
import pytest

import satisfice
from satisfice.errors import SatisficeError
from satisfice.inference.density_training import EstimatorSettings
from satisfice.inference.ensemble import RecombinationSettings
from satisfice.io.files import read_arrays, read_json
from satisfice.learning.populations import load_population
from satisfice.population.derived import DERIVED_NAMES
from satisfice.population.parameters import ParameterSpace
from satisfice.report.results import read_posterior

NAMES = ("mu", "beta", "stay", "reach")
ESTIMATOR = {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2}


def test_the_policy_knows_its_parameters(tiny_traits: Any) -> None:
    population, description = load_population(tiny_traits.policies["habit"])
    assert population.space.names == NAMES
    assert population.space.fixed == {"sigma": 0.2, "explore": 0.5}  # the belief's, too
    assert ParameterSpace.from_json(description["space"]) == population.space
    assert population.belief.fixed == {"explore": 0.5}
    shape = population.policy.shape  # type: ignore[attr-defined]
    assert (shape.belief_traits, shape.groups) == (2, 1)
    assert read_json(tiny_traits.policies["habit"] / "policy.json")["shape"]["belief_traits"] == 2


def test_verification_measures_it(tiny_traits: Any) -> None:
    found = read_json(tiny_traits.policies["habit"] / "verification.json")
    assert found["exploitability"]["method"] == "responder"
    assert np.isfinite(found["exploitability"]["mean"])
    assert found["processing_cost"]["total_variation_from_prior_belief"] < 0.01
    assert np.isfinite(found["skills"]["departure_from_prior_belief"])


def test_simulations_and_draws_have_a_column_for_each(tiny_traits: Any) -> None:
    simulated = read_arrays(tiny_traits.folder / "simulations" / "habit.npz")
    low, high = np.array([[0, 0.02, 0, 0.01], [1, 2.0, 0.5, 1.0]])
    posterior = read_arrays(tiny_traits.folder / "inference" / "habit" / "posterior.npz")
    for archive, shape in ((simulated, (400, 4)), (posterior, (2, 100, 4))):
        assert ParameterSpace.from_json(str(archive["space"])).names == NAMES
        theta = archive["theta"]
        assert theta.shape == shape
        assert (theta >= low * (1 - 1e-9)).all() and (theta <= high * (1 + 1e-9)).all()
    # Half of a logarithmic prior lies below the geometric mean of its bounds.
    assert (simulated["theta"][:, 3] < 0.1).mean() == pytest.approx(0.5, abs=0.1)
    # Who stays more changes less.
    changed = simulated["labels"][:, 1].tolist().index("share_changed")
    correlation = np.corrcoef(simulated["theta"][:, 2], simulated["x"][:, changed])[0, 1]
    assert correlation < -0.7
    prediction = read_arrays(tiny_traits.predictive["bounded"])
    assert prediction["theta"].shape == (100, 4)
    assert read_arrays(tiny_traits.predictive["rational"])["theta"].shape == (100, 0)


def test_posterior_files_and_checks_name_them(tiny_traits: Any) -> None:
    data = az.from_netcdf(str(tiny_traits.folder / "posterior.nc"))
    for group in ("posterior", "prior"):
        assert set(data[group].data_vars) == {*NAMES, *DERIVED_NAMES}
    posterior = read_posterior(tiny_traits.folder / "posterior.nc")
    assert posterior.parameters == NAMES
    assert posterior.quantity("reach").logarithmic
    checked = read_arrays(tiny_traits.folder / "inference" / "habit" / "calibration.npz")
    assert checked["names"].tolist() == [*NAMES, *DERIVED_NAMES]
    gates = read_json(tiny_traits.folder / "diagnostics.json")
    assert {"sbc", "expected_coverage", "payoff_falls"} <= {gate["name"] for gate in gates}


def test_figures_name_them(tiny_traits: Any, tmp_path: Path) -> None:
    marginal = ("prior_posterior", "sbc", "coverage", "recovery")
    told = tiny_traits.reported(tmp_path, *marginal, "pair", "policy").figures
    for name in marginal:
        assert "stay" in told[name] and "reach" in told[name]
    assert "stay and β" in told["pair"] or "β and stay" in told["pair"]


def test_the_functions_take_and_give_them_by_name(tiny_traits: Any) -> None:
    model = satisfice.load_model(tiny_traits.policies["habit"])
    assert model.parameters == NAMES
    theta = {"reach": 0.1, "stay": 0.4, "beta": 0.5, "mu": 0.5}
    expected = satisfice.simulate(model, [0.5, 0.5, 0.4, 0.1], {"2": 2}, seed=1)
    pd.testing.assert_frame_equal(satisfice.simulate(model, theta, {"2": 2}, seed=1), expected)
    with pytest.raises(SatisficeError, match=r"stay = 0\.6 lies beyond the prior"):
        satisfice.simulate(model, theta | {"stay": 0.6}, {"2": 2}, seed=1)
    data = satisfice.load_data(tiny_traits.dataset, model)
    found = satisfice.fit(
        model,
        data,
        tiny_traits.held_out,
        simulations=400,
        reserved=50,
        draws=100,
        seed=7,
        settings=EstimatorSettings(**ESTIMATOR),  # type: ignore[arg-type]
        recombination=RecombinationSettings(),
    )
    written = read_arrays(tiny_traits.folder / "inference" / "habit" / "posterior.npz")
    np.testing.assert_array_equal(found.theta, written["theta"])
    assert set(found.to_inference_data()["posterior"].data_vars) == {*NAMES, *DERIVED_NAMES}
