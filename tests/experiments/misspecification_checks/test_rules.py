"""Rules about the test of misspecification: false alarms, detection, all statistics."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from tiny_runs import MISSPECIFICATION

from experiments.misspecification_checks.checks import (
    check_all_statistics,
    check_detection,
    check_false_alarms,
    join_checks,
    share_rejected,
)
from satisfice.checks.moments import Box, Moments
from satisfice.io.files import read_json, read_table
from satisfice.randomness import seed_sequence

SETTINGS = {
    "contenders": ["bounded", "noisy_equilibrium"], "data_sets": 20, "null": 19, "detected": 2,
}  # fmt: skip


def test_data_of_a_linear_model_are_rejected_as_often_as_stated() -> None:
    loadings = np.array([[1.0, 0.0, 1.0, 0.5], [0.0, 1.0, -1.0, 0.5]])

    def simulate(cube: np.ndarray, purpose: str) -> np.ndarray:
        noise = np.random.default_rng(seed_sequence(0, purpose)).normal(size=(len(cube), 4))
        return np.asarray(cube @ loadings + 0.05 * noise)

    box = Box(np.full(2, 0.5), np.diag([0.5, 0.5]))
    points = box.points(3000, np.random.default_rng(1))
    moments = Moments.fit(box, points, simulate(points, "fit"), np.full(4, 1e-4))
    truths = np.repeat([[0.4, 0.6]], 600, axis=0)
    share = share_rejected(simulate, moments, truths, "own", 39)
    assert abs(share - 0.05) < 3.5 * np.sqrt(0.05 * 0.95 / 600)


@pytest.mark.parametrize("run", ["tiny_run", "tiny_beer_game"])
def test_all_checks_of_a_game_are_joined(
    run: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(run)
    contenders = ["bounded", made.fitted_rival]
    settings = SETTINGS | {"contenders": contenders}
    given = {
        "game": made.game, "run": vars(made.run), "dataset": made.dataset,
        "misspecification": MISSPECIFICATION, "seed": 7,
    }  # fmt: skip
    alarms = [tmp_path / f"{name}.json" for name in contenders]
    for name, path in zip(contenders, alarms, strict=True):
        check_false_alarms(contender=name, settings=settings, output=path, **given)
        found = read_json(path)
        assert (found["contender"], found["data_sets"]) == (name, 20)
        assert 0 <= found["rejected_own_at_minimiser"] <= 1
    detection = tmp_path / "detection.json"
    check_detection(settings=settings, output=detection, **given)
    found = read_json(detection)
    assert (found["played_by"], found["tested"]) == (made.fitted_rival, "bounded")
    assert len(found["p_values"]) == 2
    table = tmp_path / "table.csv"
    join_checks(alarms, [detection], table=table)
    rows = read_table(table, "game", "contender", "what", "data_sets", "share")
    assert list(rows.what) == ["rejected_own_at_minimiser", "at_other_theta"] * 2 + ["detected"]

    check_all_statistics(settings=settings, output=tmp_path / "all.csv", **given)
    rows = read_table(tmp_path / "all.csv")
    assert list(rows.contender) == contenders
    tested = read_table(made.folder / "misspecification.csv")
    assert rows.statistics.min() > tested.statistics.max()
