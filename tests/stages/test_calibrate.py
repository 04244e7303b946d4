"""Rules calibrate and misspecify."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from satisfice.stages.calibrate import DRAWS, calibrate_posterior

from satisfice.io.files import read_arrays, read_json
from satisfice.io.observed import read_observed
from satisfice.population.derived import DERIVED_NAMES, derived_quantities


def test_truths_of_reserved_simulations_are_ranked(tiny_run: Any) -> None:
    found = read_arrays(tiny_run.folder / "inference" / "habit" / "calibration.npz")
    assert found["names"].tolist() == ["mu", "sigma", "beta", *DERIVED_NAMES]
    simulated = read_arrays(tiny_run.folder / "simulations" / "habit.npz")["theta"][350:]
    np.testing.assert_allclose(found["truth"][:, :3], simulated)
    derived = np.stack(list(derived_quantities(simulated).values()), -1)
    np.testing.assert_allclose(found["truth"][:, 3:], derived)
    assert int(found["largest_rank"]) == 2 * DRAWS
    for name in ("ranks", "mean", "sd", "contraction", "z_score"):
        assert found[name].shape == (50, 6)
        assert np.isfinite(found[name]).all()
    assert found["ranks"].min() >= 0
    assert found["ranks"].max() <= 2 * DRAWS
    assert np.ptp(found["ranks"]) > DRAWS
    assert found["tarp_ranks"].shape == (50,)
    assert 0 <= float(found["lc2st"]) <= 1


def test_checks_are_reproduced_exactly(tiny_run: Any, tmp_path: Path) -> None:
    folder = tiny_run.folder / "inference" / "habit"
    output = tmp_path / "habit" / "calibration.npz"
    calibrate_posterior(
        folder / "ensemble.safetensors",
        tiny_run.folder / "simulations" / "habit.npz",
        tiny_run.observed,
        50,
        5,
        7,
        output,
    )
    assert output.read_bytes() == (folder / "calibration.npz").read_bytes()


@pytest.mark.parametrize("run", ["tiny_run", "tiny_beer_game"])
def test_misspecification_is_told_with_its_reasons(
    run: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(run)
    belief = made.beliefs[0]
    found = read_json(made.folder / "inference" / belief / "misspecification.json")
    table = read_observed(made.observed)
    fitted = table[table.split == "fit"]
    told = {(row["treatment"], row["statistic"]): row for row in found["statistics"]}
    assert set(told) == set(zip(fitted.treatment, fitted.statistic, strict=True))
    for row in fitted.itertuples():
        assert told[row.treatment, row.statistic]["human"] == row.value
        assert told[row.treatment, row.statistic]["provenance"] == row.provenance
    sizes = [abs(row["standard_deviations"]) for row in found["statistics"]]
    assert sizes == sorted(sizes, reverse=True)
    assert set(found["detected"]) == set(made.rivals)
    assert all(0 <= share <= 1 for share in found["detected"].values())
    usable = made.simulations - made.reserved
    assert found["usual"]["simulations"] == usable // 4
    assert found["well_specified"] == made.reserved + usable // 4
    worst = found["statistics"][0]
    mark = "" if worst["provenance"] == "primary" else f" ({worst['provenance']})"
    named = f"{worst['statistic']} of treatment {worst['treatment']}{mark}:" in found["warning"]
    assert named == (found["p_value"] < found["level"])
