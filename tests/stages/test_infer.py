"""Rule infer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from satisfice.games.beer_game import ROLES
from satisfice.inference.ensemble import Ensemble
from satisfice.io.files import read_arrays, read_json
from satisfice.population.parameters import ParameterSpace
from satisfice.stages.infer import infer

WEIGHTS = "ensemble.safetensors"


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
    first, simulations = tiny_run.folder / "inference/habit", tiny_run.run.simulations("habit")
    made = {"ensemble": WEIGHTS, "record": "ensemble.json", "draws": "posterior.npz"}
    for folder, seed in ((tmp_path / "again", 7), (tmp_path / "other", 8)):
        given = ("habit", simulations, tiny_run.observed, tiny_run.config["inference"], seed)
        infer(*given, **{key: folder / name for key, name in made.items()})
        names = made.values()
        same = [(folder / name).read_bytes() == (first / name).read_bytes() for name in names]
        assert same == [seed == 7] * 3


def test_roles_have_a_supertype_each(tiny_beer_game: Any) -> None:
    folder = tiny_beer_game.folder / "inference" / "anchor"
    record = read_json(folder / "ensemble.json")
    assert (record["parameters"], record["statistics"]) == (12, 8)
    found = read_arrays(folder / "posterior.npz")
    space = ParameterSpace.from_json(str(found["space"]))
    assert space.roles == tuple(ROLES)
    assert found["theta"].shape == (2, 100, 12)
    low, high = np.tile([[0, 0.02, 0.02], [1, 0.5, 2.0]], 4)
    assert (found["theta"] >= low * (1 - 1e-9)).all()
    assert (found["theta"] <= high * (1 + 1e-9)).all()
    # Roles differ.
    assert len(np.unique(found["theta"][..., 2::3])) == 2 * 100 * 4
