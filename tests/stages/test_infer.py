"""Rules fit and posterior."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from satisfice.games.beer_game import ROLES
from satisfice.inference.ensemble import Ensemble
from satisfice.io.files import read_arrays, read_json
from satisfice.population.parameters import ParameterSpace
from satisfice.stages.infer import fit_ensemble, sample_posterior

ESTIMATOR = {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2}
INFERENCE = {
    "members": 2,
    "estimator": ESTIMATOR,
    "recombination": {"neighbours": 1},
    "sbc": 50,
}
WEIGHTS = "ensemble.safetensors"


def simulations(run: Any) -> Path:
    path: Path = run.folder / "simulations" / "habit.npz"
    return path


def test_an_ensemble_is_weights_and_a_record(tiny_run: Any) -> None:
    folder = tiny_run.folder / "inference" / "habit"
    assert sorted(path.name for path in folder.iterdir()) == [
        "calibration.npz",
        "ensemble.json",
        "ensemble.safetensors",
        "misspecification.json",
        "posterior.nc",
        "posterior.npz",
    ]
    record = read_json(folder / "ensemble.json")
    assert record["parameters"] == 3
    assert record["statistics"] == 10
    assert record["settings"]["hidden"] == 8
    assert record["settings"]["estimator"] == "zuko_maf"
    assert [member["epochs"] for member in record["members"]] == [2, 2]
    first, second = record["members"]
    assert len(first["training_loss"]) == 2
    assert first["training_loss"] != second["training_loss"]
    assert len(Ensemble.load(folder / WEIGHTS).members) == 2


def test_the_posterior_file_holds_draws(tiny_run: Any) -> None:
    found = read_arrays(tiny_run.folder / "inference" / "habit" / "posterior.npz")
    assert set(found) == {"theta", "space"}
    space = ParameterSpace.from_json(str(found["space"]))
    assert space.names == ("mu", "sigma", "beta")  # all agents are alike
    assert found["theta"].shape == (2, 100, 3)
    low, high = np.array([[0, 0.02, 0.02], [1, 0.5, 2.0]])
    assert (found["theta"] >= low * (1 - 1e-9)).all()
    assert (found["theta"] <= high * (1 + 1e-9)).all()


def test_fits_and_draws_are_reproduced_exactly(tiny_run: Any, tmp_path: Path) -> None:
    first = tiny_run.folder / "inference" / "habit"
    ensemble = tmp_path / "habit" / WEIGHTS
    fit_ensemble(simulations(tiny_run), tiny_run.observed, INFERENCE, 7, ensemble)
    assert ensemble.read_bytes() == (first / WEIGHTS).read_bytes()

    def draw(seed: int) -> dict[str, np.ndarray]:
        output = tmp_path / "posterior.npz"
        sample_posterior(ensemble, simulations(tiny_run), tiny_run.observed, 50, 100, seed, output)
        return read_arrays(output)

    expected, again, other = read_arrays(first / "posterior.npz"), draw(7), draw(8)
    np.testing.assert_array_equal(again["theta"], expected["theta"])
    assert not np.allclose(other["theta"], expected["theta"])


def test_roles_have_a_supertype_each(tiny_beer_game: Any) -> None:
    folder = tiny_beer_game.folder / "inference" / "anchor"
    record = read_json(folder / "ensemble.json")
    assert (record["parameters"], record["statistics"]) == (12, 9)
    found = read_arrays(folder / "posterior.npz")
    space = ParameterSpace.from_json(str(found["space"]))
    assert space.roles == tuple(ROLES)
    assert found["theta"].shape == (2, 100, 12)
    low, high = np.tile([[0, 0.02, 0.02], [1, 0.5, 2.0]], 4)
    assert (found["theta"] >= low * (1 - 1e-9)).all()
    assert (found["theta"] <= high * (1 + 1e-9)).all()
    # Roles differ.
    assert len(np.unique(found["theta"][..., 2::3])) == 2 * 100 * 4
