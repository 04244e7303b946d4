"""Rule sensitivity."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from experiments.cross_checks.sensitivity import posterior_sensitivity
from satisfice.io.files import read_json
from satisfice.population.derived import DERIVED_NAMES

ESTIMATOR = {"hidden": 8, "components": 2, "batch": 50, "most_epochs": 2}


def run(tiny: Any, folder: Path) -> tuple[pd.DataFrame, Any]:
    belief = tiny.beliefs[0]
    inference = tiny.folder / "inference" / belief
    posterior_sensitivity(
        tiny.game,
        ensemble=inference / "ensemble.safetensors",
        simulations=tiny.folder / "simulations" / f"{belief}.npz",
        observed=tiny.observed,
        misspecification=inference / "misspecification.json",
        inference={
            "estimator": ESTIMATOR,
            "sbc": tiny.reserved,
            "recombination": {"neighbours": 1},
        },
        settings={"batch": 50, "most_epochs": 2},
        seed=7,
        table=folder / "table.csv",
        summary=folder / "summary.json",
        figure=folder / "figure.png",
    )
    return pd.read_csv(folder / "table.csv"), read_json(folder / "summary.json")


def test_every_statistic_is_left_out_once(tiny_cobweb: Any, tmp_path: Path) -> None:
    table, summary = run(tiny_cobweb, tmp_path)
    human = pd.read_csv(tiny_cobweb.observed)
    fitted = human[human.split == "fit"]
    names = {f"{row.treatment} {row.statistic}" for row in fitted.itertuples()}
    assert set(table[table.kind == "without"].part) == names
    assert set(table[table.kind == "only"].part) == {"stable", "unstable"}
    assert set(table[table.kind == "budget"].part) == {"half", "full"}
    assert set(table.quantity) == {"mu", "sigma", "beta", *DERIVED_NAMES}
    assert np.isfinite(table[["mean", "sd", "shift", "sd_ratio"]]).all().all()
    whole = table[table.part.isin(["all", "full"])]
    np.testing.assert_array_equal(whole["shift"], 0.0)
    assert summary["statistic"] in names
    assert abs(summary["largest_shift_without_one_statistic"]) == pytest.approx(
        table[(table.kind == "without") & table.quantity.isin(DERIVED_NAMES)]["shift"].abs().max()
    )
    assert set(summary["calibration_given_parts"]) == {"all", "stable", "unstable"}
    assert summary["treatments"] and summary["sentence"].endswith(".")
    assert (tmp_path / "figure.png").read_bytes().startswith(b"\x89PNG")
    again, _ = run(tiny_cobweb, tmp_path)
    pd.testing.assert_frame_equal(table, again)


def test_one_treatment_and_roles_are_taken_too(tiny_beer_game: Any, tmp_path: Path) -> None:
    table, summary = run(tiny_beer_game, tmp_path)
    assert "only" not in set(table.kind)
    assert "treatments" not in summary
    assert summary["quantity"].startswith(DERIVED_NAMES)


def test_fitted_parameters_of_the_belief_are_quantities_too(
    tiny_traits: Any, tmp_path: Path
) -> None:
    table, _ = run(tiny_traits, tmp_path)
    assert set(table.quantity) == {"mu", "beta", "stay", "reach", *DERIVED_NAMES}
