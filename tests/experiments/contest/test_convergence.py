"""Whether fits have converged."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.contest.convergence import FIT_COLUMNS, LARGEST_CHANGE, fits_table
from satisfice.evaluation.rows import DEFAULT, Split
from satisfice.evaluation.scores import Human
from satisfice.io.files import write_arrays

HELD_OUT = np.array([False, True])
SPLIT = Split(DEFAULT, ~HELD_OUT, HELD_OUT)
PEOPLE = Human.of(np.zeros(2), np.ones(2), 10, seed=1)


def written(path: Path, earlier: float, last: float) -> Path:
    """Predictions without spread, so that the energy score is the distance from zero."""
    at = {name: np.full((1, 5, 2), value) for name, value in (("x", last), ("x_earlier", earlier))}
    one = {name: np.ones(1) for name in ("simulations", "tolerance", "smallest")}
    write_arrays(path, **at, **one, parameters=np.array(2), hand_set=np.array(["stay", "reach"]))
    return path


@pytest.mark.parametrize(
    ("earlier", "last", "converged"),
    [
        (1.0, 1.0 + 0.9 * LARGEST_CHANGE, True),
        (1.0, 1.0 - 0.9 * LARGEST_CHANGE, True),  # a better score counts as a worse one
        (1.0, 1.0 + 1.1 * LARGEST_CHANGE, False),
        (1.0, 1.0 - 1.1 * LARGEST_CHANGE, False),
        (np.nan, 1.0, False),  # no population had twice the tolerance
    ],
)
def test_the_change_of_the_energy_score_decides(
    earlier: float, last: float, converged: bool, tmp_path: Path
) -> None:
    path = written(tmp_path / "x.npz", earlier, last)
    row = fits_table({"habit": path}, [SPLIT], PEOPLE).iloc[0]
    assert row.converged == converged
    assert row.parameters == 4 and row.hand_set == "stay reach"
    if np.isfinite(earlier):
        assert row.energy_change == pytest.approx(abs(last - earlier))


def test_contenders_without_parameters_have_converged(tmp_path: Path) -> None:
    none = {"parameters": np.array(0), "hand_set": np.array(["horizon"])}
    write_arrays(tmp_path / "x.npz", x=np.zeros((5, 2)), **none)
    table = fits_table({"equilibrium": tmp_path / "x.npz"}, [SPLIT], PEOPLE)
    assert list(table.columns) == FIT_COLUMNS
    assert table.converged.all() and (table.parameters == 1).all()
    assert (table.hand_set == "horizon").all()
